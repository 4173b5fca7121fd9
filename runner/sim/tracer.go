package sim

import (
	"time"

	"windtunnel/runner/record"
	"windtunnel/runner/tracing"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// tracer keeps a log for every request under way, as nobody knows beforehand
// which will be slow or fail: a request's visits, calls and attempts copy a span
// into it when they end. Its memory is used again for another request, unless
// the keeper wants it.
type tracer struct {
	keeper *tracing.Keeper // nil: nothing is traced
	logs   pool[tracing.Log]
}

// entry is the keeper's own of an entry; nil where nothing is traced.
func (t *tracer) entry(name string) *tracing.Entry {
	if t.keeper == nil {
		return nil
	}
	return t.keeper.Entry(name)
}

// open returns a log for a request; nil where nothing is traced.
func (t *tracer) open() *tracing.Log {
	if t.keeper == nil {
		return nil
	}
	l := t.logs.get()
	l.Users = 1
	return l
}

// share counts one more who may add to a log.
func (t *tracer) share(l *tracing.Log) {
	if l != nil {
		l.Users++
	}
}

// leave counts one less. A callee may outlive the request that it works for.
func (t *tracer) leave(of **tracing.Log) {
	if l := *of; l != nil {
		*of = nil
		l.Users--
		t.reuse(l)
	}
}

// reuse takes back a log that nobody wants and nobody adds to.
func (t *tracer) reuse(l *tracing.Log) {
	if l.Free && l.Users == 0 {
		*l = tracing.Log{Spans: l.Spans[:0]}
		t.logs.put(l)
	}
}

// ended offers the keeper a request.
func (t *tracer) ended(r *request) {
	l := r.log
	if l == nil {
		return
	}
	r.log = nil
	l.Users--
	if free := t.keeper.Offer(r.target.traced, &r.Request, r.id, l); free != nil {
		free.Free = true
		t.reuse(free)
	}
}

func (t *tracer) started(w *world, i *instance, phasesMS map[string]float64) {
	if t.keeper != nil {
		t.keeper.Started(i.name, time.Duration(w.now), phasesMS)
	}
}

// origin is when a simulated run begins, on the clock that its traces show: the
// same for all, so that equal runs have equal traces.
var origin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// record hands over the traces.
func (t *tracer) record(r record.Recorder) {
	if t.keeper != nil {
		all := t.keeper.Traces()
		all.Origin = origin
		r.Traces(all)
	}
}

// traceServed logs the visit itself.
func (v *visit) traceServed(w *world, cause policy.Cause) {
	if v.log == nil || v.handler == nil && v.instance.gate == nil {
		return
	}
	s := v.log.Next(&v.instance.place)
	*s = wire.Span{Kind: wire.ServeSpan, ID: v.id, Began: v.arrived, Begun: v.begun, Ended: w.now, Name: v.path, Cause: cause}
	if !v.worked {
		s.Begun = w.now
	}
	if h := v.handler; h != nil && h.op != nil {
		s.Name, s.Own = h.op.Name, v.worked
	}
}

// traceOperation logs an operation that another one called here.
func (v *visit) traceOperation(w *world, f *frame, cause policy.Cause) {
	*v.log.Next(&v.instance.place) = wire.Span{Kind: wire.OperationSpan, ID: f.id, Parent: f.outer, Began: f.began, Ended: w.now, Name: f.op.Name, Cause: cause}
}

// traceWait logs a wait for an instance.
func (v *visit) traceWait(w *world, t policy.Turn, cause policy.Cause) {
	if v.log != nil {
		*v.log.Next(&v.instance.place) = wire.Span{Kind: wire.WaitSpan, ID: v.id, Number: v.waited, Began: v.served, Ended: w.now, Name: v.instance.front.to.spec.Name,
			Endpoint: t.Endpoint, Cold: t.Cold, Cause: cause}
	}
}

// traceInvoked logs what a front has asked an instance.
func (v *visit) traceInvoked(w *world, to policy.EndpointID, began policy.Instant, a answer) {
	if v.log != nil {
		*v.log.Next(&v.instance.place) = wire.Span{Kind: wire.AttemptSpan, ID: v.id, Parent: v.id, Began: began, Ended: w.now, Name: v.instance.front.to.spec.Name,
			Cause: a.cause, Endpoint: to, Number: 1, Status: a.told()}
	}
}

// told is the status that came from whoever was asked, 0 where none did.
func (a *answer) told() uint16 {
	if a.bytes == noReply || a.unasked {
		return 0
	}
	return uint16(a.status())
}

// tracedCall is what else has to be known of a call to log it.
type tracedCall struct {
	began policy.Instant
	to    policy.EndpointID // of the attempt that ended last
}

// trace logs what ended with a step of the call.
func (c *call) trace(w *world, ev policy.Event, actions []policy.Action) {
	spans := wire.CallSpans{ID: c.id, Parent: c.within, To: c.edge.to.spec.Name, Began: c.traced.began, Passed: c.proxy}
	last := wire.Attempted{Cause: c.machine.Ruled(), Endpoint: c.traced.to, Status: c.last.told()}
	spans.Step(w.now, ev, last, actions, func(s wire.Span) { *c.log.Next(&c.edge.from.place) = s })
}
