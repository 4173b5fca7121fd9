package sim

import (
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// probe is one that an instance sends to another along an edge. One that comes to
// nothing is dropped: the edge's machine sees by itself that its time is up.
type probe struct {
	policy.Probe
	edge *edge
	toll toll
	came policy.Cause
	owed time.Duration // CPU to be spent when it is over
}

// What a probe is told, in the order in which it happens.
const (
	probePrepared = iota // the CPU time of sending it is spent
	probeLeaves          // its delay in transit is over
	probeEnds            // that of its answer is, too
)

func (e *edge) probe(w *world, p policy.Probe) {
	t := w.probes.get()
	*t = probe{Probe: p, edge: e}
	if len(w.effects) > 0 {
		t.toll = w.toll(p.Identity, e.from, "", e.to)
	}
	onWay, aside := w.costs.parted(e.from.node.costs.Send)
	t.owed = aside
	if onWay > 0 {
		e.from.cpu.burn(w, onWay, t, probePrepared)
		return
	}
	t.act(w, probePrepared)
}

// act goes on with the probe, unless its caller is gone, or frozen.
func (t *probe) act(w *world, what uint64) {
	switch {
	case t.edge.from.dead:
		t.drop(w)
	case t.edge.from.hold(t, what):
	case what == probePrepared && t.toll.delay > 0:
		t.transit(w, t.toll.delay, probeLeaves)
	case what != probeEnds:
		t.leave(w)
	default:
		e, p, cause := t.edge, t.Probe, t.came
		t.drop(w)
		e.machine.Probed(w.now, p, cause)
		e.settle(w)
	}
}

// transit lets time pass on the way, unless the probe's is up before.
func (t *probe) transit(w *world, d time.Duration, then uint64) {
	if w.now.Add(d) >= t.Until {
		t.drop(w)
		return
	}
	w.after(d, byMessage, t, then)
}

func (t *probe) leave(w *world) {
	i, left := t.edge.to.byID(t.Endpoint), leftOf(w.now, t.Until)
	switch {
	case t.toll.fail:
		t.fail(w, policy.Declared)
	case i == nil:
		t.fail(w, policy.Refused)
	case left <= 0:
		t.drop(w)
	default:
		w.ask(i, wire.HealthPath, nil, nil, t.Identity, carried{}, left, t, 0, false)
	}
}

// answer is the instance's own.
func (t *probe) answer(w *world, _ uint64, a *answer) {
	t.came = a.cause
	if d := t.toll.replyDelay; d > 0 {
		t.transit(w, d, probeEnds)
		return
	}
	t.act(w, probeEnds)
}

// fail is an answer that no instance gave. It is told as an event of its own,
// since its edge is about to settle.
func (t *probe) fail(w *world, cause policy.Cause) {
	t.came = cause
	t.transit(w, t.toll.replyDelay, probeEnds)
}

func (t *probe) drop(w *world) {
	if !t.edge.from.dead {
		t.edge.from.cpu.spend(w, t.owed)
	}
	t.edge = nil
	w.probes.put(t)
}
