package policy

import (
	"math"
	"time"
)

// kpaTick is how often knative's autoscaler decides (tickInterval in multiscaler.go).
const kpaTick = 2 * time.Second

// KPACore is the arithmetic of knative's autoscaler, without the windows that
// its averages come from: knative/serving, pkg/autoscaler/scaling/autoscaler.go
// (read and compared at v0.50.0 in fixtures/knative).
//
//	               panic mean / target ≥ PanicThreshold × ready
//	stable: ⌈stable mean/target⌉ ───────────▶ panic: the most that was wanted, never less
//	          ▲                                    │
//	          └── a stable window without it ──────┘
type KPACore struct {
	cfg           KPAConfig
	total, target float64 // requests at once per instance: that fill it, and that are aimed at
	panicking     bool
	crossed       Instant // when the threshold was last crossed
	most          int     // while panicking: the most that was wanted
	recent        highest // what was wanted in the last ScaleDownDelay
}

// KPAScale is a core's decision.
type KPAScale struct {
	Desired     int
	Panicking   bool
	ExcessBurst int // requests at once that the instances could take beyond the burst to be ready for; below 0 knative keeps its activator in the path
}

// NewKPACore returns a core that was never asked, for instances that take so
// many requests at once; 0: unbounded. Fields of cfg that are zero and cannot
// be take the defaults of their tags.
func NewKPACore(cfg KPAConfig, concurrency int) *KPACore {
	c := &KPACore{cfg: cfg.complete()}
	c.recent.length = (cfg.ScaleDownDelay + kpaTick - 1) / kpaTick * kpaTick
	c.total = float64(concurrency)
	switch {
	case concurrency == 0 && cfg.Target == 0:
		c.total = 100
	case concurrency == 0:
		c.total = cfg.Target
	case cfg.Target > 0:
		c.total = min(cfg.Target, c.total)
	}
	c.target = max(kpaLeastTarget, c.total*float64(c.cfg.Utilization))
	return c
}

// kpaLeastTarget is the least target that knative accepts (autoscaling.TargetMin).
const kpaLeastTarget = 0.01

// Scale decides, given the mean numbers of requests in the stable and in the
// panic window and how many instances are ready. Bounds and the way to zero are
// the machine's: Desired may be 0.
func (c *KPACore) Scale(now Instant, stableMean, panicMean float64, ready int) KPAScale {
	r := math.Max(1, float64(ready))
	forStable, forPanic := math.Ceil(stableMean/c.target), math.Ceil(panicMean/c.target)
	c.watch(now, forPanic/r >= c.cfg.PanicThreshold)
	desired := c.limited(forStable, r)
	if c.panicking {
		desired = max(desired, c.limited(forPanic, r), c.most)
		c.most = desired
	}
	if c.cfg.ScaleDownDelay > 0 {
		c.recent.add(now-now%Instant(kpaTick), desired)
		desired = c.recent.read()
	}
	return KPAScale{Desired: desired, Panicking: c.panicking, ExcessBurst: c.excess(panicMean, ready)}
}

// watch begins and ends the panic.
func (c *KPACore) watch(now Instant, over bool) {
	switch {
	case over:
		c.panicking, c.crossed = true, now
	case c.panicking && c.crossed.Add(c.cfg.StableWindow) < now:
		c.panicking, c.most = false, 0
	}
}

// limited keeps what is wanted within what one decision may change; from zero
// it is at least Activation.
func (c *KPACore) limited(wanted, ready float64) int {
	most, least := math.Ceil(c.cfg.MaxScaleUpRate*ready), math.Floor(ready/c.cfg.MaxScaleDownRate)
	n := int(math.Min(math.Max(wanted, least), most))
	if wanted > 0 && c.cfg.Activation > 1 {
		n = max(n, c.cfg.Activation)
	}
	return n
}

// excess is the burst capacity beyond the target for it. A target of 0 keeps the
// activator out, and one of -1 keeps it in, whatever the load.
func (c *KPACore) excess(panicMean float64, ready int) int {
	if c.cfg.TargetBurst <= 0 {
		return c.cfg.TargetBurst
	}
	return int(math.Floor(float64(ready)*c.total - float64(c.cfg.TargetBurst) - panicMean))
}
