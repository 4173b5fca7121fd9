package sim

import (
	"fmt"
	"maps"
	"slices"
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

// bubbleTracer keeps traces as the live engine does, but asks the hosts once
// only, at the end: they forget nothing until then.
type bubbleTracer struct {
	mu     sync.Mutex
	keeper *tracing.Keeper
	logs   map[work.Identity]*tracing.Log
}

func newBubbleTracer(p *runner.Plan) *bubbleTracer {
	return &bubbleTracer{keeper: tracing.New(p), logs: map[work.Identity]*tracing.Log{}}
}

// traceContext is the header that runner/load sends.
func traceContext(id work.Identity) string {
	high, low := wire.TraceID(id)
	return fmt.Sprintf("00-%016x%016x-%016x-01", high, low, wire.RootSpanID(id))
}

func (t *bubbleTracer) ended(r *record.Request, seed uint64) {
	if t.keeper == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	id, log := arrival.Identity(seed, r.Seq), &tracing.Log{}
	free := t.keeper.Offer(t.keeper.Entry(r.Entry), r, id, log)
	if free == log {
		return
	}
	if free != nil {
		delete(t.logs, free.Root)
	}
	t.logs[id] = log
}

// traces asks every host, also those that have died: what they had done by then.
func (t *bubbleTracer) traces(b *bubble) record.Traces {
	if t.keeper == nil {
		return record.Traces{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	asking := &wire.Collect{Roots: slices.Collect(maps.Keys(t.logs))}
	for _, i := range b.byName {
		told := i.host.Collect(asking)
		if told == nil {
			continue
		}
		if told.Since > 0 {
			panic("a host forgets: the plan is too long to compare traces")
		}
		shift := policy.Instant(told.Origin.Sub(b.began))
		at := &tracing.Place{Node: i.node.spec.Name, Instance: i.name}
		for _, trace := range told.Traces {
			for _, s := range trace.Spans {
				s.Began, s.Begun, s.Ended = s.Began+shift, s.Begun+shift, s.Ended+shift
				if !i.dead || time.Duration(s.Ended) < i.died {
					*t.logs[trace.Root].Next(at) = s
				}
			}
		}
	}
	all := t.keeper.Traces()
	all.Origin = origin
	return all
}
