package tracing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// least is how long a pause must be to have a span of its own. What is shorter
// counts to what is around it.
const least = 100 * time.Microsecond

// assembly is a trace in the making.
type assembly struct {
	*Keeper
	trace    record.Trace
	spans    []Span
	attempts map[uint64][]*Span // by the span of their call
	known    map[uint64]bool    // spans that are there
}

// assemble makes the trace of a request. Spans that two sides would have to
// agree on have ids that follow from the identities, so that nothing is matched
// by its time.
func (k *Keeper) assemble(of *kept) record.Trace {
	a := &assembly{Keeper: k, spans: of.log.Spans, attempts: map[uint64][]*Span{}, known: map[uint64]bool{}}
	slices.SortStableFunc(a.spans, func(x, y Span) int {
		return cmp.Or(cmp.Compare(x.Began, y.Began), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID), cmp.Compare(x.At.Node, y.At.Node))
	})
	high, low := wire.TraceID(of.id)
	r := &of.request
	a.trace = record.Trace{High: high, Low: low, Seq: r.Seq, Entry: r.Entry, Phase: r.Phase, Reason: of.reason, Partial: of.log.Cut}
	a.gather()
	root := record.Span{ID: wire.RootSpanID(of.id), Part: record.PartRequest, Name: r.Entry, Node: record.GeneratorNode, Instance: record.GeneratorNode,
		Begin: r.Intended, End: r.Done, Cause: r.Cause, Status: r.Status, To: of.entry.node}
	a.expect(&root, wire.ServeSpanID(of.id, of.entry.node))
	a.add(root)
	if late := r.Sent - r.Intended; late >= least {
		a.part(&root, record.PartLate, "sent late", r.Intended, r.Sent)
	}
	for i := range a.spans {
		a.span(&a.spans[i], of)
	}
	a.lookForParents()
	return a.trace
}

// gather finds which spans there are, and the attempts of each call.
func (a *assembly) gather() {
	for i := range a.spans {
		s := &a.spans[i]
		switch s.Kind {
		case wire.ServeSpan:
			a.known[wire.ServeSpanID(s.ID, s.At.Node)] = true
		case wire.CallSpan:
			if s.Number == 1 {
				a.attempts[wire.CallSpanID(s.ID, s.At.Node)] = []*Span{s.only()}
			}
		case wire.AttemptSpan:
			call := wire.CallSpanID(s.Parent, s.At.Node)
			a.attempts[call] = append(a.attempts[call], s)
		}
	}
}

// only is the attempt that a call tells of.
func (s *Span) only() *Span {
	t := *s
	t.Kind, t.Parent, t.Began = wire.AttemptSpan, s.ID, s.Begun
	if !s.Passed {
		t.ID = s.ID.Child(1)
	}
	return &t
}

func (a *assembly) add(s record.Span) { a.trace.Spans = append(a.trace.Spans, s) }

// part adds a stretch of a span that belongs to nobody else.
func (a *assembly) part(of *record.Span, part record.Part, name string, from, to time.Duration) {
	a.add(record.Span{ID: uint64(work.Identity(of.ID).Named(string(part)).Child(uint64(from - of.Begin))), Parent: of.ID, Part: part, Name: name,
		Node: of.Node, Instance: of.Instance, Begin: from, End: to})
}

// expect marks a span of which the other side should have told something.
func (a *assembly) expect(s *record.Span, other uint64) {
	switch {
	case a.nodes[s.To].silent:
		s.Opaque = true
	case a.known[other], s.Cause == policy.Refused, s.Cause == policy.DNS, s.Cause == policy.Declared && s.Status == 0:
	default:
		s.Missing = true
		if !s.Lost {
			a.trace.Partial = true
		}
	}
}

func (a *assembly) span(s *Span, of *kept) {
	made := record.Span{Name: s.Name, Node: s.At.Node, Instance: s.At.Instance, Begin: time.Duration(s.Began), End: time.Duration(s.Ended), Cause: s.Cause}
	switch s.Kind {
	case wire.ServeSpan:
		a.serve(s, made, of)
	case wire.OperationSpan:
		made.ID, made.Parent, made.Part = wire.WorkSpanID(s.ID, s.At.Node), wire.WorkSpanID(s.Parent, s.At.Node), record.PartWork
		a.add(made)
	case wire.CallSpan:
		made.ID, made.Parent, made.Part = wire.CallSpanID(s.ID, s.At.Node), a.around(s), record.PartCall
		made.Name, made.To, made.Fallback = "call "+s.Name, s.Name, s.Fallback
		a.add(made)
		a.pauses(&made)
		if s.Number == 1 {
			a.span(a.attempts[made.ID][0], of)
		}
	case wire.AttemptSpan:
		a.attempt(s, made)
	case wire.WaitSpan:
		a.wait(s, made)
	}
}

// around is the span of what makes a call: an operation, or the request that a proxy passes on.
func (a *assembly) around(s *Span) uint64 {
	if a.nodes[s.At.Node].hosting {
		return wire.WorkSpanID(s.Parent, s.At.Node)
	}
	return wire.ServeSpanID(s.Parent, s.At.Node)
}

// serve adds a request at an instance, with its wait for a worker and the
// operation that answered it.
func (a *assembly) serve(s *Span, made record.Span, of *kept) {
	made.ID, made.Parent, made.Part = wire.ServeSpanID(s.ID, s.At.Node), wire.AttemptSpanID(s.ID, s.At.Node), record.PartServe
	if s.ID == of.id && s.At.Node == of.entry.node {
		made.Parent = wire.RootSpanID(of.id)
	}
	a.add(made)
	begun := time.Duration(s.Begun)
	if begun-made.Begin >= least {
		a.part(&made, record.PartQueue, "queue", made.Begin, begun)
	}
	if s.Own {
		a.add(record.Span{ID: wire.WorkSpanID(s.ID, s.At.Node), Parent: made.ID, Part: record.PartWork, Name: s.Name,
			Node: made.Node, Instance: made.Instance, Begin: begun, End: made.End, Cause: s.Cause})
	}
}

// pauses adds what a call spent before its first attempt and between two. Where
// an attempt is not known, neither is what lay beside it.
func (a *assembly) pauses(call *record.Span) {
	attempts := a.attempts[call.ID]
	if len(attempts) == 0 {
		if call.Duration() >= least {
			a.part(call, record.PartHeld, "held back", call.Begin, call.End)
		}
		return
	}
	flown := call.Begin
	for i, t := range attempts {
		began := time.Duration(t.Began)
		switch {
		case int(t.Number) != i+1:
			return
		case began-flown < least:
		case i == 0:
			a.part(call, record.PartHeld, "held back", flown, began)
		default:
			a.part(call, record.PartBackoff, "backoff", flown, began)
		}
		flown = max(flown, time.Duration(t.Ended))
	}
}

func (a *assembly) attempt(s *Span, made record.Span) {
	made.ID, made.Part = wire.AttemptSpanID(s.ID, s.Name), record.PartAttempt
	made.To, made.Endpoint = s.Name, a.instance(s)
	made.Status, made.Number, made.Lost = int(s.Status), int(s.Number), s.Lost
	call := wire.CallSpanID(s.Parent, s.At.Node)
	made.Parent = call
	if a.nodes[s.At.Node].front {
		made.Parent = wire.ServeSpanID(s.Parent, s.At.Node)
	}
	for _, other := range a.attempts[call] {
		made.Hedge = made.Hedge || other.Number < s.Number && other.Ended > s.Began
	}
	made.Name = fmt.Sprintf("attempt %d to %s", s.Number, s.Name)
	if made.Hedge {
		made.Name = fmt.Sprintf("attempt %d to %s, a hedge", s.Number, s.Name)
	}
	a.expect(&made, wire.ServeSpanID(s.ID, s.Name))
	a.add(made)
}

// instance is the one that an attempt was for, or that was waited for; "" where
// there was none.
func (a *assembly) instance(s *Span) string {
	switch {
	case s.Endpoint == 0:
		return ""
	case a.nodes[s.Name].silent:
		return s.Name
	}
	return runner.EndpointName(s.Name, s.Endpoint)
}

// wait adds a wait for an instance, with the start of the one that it met.
func (a *assembly) wait(s *Span, made record.Span) {
	made.ID, made.Parent, made.Part = wire.WaitSpanID(s.ID, s.At.Node, s.Number), wire.ServeSpanID(s.ID, s.At.Node), record.PartWait
	made.Name, made.To, made.Endpoint, made.Cold = "wait for "+s.Name, s.Name, a.instance(s), s.Cold
	a.add(made)
	began, known := a.starts[made.Endpoint]
	if !s.Cold || !known {
		return
	}
	total := time.Duration(0)
	for _, part := range record.StartParts() {
		total += milliseconds(began.phasesMS[part])
	}
	at := began.at - total
	for _, part := range record.StartParts() {
		took := milliseconds(began.phasesMS[part])
		if took <= 0 {
			continue
		}
		a.add(record.Span{ID: uint64(work.Identity(made.ID).Named(part)), Parent: made.ID, Part: record.PartStart, Name: part,
			Node: s.Name, Instance: made.Endpoint, Begin: at, End: at + took})
		at += took
	}
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// lookForParents marks a trace of which a part hangs in the air.
func (a *assembly) lookForParents() {
	there := map[uint64]bool{0: true}
	for i := range a.trace.Spans {
		there[a.trace.Spans[i].ID] = true
	}
	for i := range a.trace.Spans {
		if !there[a.trace.Spans[i].Parent] {
			a.trace.Partial = true
		}
	}
}
