package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// HealthConfig says how the instances of an edge are probed, and when one is
// left out. Zero fields take the defaults of their tags, but for Panic.
type HealthConfig struct {
	Interval  time.Duration `yaml:"interval,value" json:"interval,omitempty" default:"5s" min:"1ms" doc:"from the end of one probe of an instance to the begin of the next"`
	Timeout   time.Duration `yaml:"timeout" json:"timeout,omitempty" default:"1s" min:"1ms" doc:"a probe without an answer by then has failed"`
	Unhealthy int           `yaml:"unhealthy" json:"unhealthy,omitempty" default:"3" min:"1" doc:"failed probes in a row after which an instance is left out; an answer with an unexpected status does it at once"`
	Healthy   int           `yaml:"healthy" json:"healthy,omitempty" default:"2" min:"1" doc:"successful probes in a row after which it is used again; of a new instance the first is enough"`
	Jitter    unit.Share    `yaml:"jitter" json:"jitter,omitempty" doc:"lengthens each interval by up to this share of it, so that callers do not probe in step; 0: not at all"`
	NoTraffic time.Duration `yaml:"no_traffic" json:"no_traffic,omitempty" default:"60s" min:"1ms" doc:"the interval while the caller has made no call yet"`
	Panic     unit.Share    `yaml:"panic" json:"panic,omitempty" default:"50%" doc:"with a smaller share of healthy instances than this all are used, since so many cannot be down; 0: never"`
}

// complete fills in what zero means.
func (c HealthConfig) complete() HealthConfig {
	defaultTo(&c.Interval, 5*time.Second)
	defaultTo(&c.Timeout, time.Second)
	defaultTo(&c.Unhealthy, 3)
	defaultTo(&c.Healthy, 2)
	defaultTo(&c.NoTraffic, time.Minute)
	return c
}

// The states of an instance as a Health sees it, and of the edge.
const (
	Unchecked = "unchecked" // no probe has told anything yet
	Healthy   = "healthy"
	Unhealthy = "unhealthy"

	Selective = "selective" // the healthy ones are used
	Panic     = "panic"     // all are
)

// Health probes the instances of an edge and says which are to be used: active
// health checks with Envoy's rules (api/envoy/config/core/v3/health_check.proto,
// and its panic threshold).
//
//	              first probe succeeds
//	unchecked ───────────────────────────▶ healthy
//	    │                                   │   ▲
//	    │  so many fail in a row, or one    │   │ so many succeed in a row
//	    │  brings an unexpected status      ▼   │
//	    └───────────────────────────────▶ unhealthy
//
// A new instance is probed at once and used from its first success on. Before
// the first call on the edge probes are NoTraffic apart; the first call brings
// the next ones forward, where Envoy would still wait for the longer interval to
// end. Of those that have been probed Panic counts the healthy ones; where none
// is, the unchecked are used.
//
// A probe that is not answered at its deadline has failed then, whenever the
// host comes to tell.
type Health struct {
	cfg        HealthConfig
	self       work.Identity // the caller's own, from which jitter is drawn
	hosts      roster[patient]
	healthy    int
	known      int // healthy or not
	panics     bool
	used       bool    // a call was made
	due        Instant // when something is next to be sent or given up
	unreported []Transition
}

// patient is what is known of one instance.
type patient struct {
	state  string  // "" is Unchecked
	row    int     // probes in a row that speak against the state
	number uint64  // of the latest probe
	next   Instant // when the next is sent; Never while one is under way
	until  Instant // when that is given up; Never while none is
}

// Probe is one that a host has to send.
type Probe struct {
	Endpoint EndpointID
	Number   uint64        // of the probes of this instance, from 1
	Identity work.Identity // from which what happens to it on its way is drawn
	Until    Instant       // an answer later than this counts as none
}

// NewHealth returns the machine of one edge of a caller with this identity.
func NewHealth(cfg HealthConfig, self work.Identity) *Health {
	return &Health{cfg: cfg.complete(), self: self, due: Never}
}

// ProberOf is the identity from which an instance draws what concerns its probes
// of the instances of another node.
func ProberOf(seed uint64, instance, node string) work.Identity {
	return work.Root(seed).Named(instance).Named("health").Named(node)
}

// SetHosts replaces the instances. What is known of one that stays is kept.
func (h *Health) SetHosts(now Instant, up []Endpoint) {
	h.move(now)
	hosts := make(roster[patient], 0, len(up))
	for _, e := range up {
		p := patient{next: now.Add(h.jitter(e.ID, 0, h.cfg.Interval)), until: Never}
		if known := h.hosts.find(e.ID); known != nil {
			p = *known
		}
		hosts = append(hosts, entry[patient]{e.ID, p})
	}
	h.hosts = hosts
	h.count(now)
}

// Began tells of a call.
func (h *Health) Began(now Instant) {
	if h.used {
		return
	}
	h.used = true
	for i := range h.hosts {
		if p := &h.hosts[i].of; p.next != Never {
			p.next = min(p.next, now.Add(h.interval(h.hosts[i].id, p.number)))
		}
	}
	h.look()
}

// Probes appends those that are to be sent by now.
func (h *Health) Probes(now Instant, out []Probe) []Probe {
	if now < h.due {
		return out
	}
	for i := range h.hosts {
		id, p := h.hosts[i].id, &h.hosts[i].of
		if now < p.next {
			continue
		}
		p.number++
		p.next, p.until = Never, now.Add(h.cfg.Timeout)
		out = append(out, Probe{Endpoint: id, Number: p.number, Identity: h.draw(id, p.number), Until: p.until})
	}
	h.look()
	return out
}

// Probed tells how a probe ended. One that was given up, or of an instance that
// is gone, is ignored. Status is the cause of an answer with an unexpected one.
// It says whether a healthy instance has passed it.
func (h *Health) Probed(now Instant, id EndpointID, number uint64, cause Cause) (passed bool) {
	h.move(now - 1) // what was over before
	p := h.hosts.find(id)
	if p == nil || p.number != number || p.until == Never {
		return false
	}
	h.judge(now, id, p, cause)
	h.count(now)
	return cause == OK && p.state == Healthy
}

// Serves says whether an instance is to be used, as of the last Left.
func (h *Health) Serves(id EndpointID) bool {
	p := h.hosts.find(id)
	return h.panics || p == nil || p.state == Healthy || p.state == "" && h.healthy == 0
}

// Left returns how many of the instances are to be used.
func (h *Health) Left(now Instant) int {
	h.move(now)
	switch {
	case h.panics:
		return len(h.hosts)
	case h.healthy > 0:
		return h.healthy
	default:
		return len(h.hosts) - h.known
	}
}

// Deadline is when Probes or Tick is next due, Never where nothing waits.
func (h *Health) Deadline() Instant {
	if len(h.unreported) > 0 {
		return h.unreported[0].At
	}
	return h.due
}

// Tick gives up the probes whose time was up by now and appends the transitions
// not yet reported.
func (h *Health) Tick(now Instant, out []Transition) []Transition {
	h.move(now)
	out = append(out, h.unreported...)
	h.unreported = h.unreported[:0]
	return out
}

// move gives up the probes whose time is up, one after another in the order of
// their ends: on each hangs how many are healthy.
func (h *Health) move(now Instant) {
	for now >= h.due {
		first := -1
		for i := range h.hosts {
			if until := h.hosts[i].of.until; until <= now && (first < 0 || until < h.hosts[first].of.until) {
				first = i
			}
		}
		if first < 0 {
			return // it is time to send one
		}
		at := h.hosts[first].of.until
		h.judge(at, h.hosts[first].id, &h.hosts[first].of, Timeout)
		h.count(at)
	}
}

// judge takes in how a probe ended and sets the next.
func (h *Health) judge(at Instant, id EndpointID, p *patient, cause Cause) {
	p.next, p.until = at.Add(h.interval(id, p.number)), Never
	p.row++
	switch well := cause == OK; {
	case well && p.state == "":
		h.enter(at, id, p, Healthy, "its first probe succeeded")
	case p.state != "" && well == (p.state == Healthy):
		p.row = 0
	case well && p.row >= h.cfg.Healthy:
		h.enter(at, id, p, Healthy, inARow(p.row, "succeeded"))
	case !well && cause == Status:
		h.enter(at, id, p, Unhealthy, "a probe was answered with an unexpected status")
	case !well && p.row >= h.cfg.Unhealthy:
		h.enter(at, id, p, Unhealthy, inARow(p.row, "failed")+": "+string(cause))
	}
}

func inARow(probes int, did string) string {
	if probes == 1 {
		return "a probe " + did
	}
	return fmt.Sprintf("%d probes in a row %s", probes, did)
}

func (h *Health) enter(at Instant, id EndpointID, p *patient, state, why string) {
	from := p.state
	if from == "" {
		from = Unchecked
	}
	p.state, p.row = state, 0
	h.tell(at, id, from, state, why)
}

// count finds how many are healthy and whether that is a reason to panic.
func (h *Health) count(at Instant) {
	h.healthy, h.known = 0, 0
	for i := range h.hosts {
		switch h.hosts[i].of.state {
		case Healthy:
			h.healthy++
			h.known++
		case Unhealthy:
			h.known++
		}
	}
	if panics := !reached(h.healthy, h.known, h.cfg.Panic); panics != h.panics {
		h.panic(at, panics)
	}
	h.look()
}

func (h *Health) panic(at Instant, panics bool) {
	from, to, why := Selective, Panic, "the unhealthy are gone"
	if h.panics = panics; !panics {
		from, to = to, from
	}
	if h.known > 0 {
		why = reason(h.healthy, h.known, "healthy", h.cfg.Panic)
	}
	h.tell(at, 0, from, to, why)
}

// look finds when something is next due.
func (h *Health) look() {
	h.due = Never
	for i := range h.hosts {
		h.due = min(h.due, h.hosts[i].of.next, h.hosts[i].of.until)
	}
}

// interval is the time to the probe after the one with this number.
func (h *Health) interval(id EndpointID, number uint64) time.Duration {
	d := h.cfg.Interval
	if !h.used {
		d = h.cfg.NoTraffic
	}
	return d + h.jitter(id, number, d)
}

func (h *Health) jitter(id EndpointID, number uint64, interval time.Duration) time.Duration {
	return time.Duration(float64(h.cfg.Jitter) * h.draw(id, number).Named("jitter").Float64() * float64(interval))
}

func (h *Health) draw(id EndpointID, number uint64) work.Identity {
	return h.self.Child(uint64(id)).Child(number)
}

func (h *Health) tell(at Instant, id EndpointID, from, to, why string) {
	h.unreported = append(h.unreported, Transition{At: at, Machine: "health", Endpoint: id, From: from, To: to, Reason: why})
}
