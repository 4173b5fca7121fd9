package sim

import "windtunnel/topologies/policy"

// lane holds alarms that are set for later and later instants, as timeouts of
// one length are. They stand in line there, and the heap knows the first alone:
// a timeout that never comes, which is what most are, costs next to nothing.
// An alarm rings at the very place among all events that it would have had in
// the heap.
type lane struct {
	line queue[alarm]
	set  bool           // the heap holds an event of the lane
	due  policy.Instant // then: when that comes
}

// alarm is an event in a lane.
type alarm struct {
	at    policy.Instant
	order uint64
	who   timer
	arg   uint64
}

// timer is who sets an alarm that may no longer matter when its instant comes.
type timer interface {
	actor
	stale(arg uint64) bool
}

// alarm has who told at an instant, unless that has become stale by then.
func (l *lane) alarm(w *world, at policy.Instant, c class, who timer, arg uint64) {
	at = max(at, w.now)
	l.trim()
	if !l.line.empty() && at < l.line.last().at || l.set && at < l.due {
		w.at(at, c, who, arg)
		return
	}
	l.line.push(alarm{at, w.heap.next(c), who, arg})
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
	a := l.line.first()
	l.set, l.due = true, a.at
	w.heap.put(event{a.at, a.order, l, a.order})
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
