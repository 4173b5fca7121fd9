//go:build !linux

package process

import (
	"context"
	"errors"
	"runtime"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/record"
)

// Deploy refuses: the marks, limits and effects of this backend rest on Linux's /proc.
func (Backend) Deploy(context.Context, *runner.Plan, record.Recorder) (runner.Deployment, error) {
	return nil, &runner.EnvironmentError{Doing: "deploy processes",
		Err: errors.New("the process backend needs Linux, and this is " + runtime.GOOS)}
}

// Sweep finds nothing, as nothing can have been started.
func Sweep(context.Context, string) (left int, err error) { return 0, nil }

// Leftovers finds nothing, as nothing can have been started.
func Leftovers(context.Context) ([]backend.Leftover, error) { return nil, nil }

// CannotLimit says why nothing is limited.
func CannotLimit(context.Context) string { return "control groups need Linux" }
