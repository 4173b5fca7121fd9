package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend/docker"
	"windtunnel/runner/backend/process"
	"windtunnel/runner/live"
	"windtunnel/runner/record"
	"windtunnel/runner/sim"
	"windtunnel/runner/watchdog"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// venue is where runs are carried out: a backend of the live engine, or the simulator.
type venue struct {
	name        string
	backend     runner.Backend   // nil: simulated
	calibration *sim.Calibration // of the simulator; nil: a world without costs
}

// venues are what --on takes.
func venues() []venue {
	return []venue{{name: "process", backend: process.Backend{}}, {name: "docker", backend: docker.Backend{}}, {name: "sim"}}
}

func venueNames() []string {
	var names []string
	for _, v := range venues() {
		names = append(names, v.name)
	}
	return names
}

// venueOf finds the venue that --on names. The calibration is the simulator's alone.
func venueOf(name, calibration string) (venue, error) {
	for _, v := range venues() {
		if v.name != name {
			continue
		}
		switch {
		case calibration == "":
			return v, nil
		case v.backend != nil:
			return v, usagef("--calibration is for --on sim: what runs on %s needs none", name)
		}
		var err error
		if v.calibration, err = sim.LoadCalibration(calibration); err != nil {
			return v, usagef("%v", err)
		}
		return v, nil
	}
	return venue{}, usagef("--on %s: there is no such place to run on%s; there are %s", name,
		def.Hint(name, venueNames()), strings.Join(venueNames(), ", "))
}

// engine names the engine as the record does.
func (v venue) engine() string {
	if v.backend == nil {
		return record.Simulated
	}
	return record.Live
}

// backendName is empty for the simulator, which has none.
func (v venue) backendName() string {
	if v.backend == nil {
		return ""
	}
	return v.backend.Name()
}

// atOnce is how many runs may go on at the same time: simulated ones as many as
// there are cores, measured ones never more than one.
func (v venue) atOnce() int {
	if v.backend == nil {
		return runtime.GOMAXPROCS(0)
	}
	return 1
}

// check says what of a plan cannot be carried out here.
func (v venue) check(plan *runner.Plan) decode.Problems {
	problems := slices.Clone(plan.Problems())
	if v.backend != nil {
		problems = append(problems, v.backend.Check(plan)...)
	} else {
		problems = append(problems, sim.Check(plan)...)
	}
	problems.Sort()
	return problems
}

// carryOut has the engine run the plan.
func (v venue) carryOut(ctx context.Context, a *app, plan *runner.Plan, writer *record.Writer, dir, title string) error {
	if v.backend == nil {
		return v.simulate(ctx, a, plan, writer, title)
	}
	return a.measure(ctx, plan, v.backend, writer, dir, title)
}

// simulate has the simulated engine run the plan, and says how long that took.
func (v venue) simulate(ctx context.Context, a *app, plan *runner.Plan, writer *record.Writer, title string) error {
	began := time.Now()
	engine := &sim.Engine{Calibration: v.calibration, Environment: record.ThisEnvironment()}
	err := engine.Run(ctx, plan, writer)
	if err == nil {
		fmt.Fprintf(a.stderr, "%s: %v simulated in %v\n", title, plan.Scenario.Length(), time.Since(began).Round(time.Millisecond))
	}
	return err
}

// measure has the live engine run the plan, under a watchdog.
func (a *app) measure(ctx context.Context, plan *runner.Plan, backend runner.Backend, writer *record.Writer, dir, title string) (err error) {
	log, closeLog, err := a.logger(filepath.Join(dir, "logs", "windtunnel.log"))
	if err != nil {
		return &runner.EnvironmentError{Doing: "open the log", Err: err}
	}
	defer closeLog()
	dog, err := watchdog.Start(plan.Run, backend.Name())
	if err != nil {
		return &runner.EnvironmentError{Doing: "start the watchdog", Err: err}
	}
	defer func() {
		if !errors.Is(err, live.ErrNotRemoved) { // else it is left to notice our end, and sweeps
			_ = dog.Close()
		}
	}()
	display := newProgress(a.stderr, a.env, title)
	defer display.close()
	engine := &live.Engine{Backend: backend, Progress: display, Log: log}
	return engine.Run(ctx, plan, writer)
}
