package tracing

import (
	"cmp"
	"math"
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// MaxSpans bounds the spans of one trace; one with more is partial.
const MaxSpans = 2000

// maxStarts bounds the starts that are remembered; the oldest goes first.
const maxStarts = 4096

// Place is where a span was.
type Place struct{ Node, Instance string }

// Span is a span with its place.
type Span struct {
	wire.Span
	At *Place
}

// Log is what is known of one request. Instants count from the run's begin.
type Log struct {
	Spans []Span
	Cut   bool // something of it is lost
	Root  work.Identity
	Users int  // of the simulator: who may still add to it
	Free  bool // and whether it is kept no longer
}

// Next appends a span at a place and returns it to be filled in.
func (l *Log) Next(at *Place) *wire.Span {
	n := len(l.Spans)
	switch {
	case n < cap(l.Spans) && n < MaxSpans:
		l.Spans = l.Spans[:n+1]
	case n < MaxSpans:
		l.Spans = append(l.Spans, Span{})
	default:
		l.Cut = true
		return &wire.Span{}
	}
	s := &l.Spans[n]
	s.At = at
	return &s.Span
}

// Keeper holds the traces that are kept. It is not safe for concurrent use.
type Keeper struct {
	settings              scenarios.Traces
	drawn                 uint64 // an identity's draw at or below it is sampled
	entries               map[string]*Entry
	nodes                 map[string]nodeKind
	warmups               map[string]bool
	slow, failed, sampled reservoir
	starts                map[string]start // of instances, by name
	order                 []string         // of starts
	counts                record.TraceCounts
	seed                  uint64
}

// nodeKind is what has to be known of a node to read its spans.
type nodeKind struct{ silent, hosting, front bool }

// start is an instance's, with its parts in milliseconds.
type start struct {
	at       time.Duration
	phasesMS map[string]float64
}

// Entry is one way in, with the groups of its requests.
type Entry struct {
	name, node    string
	slow, sampled *group
	failed        map[policy.Cause]*group
}

// kept is a request whose trace is kept.
type kept struct {
	request record.Request
	entry   *Entry
	id      work.Identity
	log     *Log
	reason  string
}

// New returns the keeper of a run; nil where nothing is to be traced.
func New(p *runner.Plan) *Keeper {
	s := p.Scenario.Traces
	if s.Limit <= 0 {
		return nil
	}
	k := &Keeper{settings: s, drawn: threshold(float64(s.Sample)), entries: map[string]*Entry{}, nodes: map[string]nodeKind{},
		warmups: map[string]bool{}, starts: map[string]start{}, seed: p.Seed}
	k.slow.limit, k.failed.limit = (s.Limit+1)/2, s.Limit/4
	k.sampled.limit = s.Limit - k.slow.limit - k.failed.limit
	for _, d := range p.Graph.Doors() {
		k.entries[d.Name] = &Entry{name: d.Name, node: d.Node, slow: k.slow.group(), sampled: k.sampled.group(), failed: map[policy.Cause]*group{}}
	}
	for _, n := range p.Graph.Topology.Nodes {
		kind := nodeKind{silent: !runner.BuiltIn(n)}
		switch n.Spec.(type) {
		case *topologies.Gateway: // its calls are of a request, not of an operation
		case topologies.Hosting:
			kind.hosting = true
		}
		_, kind.front = n.Spec.(*topologies.Front)
		k.nodes[n.Name] = kind
	}
	for _, phase := range p.Scenario.Phases {
		if phase.Warmup {
			k.warmups[phase.Name] = true
		}
	}
	return k
}

// threshold is the largest of the share's smallest numbers.
func threshold(share float64) uint64 {
	if share >= 1 {
		return math.MaxUint64
	}
	return uint64(share * math.MaxUint64)
}

// Entry returns the entry of a name; nil where there is none.
func (k *Keeper) Entry(name string) *Entry { return k.entries[name] }

// Offer says that a request has ended of which a log is at hand, or can be. It
// returns the log that is kept no longer, or not at all: another request's, the
// given one, or nil. What the log lacks may be added until Traces.
func (k *Keeper) Offer(e *Entry, r *record.Request, id work.Identity, log *Log) (free *Log) {
	if r.Cause == policy.Unsent {
		return log
	}
	k.counts.Requests++
	draw := uint64(id.Named("traced"))
	if draw <= k.drawn {
		k.counts.Sampled++
	}
	g, score, reason := e.slow, uint64(r.Latency()), record.TraceSlow
	switch {
	case r.Cause != policy.OK:
		k.counts.Failed++
		g, score, reason = e.failing(k, r.Cause), ^draw, record.TraceFailed
	case k.settings.Slow > 0 && r.Latency() >= k.settings.Slow:
		k.counts.Slow++
	case k.settings.Slow > 0:
		g = nil
	}
	// Of those that are the slowest the ones of a warm-up do not count.
	if g == nil || !g.wants(score) || reason == record.TraceSlow && k.settings.Slow == 0 && k.warmups[r.Phase] {
		if draw > k.drawn || !e.sampled.wants(^draw) {
			return log
		}
		g, score, reason = e.sampled, ^draw, record.TraceSampled
	}
	log.Root = id
	return k.settle(g.offer(&member{score, ^draw, &kept{*r, e, id, log, reason}}))
}

// failing is the group of the entry's requests that failed with a cause.
func (e *Entry) failing(k *Keeper, cause policy.Cause) *group {
	g := e.failed[cause]
	if g == nil {
		g = k.failed.group()
		e.failed[cause] = g
	}
	return g
}

// settle finds another place for a member that has lost its own: the sample may
// have drawn it, too.
func (k *Keeper) settle(out *member) *Log {
	if out == nil {
		return nil
	}
	if draw := ^out.tie; out.kept.reason != record.TraceSampled && draw <= k.drawn {
		out.kept.reason, out.score = record.TraceSampled, ^draw
		if out = out.kept.entry.sampled.offer(out); out == nil {
			return nil
		}
	}
	return out.kept.log
}

// Started says that an instance is ready, and of what its start was made.
func (k *Keeper) Started(instance string, at time.Duration, phasesMS map[string]float64) {
	if len(k.order) >= maxStarts {
		delete(k.starts, k.order[0])
		k.order = k.order[1:]
	}
	k.starts[instance] = start{at, phasesMS}
	k.order = append(k.order, instance)
}

// Traces returns what is kept, in the order of the arrivals.
func (k *Keeper) Traces() record.Traces {
	all := record.Traces{Counts: k.counts}
	for _, r := range []*reservoir{&k.slow, &k.failed, &k.sampled} {
		for _, g := range r.groups {
			for _, m := range g.members {
				all.Kept = append(all.Kept, k.assemble(m.kept))
			}
		}
	}
	slices.SortFunc(all.Kept, func(a, b record.Trace) int {
		return cmp.Or(cmp.Compare(a.Spans[0].Begin, b.Spans[0].Begin), cmp.Compare(a.Seq, b.Seq))
	})
	return all
}
