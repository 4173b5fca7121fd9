package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// RegistryConfig says how long a registry believes in an instance.
type RegistryConfig struct {
	TTL       time.Duration `yaml:"ttl" json:"ttl" default:"3s" min:"20ms" doc:"strikes an instance off that it has not heard of for so long"`
	Heartbeat time.Duration `yaml:"heartbeat" json:"heartbeat" default:"1s" min:"10ms" doc:"how often an instance says that it lives"`
}

// Vet checks that a heartbeat can come in time.
func (c *RegistryConfig) Vet(add func(key, message string)) {
	if c.Heartbeat >= c.TTL {
		add("heartbeat", fmt.Sprintf("an instance is struck off after %v, and its heartbeat comes each %v: make `heartbeat` the shorter, a third of `ttl` as a rule", c.TTL, c.Heartbeat))
	}
}

// Registry is the book of a registry: which instances have entered themselves
// for which service, and until when each is believed in.
//
// Leases count the time in which the registry itself runs: one that was frozen
// has missed the heartbeats, not the instances. It notices when it was not told
// of anything for more than two heartbeats, and carries every lease on by what
// it has missed (Consul's leader begins all TTLs anew after a failover, for the
// same reason). For one TTL after that, and after its begin, its lists are
// Partial: some who live may not have been heard yet.
type Registry struct {
	cfg      RegistryConfig
	settled  Instant // from when on its lists are whole
	seen     Instant // when it was last told of anything
	first    uint64  // the index of a list that never changed
	index    uint64
	services map[string]*service
	told     []Struck
}

// service is the instances of one node.
type service struct {
	leases []lease // sorted by id
	index  uint64  // of the change before which it was not as it is
}

type lease struct {
	Endpoint
	until Instant
}

// Struck is an instance that was struck off since nothing was heard of it. The
// zero Service tells that the registry itself had stood still.
type Struck struct {
	Service    string
	Transition Transition
}

// NewRegistry returns an empty registry. Epoch tells it from those before it:
// an index of theirs is none of its own.
func NewRegistry(cfg RegistryConfig, now Instant, epoch uint32) *Registry {
	first := uint64(epoch)<<32 + 1
	return &Registry{cfg: cfg, settled: now.Add(cfg.TTL), seen: now, first: first, index: first, services: map[string]*service{}}
}

// Register enters an instance, or says that it still lives.
func (r *Registry) Register(now Instant, name string, e Endpoint) {
	r.wake(now)
	s := r.of(name)
	at, known := s.search(e.ID)
	if !known {
		s.leases = slices.Insert(s.leases, at, lease{Endpoint: e})
		r.changed(s)
	}
	s.leases[at].until = now.Add(r.cfg.TTL)
}

// Deregister takes an instance off; one that is not there is no error.
func (r *Registry) Deregister(now Instant, name string, id EndpointID) {
	r.wake(now)
	s := r.of(name)
	if at, known := s.search(id); known {
		s.leases = slices.Delete(s.leases, at, at+1)
		r.changed(s)
	}
}

// List answers a caller. New says whether the list is another than that of the
// index which the caller has.
func (r *Registry) List(now Instant, name string, had uint64) (a Answer, new bool) {
	r.wake(now)
	a = Answer{Index: r.first, Partial: now < r.settled}
	if s := r.services[name]; s != nil {
		a.Index = s.index
		for _, l := range s.leases {
			a.Found = append(a.Found, l.Endpoint)
		}
	}
	return a, a.Index != had
}

// Index grows with every change of any list.
func (r *Registry) Index() uint64 { return r.index }

// Deadline is when Tick is next due, Never while nobody is entered.
func (r *Registry) Deadline() Instant {
	due := Never
	for _, s := range r.services {
		for _, l := range s.leases {
			due = min(due, l.until)
		}
	}
	if due == Never {
		return Never
	}
	return min(due, r.seen.Add(r.cfg.Heartbeat))
}

// Tick strikes off whose lease has ended by now, and appends what was not yet
// reported: each at the instant it was due.
func (r *Registry) Tick(now Instant, out []Struck) []Struck {
	r.wake(now)
	for _, name := range slices.Sorted(maps.Keys(r.services)) {
		s := r.services[name]
		before := len(s.leases)
		s.leases = slices.DeleteFunc(s.leases, func(l lease) bool {
			if l.until > now {
				return false
			}
			r.told = append(r.told, Struck{name, Transition{At: l.until, Machine: "registry", Endpoint: l.ID, From: "registered", To: "expired",
				Reason: fmt.Sprintf("no heartbeat for %v", r.cfg.TTL)}})
			return true
		})
		if len(s.leases) != before {
			r.changed(s)
		}
	}
	out = append(out, r.told...)
	r.told = r.told[:0]
	return out
}

// wake notices that the registry itself has stood still.
func (r *Registry) wake(now Instant) {
	gap := now.Sub(r.seen)
	r.seen = now
	if gap <= 2*r.cfg.Heartbeat || r.empty() {
		return
	}
	for _, s := range r.services {
		for i := range s.leases {
			s.leases[i].until = s.leases[i].until.Add(gap)
		}
	}
	r.settled = now.Add(r.cfg.TTL)
	r.told = append(r.told, Struck{Transition: Transition{At: now, Machine: "registry", From: "stopped", To: "serving",
		Reason: fmt.Sprintf("it stood still for %v: every lease is carried on by that", gap.Round(time.Millisecond))}})
}

func (r *Registry) empty() bool {
	for _, s := range r.services {
		if len(s.leases) > 0 {
			return false
		}
	}
	return true
}

func (r *Registry) of(name string) *service {
	s := r.services[name]
	if s == nil {
		s = &service{index: r.first}
		r.services[name] = s
	}
	return s
}

func (r *Registry) changed(s *service) {
	r.index++
	s.index = r.index
}

func (s *service) search(id EndpointID) (int, bool) {
	return slices.BinarySearchFunc(s.leases, id, func(l lease, id EndpointID) int { return cmp.Compare(l.ID, id) })
}
