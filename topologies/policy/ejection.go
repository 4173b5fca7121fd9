package policy

import (
	"fmt"
	"math"
	"time"

	"windtunnel/topologies/unit"
)

// EjectionConfig says when an instance that fails is left out for a while.
// Zero fields take the defaults of their tags.
type EjectionConfig struct {
	Consecutive int           `yaml:"consecutive,value" json:"consecutive,omitempty" default:"5" min:"1" doc:"failures in a row that eject an instance at once"`
	Every       time.Duration `yaml:"every" json:"every,omitempty" default:"10s" min:"1ms" doc:"how often success rates are judged and instances let back in"`
	For         time.Duration `yaml:"for" json:"for,omitempty" default:"30s" min:"1ms" doc:"how long an instance stays out, times how often it was ejected lately"`
	Longest     time.Duration `yaml:"longest" json:"longest,omitempty" default:"5m" min:"1ms" doc:"the longest that it stays out"`
	Most        unit.Share    `yaml:"most" json:"most,omitempty" default:"10%" min:"1%" doc:"of the instances that may be out at once; one always may"`
	Deviations  float64       `yaml:"deviations" json:"deviations,omitempty" default:"1.9" min:"0.1" doc:"standard deviations below the mean at which a success rate ejects"`
	Requests    int           `yaml:"requests" json:"requests,omitempty" default:"100" min:"1" doc:"attempts that an instance must have had since the last look for its success rate to count"`
	Instances   int           `yaml:"instances" json:"instances,omitempty" default:"5" min:"2" doc:"instances with so many attempts that it takes to judge success rates"`
}

// complete fills in what zero means.
func (c EjectionConfig) complete() EjectionConfig {
	defaultTo(&c.Consecutive, 5)
	defaultTo(&c.Every, 10*time.Second)
	defaultTo(&c.For, 30*time.Second)
	defaultTo(&c.Longest, 5*time.Minute)
	defaultTo(&c.Most, 0.1)
	defaultTo(&c.Deviations, 1.9)
	defaultTo(&c.Requests, 100)
	defaultTo(&c.Instances, 5)
	return c
}

// defaultTo sets what is zero.
func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// The states of an instance as an Ejector sees it.
const (
	Admitted = "admitted"
	Ejected  = "ejected"
)

// Ejector finds the outliers among the instances of an edge, with Envoy's rules
// (api/envoy/config/cluster/v3/outlier_detection.proto): an instance is ejected
// at once after so many failures in a row, and at a sweep where its success rate
// since the last one is far below that of the others. A sweep also lets those
// back whose time is over; on an edge with active health checks, one that an
// instance passes does so before (successful_active_health_check_uneject_host,
// which is Envoy's default). Each ejection of the same instance lasts For longer
// than the one before, and each sweep that finds it well forgets one.
//
// Sweeps come at multiples of Every from the host's origin, whoever asks when.
// Never more are out than Most allows, but one may always be. An edge that has
// no other instance left uses the ejected all the same: see Edge.
type Ejector struct {
	cfg        EjectionConfig
	hosts      roster[outlier]
	out        int
	sweeps     Instant // the next sweep; Never where nothing waits for one
	unreported []Transition
}

type outlier struct {
	row           int // failures in a row
	calls, failed int // since the last sweep
	times         int // ejected lately
	ejected       bool
	until         Instant // ejected: let back at the first sweep from then on
}

// NewEjector returns an ejector that knows no instance.
func NewEjector(cfg EjectionConfig) *Ejector {
	return &Ejector{cfg: cfg.complete(), sweeps: Never}
}

// SetHosts replaces the instances. What is known of one that stays is kept.
func (j *Ejector) SetHosts(up []Endpoint) {
	hosts := make(roster[outlier], 0, len(up))
	j.out = 0
	for _, e := range up {
		h := entry[outlier]{id: e.ID}
		if known := j.hosts.find(e.ID); known != nil {
			h.of = *known
		}
		if h.of.ejected {
			j.out++
		}
		hosts = append(hosts, h)
	}
	j.hosts = hosts
}

// Any says whether any instance is out.
func (j *Ejector) Any(now Instant) bool {
	j.move(now)
	return j.out > 0
}

// Out says whether an instance is ejected, as of the last Any.
func (j *Ejector) Out(id EndpointID) bool {
	h := j.hosts.find(id)
	return h != nil && h.ejected
}

// Done tells how an attempt ended.
func (j *Ejector) Done(now Instant, id EndpointID, o Outcome) {
	j.move(now)
	h := j.hosts.find(id)
	failed, counts := Blames(o.Cause)
	if h == nil || !counts || o.Lost {
		return
	}
	if j.sweeps == Never {
		j.sweeps = (now/Instant(j.cfg.Every) + 1) * Instant(j.cfg.Every)
	}
	h.calls++
	if !failed {
		h.row = 0
		return
	}
	h.failed++
	if h.row++; h.row >= j.cfg.Consecutive && !h.ejected {
		j.eject(now, id, h, fmt.Sprintf("%d failed in a row", h.row))
	}
}

// Passed tells that an instance which active health checks hold for healthy has
// passed one: it is let back at once, whatever is left of its time.
func (j *Ejector) Passed(now Instant, id EndpointID) {
	j.move(now)
	if h := j.hosts.find(id); h != nil && h.ejected {
		j.admit(now, id, h, "a health check succeeded")
	}
}

// Deadline is when Tick is next due, Never where nothing waits.
func (j *Ejector) Deadline() Instant {
	if len(j.unreported) > 0 {
		return j.unreported[0].At
	}
	return j.sweeps
}

// Tick makes the sweeps that were due by now and appends the transitions not yet reported.
func (j *Ejector) Tick(now Instant, out []Transition) []Transition {
	j.move(now)
	out = append(out, j.unreported...)
	j.unreported = j.unreported[:0]
	return out
}

func (j *Ejector) move(now Instant) {
	for now >= j.sweeps {
		at := j.sweeps
		j.sweeps = at.Add(j.cfg.Every)
		if !j.sweep(at) {
			j.sweeps = Never
		}
	}
}

// sweep says whether there will be anything to do at the next one.
func (j *Ejector) sweep(at Instant) (more bool) {
	for i := range j.hosts {
		h := &j.hosts[i].of
		switch {
		case h.ejected && at >= h.until:
			j.admit(at, j.hosts[i].id, h, "its time is over")
		case !h.ejected && h.times > 0:
			h.times--
		}
		more = more || h.calls > 0 || h.ejected || h.times > 0
	}
	j.judge(at)
	for i := range j.hosts {
		h := &j.hosts[i].of
		h.calls, h.failed = 0, 0
	}
	return more
}

// judge ejects those whose success rate is far below that of the others.
func (j *Ejector) judge(at Instant) {
	n, sum, squares := 0.0, 0.0, 0.0
	for i := range j.hosts {
		if h := &j.hosts[i].of; j.rated(h) {
			n, sum, squares = n+1, sum+h.rate(), squares+h.rate()*h.rate()
		}
	}
	if n < float64(j.cfg.Instances) {
		return
	}
	mean := sum / n
	limit := mean - j.cfg.Deviations*math.Sqrt(max(0, squares/n-mean*mean))
	for i := range j.hosts {
		if h := &j.hosts[i].of; j.rated(h) && h.rate() < limit-1e-9 {
			j.eject(at, j.hosts[i].id, h, fmt.Sprintf("%.4g%% succeeded (< %.4g%%)", 100*h.rate(), 100*limit))
		}
	}
}

func (j *Ejector) rated(h *outlier) bool { return !h.ejected && h.calls >= j.cfg.Requests }

func (h *outlier) rate() float64 { return float64(h.calls-h.failed) / float64(h.calls) }

// eject leaves an instance out, unless too many are.
func (j *Ejector) eject(at Instant, id EndpointID, h *outlier, why string) {
	if j.out >= max(1, int(float64(j.cfg.Most)*float64(len(j.hosts))+1e-9)) {
		return
	}
	j.out++
	h.times++
	h.ejected, h.until = true, at.Add(min(j.cfg.Longest, time.Duration(h.times)*j.cfg.For))
	j.tell(at, id, Admitted, Ejected, why)
}

// admit lets an instance back.
func (j *Ejector) admit(at Instant, id EndpointID, h *outlier, why string) {
	j.out--
	h.ejected, h.row = false, 0
	j.tell(at, id, Ejected, Admitted, why)
}

func (j *Ejector) tell(at Instant, id EndpointID, from, to, why string) {
	j.unreported = append(j.unreported, Transition{At: at, Machine: "ejection", Endpoint: id, From: from, To: to, Reason: why})
}
