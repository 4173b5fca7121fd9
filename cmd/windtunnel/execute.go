package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"windtunnel/reports"
	"windtunnel/reports/price"
	"windtunnel/runner"
	"windtunnel/runner/machine"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
)

// job is one run to be done.
type job struct {
	input scenarios.Loaded
	place int // of the input among those loaded
	venue venue
	seed  uint64
	title string

	number, of int // which run of the batch it is, from 1
}

// runSettings are what the flags of run and compare share.
type runSettings struct {
	out         string
	within      bool // a directory of several runs, which is the latest rather than they
	strict      bool
	whole       bool // the record keeps every request, however many there are
	spinPerMS   float64
	command     []string
	prices      *price.Settings
	environment record.Environment
}

// prepare measures what all runs of a command share.
func (s *runSettings) prepare() error {
	calibration, err := machine.Calibrate()
	if calibration.SpinPerMS <= 0 {
		return fmt.Errorf("calibrate compute: %w", err)
	}
	s.spinPerMS = calibration.SpinPerMS // err: it could not be kept, which costs the next run a moment
	s.environment = record.ThisEnvironment()
	return nil
}

// pointLatest makes a run the latest.
func (s *runSettings) pointLatest(dir string) error {
	if s.within {
		return nil
	}
	return record.PointLatest(dir)
}

// execute does one run: it leaves a run directory, whole or marked partial, and
// returns what the record says. The error is the engine's.
func (a *app) execute(ctx context.Context, j job, s *runSettings) (*reports.Analysis, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	plan := runner.NewPlan(id, j.input.Scenario, j.input.Graph, j.seed, s.spinPerMS)
	now := time.Now().UTC()
	dir := record.NewDir(s.out, now, plan.Scenario.Name, plan.Graph.Topology.Name, id)
	what := identity(plan, j, s, now)
	writer, err := record.Create(dir, what, j.input.Resolved)
	if err != nil {
		return nil, &runner.EnvironmentError{Doing: "create the run directory", Err: err}
	}
	// So that a run which is cut off is the latest too. What is wrong with the link, conclude says.
	_ = s.pointLatest(dir)
	shown := a.watched().begin(plan, what, j, writer, dir)
	runErr := a.watched().early(j.venue.carryOut(ctx, a, plan, shown, dir))
	shown.carriedOut(runErr)
	if err := writer.Close(); err != nil && runErr == nil {
		runErr = &runner.EnvironmentError{Doing: "write the record", Err: err}
	}
	analysis, err := a.conclude(dir, runErr, s)
	shown.concluded(analysis, cmp.Or(runErr, err))
	if runErr != nil {
		return analysis, runErr
	}
	return analysis, err
}

// conclude analyses a record and writes its reports, run.json last: where it is
// missing, windtunnel itself was cut off; a run that was ended early has one
// that says partial.
func (a *app) conclude(dir string, runErr error, s *runSettings) (*reports.Analysis, error) {
	recorded, err := record.Load(dir)
	if err != nil {
		return nil, err
	}
	analysis, err := reports.Analyze(recorded, reports.Options{Fresh: true, Partial: cutShort(runErr), Prices: s.prices})
	if err != nil {
		return nil, err
	}
	if err := writeReports(dir, analysis); err != nil {
		return analysis, &runner.EnvironmentError{Doing: "write the reports", Err: err}
	}
	if err := s.pointLatest(dir); err != nil {
		return analysis, &runner.EnvironmentError{Doing: "link runs/latest", Err: err}
	}
	return analysis, nil
}

// cutShort says why a run was not carried out, "" where it was.
func cutShort(runErr error) string {
	switch {
	case runErr == nil:
		return ""
	case errors.Is(runErr, errEnded):
		return errEnded.Error()
	case errors.Is(runErr, context.Canceled):
		return "interrupted"
	case errors.Is(runErr, context.DeadlineExceeded):
		return errTimeout.Error()
	default:
		line, _, _ := strings.Cut(runErr.Error(), "\n")
		return line
	}
}

// newID returns a short name for a run that no other run has.
func newID() (string, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name the run: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
