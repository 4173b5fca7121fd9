package policy

import (
	"fmt"
	"math"
	"time"

	"windtunnel/topologies/def"
)

// New implements ScalerConfig.
func (c *KPAConfig) New() Scaler {
	cfg := c.complete()
	panicWindow := time.Duration(math.Round(cfg.StableWindow.Seconds()*float64(cfg.PanicWindow))) * time.Second
	return &kpa{
		cfg: cfg, ticks: ticks{every: kpaTick}, stable: meanWindow{length: cfg.StableWindow},
		panic: meanWindow{length: min(cfg.StableWindow, max(time.Second, panicWindow))}, proxied: Never,
	}
}

// kpa keeps knative's windows around a KPACore, and takes its last step to zero.
//
// The load is averaged in whole seconds as in knative's aggregation/bucketing.go,
// and read once every 2 s; a request that comes when there is nothing is told at
// once (the activator's poke), and starts an instance whatever the averages say.
// A window in which nothing ran at all begins anew, so the first burst after a
// pause is not thinned by it. While nothing is wanted and nothing is there, it
// asks for no tick.
//
//	            ready                an idle stable window
//	activating ───────▶ active ───────────────────────────────▶ inactive ──▶ zero
//	    ▲                 ▲                load                     │          │
//	    │                 └─────────────────────────────────────────┘          │
//	    └──────────────────────────── a request ───────────────────────────────┘
//
// Inactive, the last instance stays for Retention and then until Grace has
// passed, or the activator has been in the path for Grace: knative's
// handleScaleToZero (pkg/reconciler/autoscaling/kpa/scaler.go). Its progress
// deadline, after which it gives a start up, is not modelled.
type kpa struct {
	cfg    KPAConfig
	core   *KPACore // nil before the first decision: the observation tells the concurrency
	ticks  ticks
	load   *history
	stable meanWindow
	panic  meanWindow

	desired int
	last    kpaInputs // of the last decision
	reason  string    // made of them, once it is asked for
	begun   bool      // Initial were ready once
	phase   kpaPhase
	since   Instant       // when the phase began
	rested  time.Duration // how long it was inactive before it last went to zero
	proxied Instant       // since when the activator has been in the path; Never: it is not
}

type kpaPhase uint8

const (
	kpaActivating kpaPhase = iota
	kpaActive
	kpaInactive
)

// kpaInputs are what a decision was made from.
type kpaInputs struct {
	stable, panic float64
	scale         KPAScale
}

func (k *kpa) Decide(now Instant, o Observation) Decision {
	switch {
	case k.core == nil:
		k.begin(now, o)
	default:
		k.load.tell(now, o.Load)
		k.ready(now, o)
		due := k.ticks.due(now)
		if k.asleep() && o.requests() > 0 {
			k.wake(now, o)
			due = true
		}
		if due && (k.desired > 0 || o.requests() > 0) {
			k.scale(now, o)
		}
	}
	return k.decision(o)
}

// begin starts with Initial.
func (k *kpa) begin(now Instant, o Observation) {
	k.core = NewKPACore(k.cfg, o.Concurrency)
	k.load = newHistory(now, o.Load, k.cfg.StableWindow, time.Second)
	k.stable.restart(now, o.Load)
	k.panic.restart(now, o.Load)
	k.ticks.begin(now)
	k.desired = k.cfg.within(k.cfg.Initial)
	k.since = now - Instant(k.cfg.StableWindow) // where it begins at zero, nothing ran before
	if o.requests() > 0 {
		k.scale(now, o)
	}
}

// asleep says whether nothing is wanted.
func (k *kpa) asleep() bool { return k.desired == 0 }

// wake begins those windows anew in which nothing ran.
func (k *kpa) wake(now Instant, o Observation) {
	for _, w := range []*meanWindow{&k.stable, &k.panic} {
		if now.Sub(k.since) >= w.length {
			w.restart(now, o.Load)
		}
	}
	k.enter(kpaActivating, now)
}

// ready notices that instances serve.
func (k *kpa) ready(now Instant, o Observation) {
	k.begun = k.begun || o.Ready >= k.cfg.Initial
	if k.phase == kpaActivating && o.Ready > 0 && !k.asleep() {
		k.enter(kpaActive, now)
	}
}

func (k *kpa) enter(p kpaPhase, now Instant) { k.phase, k.since = p, now }

func (k *kpa) scale(now Instant, o Observation) {
	stable, burst := k.mean(&k.stable, o), k.mean(&k.panic, o)
	s := k.core.Scale(now, stable, burst, o.Ready)
	k.last, k.reason = kpaInputs{stable: stable, panic: burst, scale: s}, ""
	k.watchActivator(now, s.ExcessBurst)
	wanted := s.Desired
	if !k.begun {
		wanted = max(wanted, k.cfg.Initial)
	}
	if o.requests() > 0 && wanted == 0 {
		wanted = max(1, k.cfg.Activation)
	}
	if wanted = k.cfg.within(wanted); wanted == 0 {
		k.desired = k.idle(now)
		return
	}
	if k.phase == kpaInactive {
		k.enter(kpaActive, now)
	}
	k.desired = wanted
}

// mean is knative's average, which it rounds to six digits. A window that has
// just begun holds what is there now.
func (k *kpa) mean(w *meanWindow, o Observation) float64 {
	mean, known := w.mean(k.load)
	if !known {
		return float64(o.requests())
	}
	return math.Round(mean*1e6) / 1e6
}

// watchActivator knows since when requests have gone through the activator. That
// they do at zero and while inactive need not be known: Grace runs from there as well.
func (k *kpa) watchActivator(now Instant, excess int) {
	switch {
	case excess >= 0:
		k.proxied = Never
	case k.proxied == Never:
		k.proxied = now
	}
}

// idle goes to zero, one step at a time.
func (k *kpa) idle(now Instant) int {
	switch k.phase {
	case kpaActivating:
		return k.desired
	case kpaActive:
		if now.Sub(k.since) < k.cfg.StableWindow {
			return 1
		}
		k.enter(kpaInactive, now)
	}
	idle := now.Sub(k.since)
	if idle < k.cfg.Retention || idle < k.cfg.Grace && now.Sub(k.proxied) < k.cfg.Grace {
		return k.desired
	}
	k.rested = idle
	k.enter(kpaActivating, now)
	return 0
}

// decision tells what is wanted.
func (k *kpa) decision(o Observation) Decision {
	d := Decision{Desired: k.desired, Next: k.ticks.next}
	if k.asleep() {
		d.Next = Never
	}
	if d.Desired != o.instances() {
		if k.reason == "" {
			k.reason = k.why()
		}
		d.Reason = k.reason
	}
	return d
}

// why says what the last decision was made from.
func (k *kpa) why() string {
	mode, s := "stable", k.last.scale
	switch {
	case !k.begun && k.desired == k.cfg.within(k.cfg.Initial):
		return fmt.Sprintf("initial scale %d", k.desired)
	case k.asleep():
		return fmt.Sprintf("no request in %s, and inactive for %s since", k.cfg.StableWindow, k.rested)
	case s.Panicking:
		mode = "panic"
	}
	text := fmt.Sprintf("%s: %.4g requests on average over %s, %.4g over %s, %.4g aimed at per instance",
		mode, k.last.stable, k.cfg.StableWindow, k.last.panic, k.panic.length, k.core.target)
	if s.ExcessBurst < 0 {
		text += fmt.Sprintf("; excess burst capacity %d: the activator stays in the path", s.ExcessBurst)
	}
	return text
}

func init() {
	Scalers.Register(def.Def[ScalerConfig]{
		Name: "kpa",
		Doc: "by the mean number of requests at once, to zero and back, as knative's pod autoscaler\n" +
			"Every 2 s it wants the mean over 60 s divided by 70 % of what an instance takes at once. Where the mean over\n" +
			"6 s asks for twice what is ready it panics: it follows that mean, and takes nothing away for 60 s. After an\n" +
			"idle minute, and up to 30 s of grace, the last instance ends; the next request starts one at once.",
		New: func() ScalerConfig { return &KPAConfig{} },
	})
}
