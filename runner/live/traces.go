package live

import (
	"context"
	"sync"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/runner/tracing"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// collectEvery is how often nodes are asked for the spans of requests that have
// ended. One is asked about when it ended a whole interval before, so that what
// nodes still do for it is over as a rule.
const collectEvery = 200 * time.Millisecond

// traces finds out where the time of some requests went. Nodes remember the
// spans of all of late; once a request has ended, and the keeper wants it, they
// are asked for those of that one.
type traces struct {
	run *run

	mu     sync.Mutex
	keeper *tracing.Keeper // nil: nothing is traced
	logs   map[work.Identity]*tracing.Log
	fresh  []work.Identity // ended since the nodes were asked last
	due    []work.Identity // to be asked about next
}

func newTraces(r *run) *traces {
	return &traces{run: r, keeper: tracing.New(r.plan), logs: map[work.Identity]*tracing.Log{}}
}

// ended offers a request to the keeper.
func (t *traces) ended(r record.Request) {
	if t.keeper == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	entry := t.keeper.Entry(r.Entry)
	if entry == nil {
		return
	}
	id := arrival.Identity(t.run.plan.Seed, r.Seq)
	log := &tracing.Log{}
	free := t.keeper.Offer(entry, &r, id, log)
	if free == log {
		return
	}
	if free != nil {
		delete(t.logs, free.Root)
	}
	t.logs[id] = log
	t.fresh = append(t.fresh, id)
}

// started tells the keeper of an instance's start.
func (t *traces) started(i *runner.Instance, phasesMS map[string]float64) {
	at, begun := t.run.journal.since(i.Phases.Ready)
	if t.keeper == nil || !begun {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keeper.Started(i.Name, at, phasesMS)
}

// collect asks until ctx ends.
func (t *traces) collect(ctx context.Context) {
	if t.keeper == nil {
		return
	}
	ticker := time.NewTicker(collectEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.ask()
		}
	}
}

// ask asks every node about the requests that are due.
func (t *traces) ask() {
	t.mu.Lock()
	var roots []work.Identity
	for _, id := range t.due {
		if t.logs[id] != nil { // it may have given way to another
			roots = append(roots, id)
		}
	}
	t.due, t.fresh = t.fresh, nil
	t.mu.Unlock()
	if len(roots) == 0 {
		return
	}
	asking := letter{write: always(wire.Down{Collect: &wire.Collect{Roots: roots}})}
	for name := range t.run.nodes {
		for _, c := range t.run.controls(name) {
			c.post(asking)
		}
	}
}

// take adds what an instance has told to the traces that are still wanted.
func (t *traces) take(i *runner.Instance, told wire.Spans) {
	shift, begun := t.run.journal.since(told.Origin)
	if t.keeper == nil || !begun {
		return
	}
	at := &tracing.Place{Node: i.Node, Instance: i.Name}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, trace := range told.Traces {
		log := t.logs[trace.Root]
		if log == nil {
			continue
		}
		for _, s := range trace.Spans {
			log.Cut = log.Cut || s.Began <= told.Since // what it did then may be forgotten
			for _, instant := range []*policy.Instant{&s.Began, &s.Begun, &s.Ended} {
				*instant += policy.Instant(shift)
			}
			*log.Next(at) = s
		}
	}
}

// record asks for the last ones, unless the run is cut short, and hands all over.
func (t *traces) record(ctx context.Context) error {
	if t.keeper == nil {
		return nil
	}
	if sleepUntil(ctx, time.Now().Add(collectEvery/2)) {
		t.ask()
		t.ask()
		if err := t.run.acquaint(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.keeper.Traces()
	all.Origin = t.run.journal.origin()
	t.run.recorder.Traces(all)
	clear(t.logs) // what comes now comes too late
	return nil
}
