package sim

import (
	"time"

	"windtunnel/topologies/policy"
)

// answer is what comes back of a request: a reply, or the news that none will.
// It is copied from hand to hand, and so kept small.
type answer struct {
	cause policy.Cause
	bytes int64 // of the reply's body; noReply where the connection was refused, or broke
	trail trail
	took  time.Duration // of the operation, of a function's instance
	lead  uint64        // of a cache node: the flight that the asker leads
	// A registry or a DNS server says which instances there are.
	instances *policy.Answer
	// The status, where the cause does not tell it: a function's front answers 429
	// where it has no place and 503 where the wait was too long, for the same cause.
	code    uint16
	found   bool           // a cache node's answer:
	verdict policy.Verdict // what it found
	unasked bool           // no instance has sent it
}

const noReply = -1

// okBytes is the size of the body of a success that is told to respond with nothing.
const okBytes = int64(len("ok\n"))

// refusal is the answer that tells who failed, and why.
func refusal(who string, cause policy.Cause) answer {
	return answer{cause: cause, bytes: int64(len(who) + len(": ") + len(cause) + len("\n"))}
}

// leftOf is the time left until a deadline as a request tells it: whole
// microseconds, rounded up.
func leftOf(now, deadline policy.Instant) time.Duration {
	left := (deadline.Sub(now) + time.Microsecond - 1).Truncate(time.Microsecond)
	return min(left, longestLeft)
}

// longestLeft bounds what a request may tell of its deadline.
const longestLeft = 30 * 24 * time.Hour
