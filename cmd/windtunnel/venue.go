package main

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

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
	standsFor   string           // the backend that the simulator is held against; empty: none in particular
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

// allPlaces is how many runs may go on at the same time.
func allPlaces() int { return runtime.GOMAXPROCS(0) }

// places is how many of them a run takes: a simulated one a core's, a measured
// one all, so that nothing else disturbs it.
func (v venue) places() int {
	if v.backend == nil {
		return 1
	}
	return allPlaces()
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
func (v venue) carryOut(ctx context.Context, a *app, plan *runner.Plan, shown *shownRun, dir string) error {
	if v.backend == nil {
		return v.simulate(ctx, plan, shown)
	}
	return a.measure(ctx, plan, v.backend, shown, dir)
}

// simulate has the simulated engine run the plan. To end it early is to cut it
// off: in virtual time nobody has to be waited for.
func (v venue) simulate(ctx context.Context, plan *runner.Plan, shown *shownRun) error {
	ctx, leave := runner.Until(ctx, shown.show.enough)
	defer leave()
	engine := &sim.Engine{Calibration: v.calibration, Backend: v.standsFor, Environment: record.ThisEnvironment(), Reached: &shown.reached, Latencies: shown.tap != nil}
	return engine.Run(ctx, plan, shown.recorder)
}

// measure has the live engine run the plan, under a watchdog.
func (a *app) measure(ctx context.Context, plan *runner.Plan, backend runner.Backend, shown *shownRun, dir string) (err error) {
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
	engine := &live.Engine{Backend: backend, Progress: shown, Log: log, Enough: shown.show.enough}
	return engine.Run(ctx, plan, shown.recorder)
}
