package policy

import (
	"math"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Instant is a moment in nanoseconds since an origin that the host chooses: a
// process's start when live, the run's begin when simulated. It never goes back.
type Instant int64

// Never is the instant that does not come: the deadline of a machine that waits for nothing.
const Never Instant = math.MaxInt64

// Add returns the instant d later, and Never where that would overflow.
func (i Instant) Add(d time.Duration) Instant {
	if d > 0 && i > Never-Instant(d) {
		return Never
	}
	return i + Instant(d)
}

// Sub returns the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i - o) }

// Cause says why a request or an attempt failed; the empty cause is success.
// The list is closed: records, checks and reports count by it.
type Cause string

// The causes of failure.
const (
	OK              Cause = ""
	Status          Cause = "status"           // a reply with an unexpected status
	Timeout         Cause = "timeout"          // an attempt's timeout, or the generator's
	Deadline        Cause = "deadline"         // the call's or the caller's deadline has passed
	Refused         Cause = "refused"          // no connection: nobody listens, or no endpoint is known
	Reset           Cause = "reset"            // the connection broke before the reply was whole
	RejectedBreaker Cause = "rejected-breaker" // an open breaker did not let it through
	RejectedLimit   Cause = "rejected-limit"   // a rate limit, bulkhead or shedder did not
	RejectedQueue   Cause = "rejected-queue"   // an instance's queue was full
	DNS             Cause = "dns"              // the name did not resolve
	Declared        Cause = "declared"         // a fail step or a fail fault said so
	Unsent          Cause = "unsent"           // the generator could not send it
	Other           Cause = "other"
)

// Causes lists every cause of failure, in the order that reports print.
func Causes() []Cause {
	return []Cause{Status, Timeout, Deadline, Refused, Reset, RejectedBreaker,
		RejectedLimit, RejectedQueue, DNS, Declared, Unsent, Other}
}

// Outcome is how an attempt ended.
type Outcome struct {
	Cause   Cause
	Latency time.Duration // from the send to the end
	Lost    bool          // it was given up since another of its call had won: it says nothing of its callee
}

// EndpointID names an instance among those of its node; it is never reused in a run.
type EndpointID uint32

// Endpoint is an instance that a balancer may pick.
type Endpoint struct {
	ID     EndpointID
	Weight float64 // relative share for balancers that weigh; 0 counts as 1
}

// Transition is a machine's change of state, at the instant that it was due.
type Transition struct {
	At       Instant
	Machine  string     // "breaker", "ejection", "health", "retry-throttle", "shedding"
	Endpoint EndpointID // for machines kept per instance; 0 for one per edge
	From, To string
	Reason   string // with its inputs: "6 of 10 failed (60 % ≥ 50 %)"
}

// Permit is what a Gate hands out with an admission and wants back with the
// outcome. Its generation makes a release that comes after the gate changed
// state harmless. The zero Permit is never handed out.
type Permit struct {
	Generation uint64
	Slot       uint32
}

// Admission is a Gate's answer.
type Admission struct {
	Permit Permit
	Cause  Cause // why not; OK admits
}

// Gate lets attempts through or not: breaker, bulkhead, rate limit, shedder.
type Gate interface {
	// Admit asks for one attempt.
	Admit(now Instant) Admission
	// Release returns a permit with how its attempt ended. A late or second
	// release is harmless.
	Release(now Instant, p Permit, o Outcome)
	// Deadline is when Tick is next due, Never where nothing waits.
	Deadline() Instant
	// Tick makes the transitions that were due by now and appends all those
	// not yet reported, each at the instant it was due.
	Tick(now Instant, out []Transition) []Transition
}

// Balancer picks the endpoint of an attempt. The draw is the attempt's own.
type Balancer interface {
	// Pick returns an endpoint of up, which is not empty and is sorted by id.
	Pick(now Instant, up []Endpoint, draw work.Identity) EndpointID
	// Done returns a pick with how its attempt ended.
	Done(now Instant, id EndpointID, o Outcome)
}

// Keyed is implemented by the balancers that go by what a request is about.
type Keyed interface {
	// PickKey is Pick for a request with a key, in place of it.
	PickKey(now Instant, up []Endpoint, key uint64) EndpointID
}

// Hosted is implemented by the balancers that prepare for the instances that
// there are, whether or not one may be picked at the moment.
type Hosted interface {
	// SetHosts tells all of them, sorted by id. What was told before is void.
	SetHosts(all []Endpoint)
}

// GoesByKey says whether a balancer with this name is Keyed: then requests must
// carry keys.
func GoesByKey(balancer string) bool {
	d, known := Balancers.Lookup(balancer)
	if !known {
		return false
	}
	_, keyed := d.New().(Keyed)
	return keyed
}

// Gradual lists the balancers that give a new instance its share little by little
// (slow_start), sorted: all but those that go by keys.
func Gradual() []string {
	var names []string
	for _, name := range Balancers.Names() {
		if !GoesByKey(name) {
			names = append(names, name)
		}
	}
	return names
}

// Balancers registers the balancers by the name that `balance:` takes.
var Balancers = def.NewRegistry[Balancer]("balancer")
