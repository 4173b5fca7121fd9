package sim

import "windtunnel/topologies/policy"

// lane holds alarms that are set for later and later instants, as timeouts of
// one length are. They stand in line there, and the heap knows the first alone:
// a timeout that never comes, which is what most are, costs next to nothing.
// An alarm rings at the very place among all events that it would have had in
// the heap.
type lane struct {
	line queue[alarm]
	set  bool  // the heap holds an event of the lane
	next place // then: its place; the alarm that it is for may be stale by now
}

// place is where an event stands among all.
type place struct {
	at    policy.Instant
	order uint64
}

func (p place) before(o place) bool { return p.at < o.at || p.at == o.at && p.order < o.order }

// alarm is an event in a lane.
type alarm struct {
	place
	who timer
	arg uint64
}

// timer is who sets an alarm that may no longer matter when its instant comes.
type timer interface {
	actor
	stale(arg uint64) bool
}

// alarm has who told at an instant, unless that has become stale by then.
func (l *lane) alarm(w *world, at policy.Instant, c class, who timer, arg uint64) {
	l.trim()
	a := alarm{place{max(at, w.now), w.heap.next(c)}, who, arg}
	if !l.line.empty() && a.before(l.line.last().place) || l.set && a.before(l.next) {
		w.heap.put(event{a.at, a.order, who, arg})
		return
	}
	l.line.push(a)
	l.arm(w)
}

// trim drops what no longer matters from the front.
func (l *lane) trim() {
	for !l.line.empty() {
		if a := l.line.first(); !a.who.stale(a.arg) {
			return
		}
		l.line.pop()
	}
}

// arm puts the first alarm on the heap, unless an earlier one is there.
func (l *lane) arm(w *world) {
	if l.set || l.line.empty() {
		return
	}
	l.set, l.next = true, l.line.first().place
	w.heap.put(event{l.next.at, l.next.order, l, l.next.order})
}

// act rings the alarm whose turn it is, if that is still there.
func (l *lane) act(w *world, order uint64) {
	l.set = false
	l.trim()
	if l.line.empty() {
		return
	}
	if l.line.first().order != order {
		l.arm(w)
		return
	}
	a := l.line.pop()
	l.arm(w)
	a.who.act(w, a.arg)
}
