package policy

import (
	"fmt"
	"math"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
)

// HPAConfig scales as Kubernetes' HorizontalPodAutoscaler does. Defaults are
// those of kubernetes/kubernetes, pkg/apis/autoscaling/v2/defaults.go and the
// flags of its controller manager.
type HPAConfig struct {
	Target        unit.CountOrShare `yaml:"target,value" json:"target,omitzero" default:"80%" doc:"what an instance should have: a share of its CPU limit (80%; of one core where it has no limit), or requests at once (10)"`
	Tolerance     unit.Share        `yaml:"tolerance" json:"tolerance" default:"10%" doc:"a load so far from target changes nothing"`
	Sync          time.Duration     `yaml:"sync" json:"sync" default:"15s" min:"1s" max:"10m" doc:"how often it decides, over the load since it last did"`
	Stabilization time.Duration     `yaml:"stabilization" json:"stabilization" default:"300s" min:"0s" max:"1h" doc:"it goes down no further than the highest count recommended in the last while"`
	Bounds        `yaml:",inline"`
}

// New implements ScalerConfig. A zero Target is 80 % of the CPU, a zero Sync 15 s;
// a zero Tolerance or Stabilization is none.
func (c *HPAConfig) New() Scaler {
	cfg := *c
	if cfg.Target == (unit.CountOrShare{}) {
		cfg.Target.Share = 0.8
	}
	if cfg.Sync == 0 {
		cfg.Sync = 15 * time.Second
	}
	cfg.Min = max(1, cfg.Min)
	return &hpa{cfg: cfg, ticks: ticks{every: cfg.Sync}, advice: highest{length: max(1, cfg.Stabilization)}}
}

// Kept implements ScalerConfig. It never goes to zero.
func (c *HPAConfig) Kept() int { return max(1, c.Min) }

// ByCPU says whether it looks at the CPU time in an Observation, which others
// leave alone.
func (c *HPAConfig) ByCPU() bool { return c.Target.Count == 0 }

// Where Kubernetes says nothing else, it adds in 15 s at most 4 instances, or
// as many as there were, whichever is more.
const (
	hpaUpCount  = 4
	hpaUpFactor = 2
	hpaUpPeriod = 15 * time.Second
)

// hpa wants current × load / target instances, and never less than one
// (kubernetes.io, "Horizontal Pod Autoscaling", algorithm details; arithmetic in
// pkg/controller/podautoscaler/replica_calculator.go and horizontal.go).
//
//	mean load since the last sync ─▶ tolerance ─▶ highest advice of 5 min ─▶ up at most 4 or ×2 in 15 s ─▶ bounds
//
// Instances that start have no load yet. They are left out of the mean, and where
// more are wanted they count as bringing none, so a slow start does not ask
// for more again at each sync. Kubernetes also leaves out the CPU of pods in
// their first minutes; here all that is ready counts. It looks at CPU or at requests
// alone, so from an overload it sees no more than that the CPU is full.
type hpa struct {
	cfg     HPAConfig
	ticks   ticks
	advice  highest
	changes []dated // of desired, the first at least hpaUpPeriod ago
	desired int     // 0 before the first decision
	reason  string

	since     Instant       // the last sync
	load, cpu time.Duration // as observed then
}

func (h *hpa) Decide(now Instant, o Observation) Decision {
	switch {
	case h.desired == 0:
		h.ticks.begin(now)
		h.set(now, h.cfg.Min)
		h.advice.add(now, h.cfg.Min)
		h.reason = fmt.Sprintf("begins with %d", h.cfg.Min)
		h.since, h.load, h.cpu = now, o.Load, o.CPU
	case h.ticks.due(now):
		h.sync(now, o)
		h.since, h.load, h.cpu = now, o.Load, o.CPU
	}
	d := Decision{Desired: h.desired, Next: h.ticks.next}
	if d.Desired != o.instances() {
		d.Reason = h.reason
	}
	return d
}

// sync makes the decision that is due.
func (h *hpa) sync(now Instant, o Observation) {
	if o.Ready == 0 {
		return // without a ready instance there is no metric
	}
	mean := h.mean(now, o)
	wanted := h.recommend(mean/h.target(), o)
	h.advice.add(now, wanted)
	// From what there is up to what is wanted at once, down only to the highest advice.
	stable := min(max(h.desired, wanted), h.advice.read())
	limit := max(h.desired, h.upLimit(now))
	next := h.cfg.within(min(stable, limit))
	if next == h.desired {
		return
	}
	h.reason = fmt.Sprintf("%s in each of %d, %s aimed at: %d wanted", h.amount(mean), o.Ready, h.amount(h.target()), wanted)
	switch next {
	case wanted:
	case limit:
		h.reason += fmt.Sprintf(", %d at most within %s", limit, hpaUpPeriod)
	case stable:
		h.reason += fmt.Sprintf(", %d the highest in %s", stable, h.cfg.Stabilization)
	}
	h.set(now, next)
}

// mean returns the mean load of a ready instance since the last sync: requests
// at once, or the share of its CPU.
func (h *hpa) mean(now Instant, o Observation) float64 {
	passed, ready := float64(now.Sub(h.since)), float64(o.Ready)
	if h.cfg.Target.Count > 0 {
		return float64(o.Load-h.load) / passed / ready
	}
	cores := o.Cores
	if cores == 0 {
		cores = 1
	}
	return float64(o.CPU-h.cpu) / passed / ready / cores
}

func (h *hpa) target() float64 {
	if h.cfg.Target.Count > 0 {
		return float64(h.cfg.Target.Count)
	}
	return float64(h.cfg.Target.Share)
}

// amount is a mean or a target in words.
func (h *hpa) amount(mean float64) string {
	if h.cfg.Target.Count > 0 {
		return fmt.Sprintf("%.4g requests", mean)
	}
	return fmt.Sprintf("%.4g %% of the CPU", mean*100)
}

// recommend is the arithmetic of one metric.
func (h *hpa) recommend(ratio float64, o Observation) int {
	counted := float64(o.Ready)
	if ratio > 1 && o.Starting > 0 {
		counted = float64(o.instances())
		ratio *= float64(o.Ready) / counted
		if ratio < 1 {
			return h.desired // what starts is enough
		}
	}
	if near := float64(h.cfg.Tolerance); 1-near <= ratio && ratio <= 1+near {
		return h.desired
	}
	return int(math.Ceil(ratio * counted))
}

// upLimit is the most that there may be now, given what there was a period ago.
func (h *hpa) upLimit(now Instant) int {
	for len(h.changes) > 1 && h.changes[1].at.Add(hpaUpPeriod) <= now {
		h.changes = append(h.changes[:0], h.changes[1:]...)
	}
	before := h.changes[0].n
	return max(before+hpaUpCount, before*hpaUpFactor)
}

func (h *hpa) set(now Instant, n int) {
	h.desired = n
	h.changes = append(h.changes, dated{now, n})
}

func init() {
	Scalers.Register(def.Def[ScalerConfig]{
		Name: "hpa",
		Doc: "by CPU or by requests at once, as Kubernetes' HorizontalPodAutoscaler\n" +
			"`{hpa: 80%}` aims at that share of an instance's CPU limit, `{hpa: 10}` at so many requests at once in each. Every\n" +
			"15 s it wants the count that would bring the load to the target, unless that is within 10 %. It adds at most 4, or\n" +
			"as many as there are, in 15 s, and goes down only to the highest count that it wanted in the last 5 minutes.\n" +
			"There is always one instance.",
		New: func() ScalerConfig { return &HPAConfig{} },
	})
}
