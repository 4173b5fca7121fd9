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

// ErrEnough says that a run was ended before its time by Engine.Enough: what it
// had sent by then was answered and recorded.
var ErrEnough = errors.New("ended before its time")

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
	// Enough is closed to end the run in good order before its time: nobody comes
	// any more, who is under way is answered, faults are healed. nil: never.
	Enough <-chan struct{}
}

// Run carries out the plan. It returns an *runner.EnvironmentError where the
// topology could not be brought up, ctx's error where it was cut short, and
// ErrEnough where it ended before its time; either way everything it started is gone when it returns.
func (e *Engine) Run(ctx context.Context, p *runner.Plan, r record.Recorder) (err error) {
	run := newRun(e, p, r)
	defer run.teller.close()
	defer run.journal.flush(time.Now())
	run.log.Info("deploying", zap.String("run", p.Run))
	preparing, prepared := runner.Until(ctx, run.wanted)
	deployment, err := e.Backend.Deploy(preparing, p, r)
	prepared()
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
		return run.orEnough(ctx, err)
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
		if slotErr := group.Wait(); slotErr != nil { // why the experiment ended, if it did
			err = slotErr
		}
		r.hangUp()
	}()
	starting, stopStarting := runner.Until(ctx, r.wanted)
	err = r.bringUp(starting, slots, group)
	stopStarting()
	if err != nil {
		return r.orEnough(ctx, err)
	}
	if limits := r.deployment.Limits(); limits != "" {
		r.event(record.Event{Kind: record.Note, Name: record.NoteLimits, Reason: limits})
	}
	experimenting, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(slots, end)() // nobody keeps the instances any more
	err = r.experiment(experimenting)
	if err == nil || errors.Is(err, ErrEnough) {
		r.retire(ctx)
	}
	return err
}

// experiment drives the load and the faults from the run's begin to its end.
func (r *run) experiment(ctx context.Context) error {
	began := time.Now().Add(leadTime)
	r.journal.flush(began)
	r.event(record.Event{Kind: record.RunBegan})
	r.teller.tell(func(p Progress) { p.Began(r.plan.Scenario.Length()) })
	for _, n := range r.nodes {
		if n.fleet != nil {
			n.fleet.begin(began)
		}
	}
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
	group.Go(func() error { r.traces.collect(work); return nil })
	stats, loadErr := load.Run(work, options, func(q record.Request) {
		r.recorder.Request(q)
		r.traces.ended(q)
	})
	if loadErr == nil { // a phase in which nobody comes lasts, too
		wanted, leave := runner.Until(work, r.wanted)
		sleepUntil(wanted, began.Add(r.plan.Scenario.Length()))
		leave()
	}
	early := r.enough() && time.Now().Before(began.Add(r.plan.Scenario.Length()))
	stop()
	err = errors.Join(group.Wait(), r.traces.record(ctx))
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
	if early {
		return ErrEnough
	}
	return nil
}

// orEnough tells an end before its time from the error that it made of what was
// under way.
func (r *run) orEnough(ctx context.Context, err error) error {
	if ctx.Err() == nil && r.enough() && errors.Is(err, context.Canceled) {
		return ErrEnough
	}
	return err
}

// enough says whether the run is to end before its time.
func (r *run) enough() bool {
	select {
	case <-r.wanted:
		return true
	default:
		return false
	}
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
