package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"windtunnel/runner"
	"windtunnel/topologies/decode"
)

// Exit codes. Scripts and CI branch on them; DESIGN 2.2 has the list.
const (
	exitPass         = 0
	exitFail         = 1 // a check or a gate failed
	exitUsage        = 2 // usage, or an invalid file
	exitInconclusive = 3
	exitEnvironment  = 4
	exitInternal     = 5
	exitTimeout      = 124
	exitInterrupted  = 130
)

// usageError is a mistake in the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// verdictError ends a command whose output already tells why: only its code counts.
type verdictError struct{ code int }

func (e *verdictError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// inconclusiveError says why there is no judgement.
type inconclusiveError struct{ err error }

func (e *inconclusiveError) Error() string { return e.err.Error() }

// errTimeout is the cause of a context that --timeout ended.
var errTimeout = errors.New("the time given with --timeout is over")

// errEnded is what ends a run whose watcher has seen enough.
var errEnded = errors.New("ended early: q was pressed")

// exitCode tells the user about err, once, and returns the code for it. That it
// was interrupted counts more than what came of it, so that scripts stop.
func exitCode(ctx context.Context, err error, stderr io.Writer) int {
	var verdict *verdictError
	var usage *usageError
	var problems decode.Problems
	var inconclusive *inconclusiveError
	var environment *runner.EnvironmentError
	switch {
	case err == nil && ctx.Err() == nil:
		return exitPass
	case errors.Is(context.Cause(ctx), errTimeout) || errors.Is(err, errTimeout):
		fmt.Fprintln(stderr, "windtunnel:", errTimeout)
		return exitTimeout
	case ctx.Err() != nil:
		if errors.As(err, &environment) { // such as that not everything could be removed
			fmt.Fprintln(stderr, "windtunnel:", environment)
		}
		fmt.Fprintln(stderr, "windtunnel: interrupted")
		return exitInterrupted
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, problems.Error())
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "windtunnel:", usage.message)
		return exitUsage
	case errors.As(err, &inconclusive):
		fmt.Fprintln(stderr, "windtunnel:", err)
		return exitInconclusive
	case errors.As(err, &environment):
		fmt.Fprintln(stderr, "windtunnel:", err)
		return exitEnvironment
	case errors.Is(err, errEnded):
		fmt.Fprintln(stderr, "windtunnel:", errEnded)
		return exitInconclusive
	default:
		fmt.Fprintln(stderr, "windtunnel:", err)
		return exitInternal
	}
}
