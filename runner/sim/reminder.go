package sim

import "windtunnel/topologies/policy"

// reminder is when an instance next looks at a machine that it hosts. A dead
// instance hears none, and a frozen one when it thaws.
type reminder struct {
	on *instance
	at policy.Instant // Never where none is set
}

func newReminder(on *instance) reminder { return reminder{on, policy.Never} }

// set has who told of the instant, with it as its argument; Never sets none.
func (r *reminder) set(w *world, next policy.Instant, who actor) {
	if next == r.at {
		return
	}
	r.at = next
	if next != policy.Never {
		w.at(next, byDue, who, uint64(next))
	}
}

// due says whether who, told of an instant, is to look now: it was not set
// anew meanwhile. None is set then.
func (r *reminder) due(who actor, at uint64) bool {
	if policy.Instant(at) != r.at || r.on.dead || r.on.hold(who, at) {
		return false
	}
	r.at = policy.Never
	return true
}
