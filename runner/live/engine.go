package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/load"
	"windtunnel/runner/record"
)

// Bounds on the parts of a run that wait for others.
const (
	startTimeout = 90 * time.Second // for one instance, built-in or the user's own
	stopTimeout  = 20 * time.Second // for taking everything down
	ackTimeout   = 5 * time.Second  // for a node's answer on its control connection
	lastWords    = time.Second      // for what an instance sent before it ended
	leadTime     = 100 * time.Millisecond
)

// ErrNotRemoved says that something of the run may be left: a watchdog that
// still lives should sweep.
var ErrNotRemoved = errors.New("not everything could be removed")

// Progress is told how far a run is. Its methods are called one at a time, and may
// take their time: the run waits for them at its end only.
type Progress interface {
	Deploying(ready, total int, waiting []string)
	Began(length time.Duration)
	Event(record.Event)
}

// Engine is runner.Engine on a real backend.
type Engine struct {
	Backend  runner.Backend
	Progress Progress    // nil: silent
	Log      *zap.Logger // nil: none
}

// Run carries out the plan. It returns an *runner.EnvironmentError where the
// topology could not be brought up, and ctx's error where it was cut short;
// either way everything it started is gone when it returns.
func (e *Engine) Run(ctx context.Context, p *runner.Plan, r record.Recorder) (err error) {
	run := newRun(e, p, r)
	defer run.teller.close()
	defer run.journal.flush(time.Now())
	run.log.Info("deploying", zap.String("run", p.Run))
	deployment, err := e.Backend.Deploy(ctx, p, r)
	if deployment != nil {
		defer func() {
			run.log.Info("removing", zap.String("run", p.Run))
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if closeErr := deployment.Close(closing); closeErr != nil {
				err = errors.Join(err, &runner.EnvironmentError{Doing: "remove the topology", Err: fmt.Errorf("%w: %w", ErrNotRemoved, closeErr)})
			}
		}()
	}
	if err != nil {
		return err
	}
	run.deployment = deployment
	return run.execute(ctx)
}

// execute brings the instances up, runs the scenario, and takes them down.
func (r *run) execute(ctx context.Context) (err error) {
	// Slots outlive ctx a little: faults are healed and counters read before they end.
	slots, stopSlots := context.WithCancel(context.WithoutCancel(ctx))
	group, slots := errgroup.WithContext(slots)
	defer func() {
		stopSlots()
		if slotErr := group.Wait(); err == nil {
			err = slotErr
		}
		r.hangUp()
	}()
	if err := r.bringUp(ctx, slots, group); err != nil {
		return err
	}
	if limits := r.deployment.Limits(); limits != "" {
		r.event(record.Event{Kind: record.Note, Name: record.NoteLimits, Reason: limits})
	}
	if err := r.experiment(ctx); err != nil {
		return err
	}
	r.retire(ctx)
	return nil
}

// experiment drives the load and the faults from the run's begin to its end.
func (r *run) experiment(ctx context.Context) error {
	began := time.Now().Add(leadTime)
	r.journal.flush(began)
	r.event(record.Event{Kind: record.RunBegan})
	r.teller.tell(func(p Progress) { p.Began(r.plan.Scenario.Length()) })
	options, err := r.loadOptions(began)
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return r.timeline(work, began) })
	group.Go(func() error { r.phases(work, began); return nil })
	group.Go(func() error { r.sample(work); return nil })
	stats, loadErr := load.Run(work, options, r.recorder.Request)
	stop()
	err = group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if loadErr != nil && err == nil {
		err = fmt.Errorf("drive the load: %w", loadErr)
	}
	if err != nil {
		return err
	}
	for _, p := range stats.Puzzles {
		r.event(record.Event{Kind: record.Note, Reason: fmt.Sprintf("the first request that failed with %s: %s", p.Cause, p.Text)})
	}
	r.event(record.Event{Kind: record.RunEnded, Reason: fmt.Sprintf("%d offered, %d sent, %d unsent", stats.Offered, stats.Sent, stats.Unsent)})
	return nil
}

// phases notes the begin of each phase when it comes.
func (r *run) phases(ctx context.Context, began time.Time) {
	for i, phase := range r.plan.Scenario.Phases {
		if !sleepUntil(ctx, began.Add(r.plan.Scenario.Begin(i))) {
			return
		}
		r.event(record.Event{Kind: record.PhaseBegan, Name: phase.Name})
	}
}

// sleepUntil waits for an instant and says whether it came before ctx ended.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
