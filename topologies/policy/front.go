package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// FrontConfig is how a function platform's front treats requests.
type FrontConfig struct {
	Concurrency int           `json:"concurrency"`       // requests that an instance is sent at once; at least 1
	Queue       int           `json:"queue"`             // requests that may wait for an instance
	Timeout     time.Duration `json:"timeout,omitempty"` // how long one may wait; 0: as long as its deadline lets it
	Routing     string        `json:"routing,omitempty"` // which free instance takes a request: see Routings
}

// Routings are the ways to choose among the instances that are free. They decide
// how many stay warm: a request to the most recently used lets the others age,
// one to the least loaded keeps all of them in use.
func Routings() []string { return []string{"most-recent", "newest", "least-loaded"} }

// Front is a function platform's invoker. It hands each request to an instance
// that is free, never more than Concurrency at once, and keeps the others in a
// bounded queue, first come, first served. It starts no instances: what it is
// asked for is told by Demand, and the scaler's answer comes back as Add and Retire.
//
//	            ┌── queue ──┐   Add, Done    ┌─ instance
//	Arrive ─────┤ bounded   ├──── Turn ──────┼─ instance
//	            └───────────┘                └─ instance   Retire, Remove
//
// A request is cold where it waited and is the first that its instance serves.
// One that waited and then got a warm instance which had become free met no cold
// start, though one was under way for it: platforms hand it over in the same way.
type Front struct {
	cfg     FrontConfig
	better  func(a, b *member) bool
	members []member // sorted by id
	line    line
	flying  int
	load    time.Duration // integral of what flies and waits
	last    Instant       // until when load counts
}

// member is an instance as the front knows it.
type member struct {
	id       EndpointID
	flying   int
	used     Instant // when a request last came to it or left it, or when it was added
	served   bool
	retiring bool // takes no more requests
}

// Turn is a request that an instance is to serve now.
type Turn struct {
	Ticket   uint64
	Endpoint EndpointID
	Cold     bool // it waited, and the instance has served nobody before
}

// Demand is what a front is asked for, as its scaler is told.
type Demand struct {
	InFlight int
	Queued   int
	Load     time.Duration // integral of both over time
	Idle     []Idle        // instances without a request, the longest idle first
}

// Idle is an instance without a request since an instant.
type Idle struct {
	Endpoint EndpointID
	Since    Instant
}

// Compare orders the longest idle first.
func (a Idle) Compare(b Idle) int {
	return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Endpoint, b.Endpoint))
}

// NewFront returns a front that knows no instance. Its error is a routing that
// there is not; an empty one is most-recent.
func NewFront(cfg FrontConfig) (*Front, error) {
	f := &Front{cfg: cfg}
	f.cfg.Concurrency = max(1, cfg.Concurrency)
	switch cfg.Routing {
	case "", "most-recent":
		f.better = mostRecent
	case "newest":
		f.better = newest
	case "least-loaded":
		f.better = leastLoaded
	default:
		return nil, fmt.Errorf("make front: no routing %q", cfg.Routing)
	}
	return f, nil
}

func mostRecent(a, b *member) bool { return a.used > b.used || a.used == b.used && a.id > b.id }

func newest(a, b *member) bool { return a.id > b.id }

// leastLoaded takes of equals the one that was used longest ago.
func leastLoaded(a, b *member) bool {
	return a.flying < b.flying || a.flying == b.flying && (a.used < b.used || a.used == b.used && a.id < b.id)
}

// Arrive takes in a request. Started comes with its turn; Queued with the
// instant at which its wait ends, when the host must Cancel it; Rejected means
// that the queue is full.
func (f *Front) Arrive(now Instant, ticket uint64, deadline Instant) (Turn, Instant, Arrival) {
	f.advance(now)
	if now >= deadline {
		return Turn{}, 0, Expired
	}
	if m := f.pick(); m != nil {
		return f.begin(now, m, ticket, false), 0, Started
	}
	if f.line.len() >= f.cfg.Queue {
		return Turn{}, 0, Rejected
	}
	until := f.patience(now, deadline)
	f.line.push(ticket, until)
	return Turn{}, until, Queued
}

// Return takes back a request whose instance turned out to be gone before it
// could be asked, and which Done was told of. It is Started or Queued as by
// Arrive, and keeps its place before all others.
func (f *Front) Return(now Instant, ticket uint64, deadline Instant) (Turn, Instant, Arrival) {
	f.advance(now)
	if m := f.pick(); m != nil {
		return f.begin(now, m, ticket, false), 0, Started
	}
	until := f.patience(now, deadline)
	f.line.pushFirst(ticket, until)
	return Turn{}, until, Queued
}

// patience is when a wait that begins now ends.
func (f *Front) patience(now, deadline Instant) Instant {
	if f.cfg.Timeout > 0 {
		return min(deadline, now.Add(f.cfg.Timeout))
	}
	return deadline
}

// Add makes an instance known that is ready, and appends the requests that it
// is to serve. Tickets whose wait has ended are appended to expired.
func (f *Front) Add(now Instant, id EndpointID, turns []Turn, expired []uint64) ([]Turn, []uint64) {
	f.advance(now)
	at, known := f.find(id)
	if known {
		return turns, expired
	}
	f.members = slices.Insert(f.members, at, member{id: id, used: now})
	return f.fill(now, id, turns, expired)
}

// Done frees the place of a request that was served, and appends who follows.
func (f *Front) Done(now Instant, id EndpointID, turns []Turn, expired []uint64) ([]Turn, []uint64) {
	f.advance(now)
	f.flying--
	at, known := f.find(id)
	if !known {
		return turns, expired
	}
	m := &f.members[at]
	m.flying--
	m.used = now
	return f.fill(now, id, turns, expired)
}

// fill gives an instance what waits, as far as it has room.
func (f *Front) fill(now Instant, id EndpointID, turns []Turn, expired []uint64) ([]Turn, []uint64) {
	at, _ := f.find(id)
	m := &f.members[at]
	for f.free(m) {
		var ticket uint64
		var ok bool
		if ticket, ok, expired = f.line.take(now, expired); !ok {
			break
		}
		turns = append(turns, f.begin(now, m, ticket, true))
	}
	return turns, expired
}

// Cancel takes a waiting request out, and says whether it waited.
func (f *Front) Cancel(now Instant, ticket uint64) bool {
	f.advance(now)
	return f.line.cancel(ticket)
}

// Refuse takes the n requests out that came last, and appends them.
func (f *Front) Refuse(now Instant, n int, out []uint64) []uint64 {
	f.advance(now)
	for range n {
		ticket, ok := f.line.takeLast()
		if !ok {
			break
		}
		out = append(out, ticket)
	}
	return out
}

// Retire sends an instance no more requests. It says whether it has none now;
// where it has, it is drained once Done was told of the last. With idle set an
// instance that has requests is left as it is, and ok is false.
func (f *Front) Retire(id EndpointID, idle bool) (drained, ok bool) {
	at, known := f.find(id)
	if !known {
		return true, true
	}
	m := &f.members[at]
	if idle && m.flying > 0 {
		return false, false
	}
	m.retiring = true
	return m.flying == 0, true
}

// Drained says whether an instance that retires has no requests any more; one
// that is not known has none.
func (f *Front) Drained(id EndpointID) bool {
	at, known := f.find(id)
	return !known || f.members[at].retiring && f.members[at].flying == 0
}

// Remove forgets an instance that has gone. What it was serving is still to be
// told with Done.
func (f *Front) Remove(id EndpointID) {
	if at, known := f.find(id); known {
		f.members = slices.Delete(f.members, at, at+1)
	}
}

// Knows says whether an instance is among those that may be sent requests.
func (f *Front) Knows(id EndpointID) bool {
	_, known := f.find(id)
	return known
}

// Waits says whether a request waits that no instance is free for.
func (f *Front) Waits() bool { return f.line.len() > 0 }

// Demand returns what the front is asked for. The idle list is the caller's; it
// reuses the given one's memory.
func (f *Front) Demand(now Instant, idle []Idle) Demand {
	f.advance(now)
	idle = idle[:0]
	for i := range f.members {
		if m := &f.members[i]; m.flying == 0 && !m.retiring {
			idle = append(idle, Idle{m.id, m.used})
		}
	}
	slices.SortFunc(idle, Idle.Compare)
	return Demand{InFlight: f.flying, Queued: f.line.len(), Load: f.load, Idle: idle}
}

// advance brings the integral up to now.
func (f *Front) advance(now Instant) {
	f.load += now.Sub(f.last) * time.Duration(f.flying+f.line.len())
	f.last = now
}

func (f *Front) begin(now Instant, m *member, ticket uint64, waited bool) Turn {
	t := Turn{Ticket: ticket, Endpoint: m.id, Cold: waited && !m.served}
	m.flying++
	m.used, m.served = now, true
	f.flying++
	return t
}

func (f *Front) free(m *member) bool { return !m.retiring && m.flying < f.cfg.Concurrency }

// pick returns the free instance that the routing likes best, nil where none is.
// It looks at all of them: a function has tens of instances, and seldom more
// than a thousand.
func (f *Front) pick() *member {
	var best *member
	for i := range f.members {
		if m := &f.members[i]; f.free(m) && (best == nil || f.better(m, best)) {
			best = m
		}
	}
	return best
}

func (f *Front) find(id EndpointID) (int, bool) {
	return slices.BinarySearchFunc(f.members, id, func(m member, id EndpointID) int { return cmp.Compare(m.id, id) })
}
