package arrival

import (
	"time"

	"windtunnel/topologies/work"
)

// PhaseIdentity returns the identity from which the arrivals of a run's phase
// are drawn; phase counts from 0.
func PhaseIdentity(seed uint64, phase int) work.Identity {
	return work.Root(seed).Named("arrivals").Child(uint64(phase))
}

// Identity returns the identity of the arrival numbered seq: it travels with
// the request, and everything that happens to it is drawn below.
func Identity(seed, seq uint64) work.Identity { return work.Root(seed).Child(seq) }

// PickEntry draws which of the weights' owners an arrival asks: an index into
// weights, each chosen with its share of their sum. Without a positive weight
// it is the last one.
func PickEntry(weights []float64, arrival work.Identity) int {
	if len(weights) == 1 {
		return 0
	}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	at := arrival.Named("entry").Float64() * total
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// closedSeqBits is where the phase stands in the number of a closed request.
const closedSeqBits = 40

// FirstClosedSeq is the least number of a closed request; open arrivals are
// numbered below it.
const FirstClosedSeq = 1 << closedSeqBits

// ClosedSeq numbers user's k-th request, all from 0, in a closed phase. Open
// arrivals are numbered 0, 1, 2, … over the whole run; how many requests closed
// users make is known only afterwards, so theirs have a range of their own for
// each phase, in which a number depends on nothing but phase, user and k. Two
// systems of different speed thus meet the same requests, one more of them.
func (c *Closed) ClosedSeq(phase, user int, k uint64) uint64 {
	return uint64(phase+1)<<closedSeqBits + k*uint64(c.Users) + uint64(user)
}

// ThinkBefore returns how long a user thinks before the k-th request, whose
// identity is given. A user joins in the middle of a thought: the first is cut
// to a uniform part of itself, so that the users do not all ask at once.
func (c *Closed) ThinkBefore(k uint64, request work.Identity) time.Duration {
	think := c.Think.Draw(request.Named("think"))
	if k == 0 {
		think = time.Duration(float64(think) * request.Named("joined").Float64())
	}
	return think
}
