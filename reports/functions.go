package reports

import (
	"fmt"

	"windtunnel/runner/record"
)

// FunctionResult is what became of a function, or of a service that a scaler
// decides over, in the whole run.
type FunctionResult struct {
	Node        string `json:"node"`
	Function    bool   `json:"function"` // false: a service with a scaler
	Invocations uint64 `json:"invocations"`
	Failed      uint64 `json:"failed"`
	Cold        uint64 `json:"cold"` // that waited for their instance to start
	// ColdLeft is requests whose callers gave up while an instance was starting:
	// no invocations, for nobody served them, but cold.
	ColdLeft  uint64  `json:"cold_left"`
	ColdShare float64 `json:"cold_share"` // of both, of the invocations and those that left
	// DurationMS is the mean of what the operations took; GBSeconds is memory by
	// duration, unrounded, 0 without a memory limit.
	DurationMS float64 `json:"duration_mean_ms"`
	GBSeconds  float64 `json:"gb_seconds"`
	// ColdMS is what cold requests waited; null where the record holds none.
	ColdMS *Quantiles `json:"cold_ms"`
	// Phases are the parts of the starts, in their order.
	Phases    []StartPhase `json:"start_phases"`
	Instances FleetResult  `json:"instances"`
	Scaling   []ScaleStep  `json:"scaling"` // by phase of the scenario
}

// FleetResult is how many instances a node had.
type FleetResult struct {
	Started int     `json:"started"`
	Peak    int     `json:"peak"`
	Mean    float64 `json:"mean"`      // that served, over the run
	Idle    float64 `json:"idle_mean"` // of those, without a request; functions of concurrency 1 alone
	Hours   float64 `json:"instance_hours"`
	Paused  float64 `json:"paused_hours"`
}

// StartPhase is one part of the starts of a node's instances.
type StartPhase struct {
	Name string    `json:"name"`
	MS   Quantiles `json:"ms"`
}

// ScaleStep is how the number of instances followed the load in one phase.
type ScaleStep struct {
	Phase string `json:"phase"`
	From  int    `json:"from"` // instances that served at its begin
	To    int    `json:"to"`   // that served for most of its last third
	Most  int    `json:"most"` // that served at one time
	Need  int    `json:"need"` // that had requests at one time, at most; where that is not known To
	// LagMS is the longest time that began in the phase from the instant at which
	// the load outgrew what served, or the scaler decided for more, until that was
	// there; of a service the decisions alone are known. Where To is below From, it
	// is from when no more than To was needed until no more served.
	LagMS float64 `json:"lag_ms"`
	// Overshoot is how far Most lies above Need, and above From, as a share of that.
	Overshoot float64 `json:"overshoot"`
	// Turns is how often the number changed its direction after it had settled.
	Turns int `json:"turns"`
}

// startPhases are the parts of a start in their order; see runner.StartPhases.
var startPhases = []string{"fetched", "created", "started", "listening", "configured", "initialised", "discovered", "woken", "ready"}

// measureFunctions fills in the functions and the services with scalers.
func (a *Analysis) measureFunctions() {
	a.Functions = []FunctionResult{}
	for _, n := range a.run.Identity.Nodes {
		f := FunctionResult{Node: n.Name, Function: n.Kind == "function", Phases: []StartPhase{}, Scaling: []ScaleStep{}}
		fleet := a.fleetOf(n.Name)
		if !f.Function && fleet == nil {
			continue
		}
		if fleet == nil {
			fleet = &record.Fleet{}
		}
		a.bill(&f)
		f.Instances = a.fleetResult(fleet, &f, n)
		for _, name := range startPhases {
			if parts := a.startsOf(n.Name, name); parts.count() > 0 {
				f.Phases = append(f.Phases, StartPhase{Name: name, MS: *quantiles(parts, 1)})
			}
		}
		f.ColdMS = quantiles(a.coldWaits(n.Name), 1)
		f.Scaling = a.scaling(n.Name)
		a.Functions = append(a.Functions, f)
	}
}

func (a *Analysis) fleetOf(node string) *record.Fleet {
	for i := range a.run.Fleets {
		if a.run.Fleets[i].Node == node {
			return &a.run.Fleets[i]
		}
	}
	return nil
}

// bill fills in what is counted of the function's invocations.
func (a *Analysis) bill(f *FunctionResult) {
	for _, b := range a.run.Bills {
		if b.Node != f.Node || b.Invocations+b.Left == 0 {
			continue
		}
		f.Invocations, f.Failed, f.Cold, f.ColdLeft = b.Invocations, b.Failed, b.Cold, b.Left
		f.ColdShare = float64(b.Cold+b.Left) / float64(b.Invocations+b.Left)
		f.DurationMS = ms(b.Duration) / float64(max(b.Invocations, 1))
		f.GBSeconds = b.Duration.Seconds() * float64(b.Memory) / (1 << 30)
	}
}

func (a *Analysis) fleetResult(fleet *record.Fleet, f *FunctionResult, n record.Node) FleetResult {
	r := FleetResult{Started: int(fleet.Started), Peak: fleet.Peak, Hours: fleet.Alive.Hours(), Paused: fleet.Paused.Hours()}
	if whole := a.timeline.end; whole > 0 {
		r.Mean = fleet.Ready.Seconds() / whole.Seconds()
		if f.Function && n.Concurrency == 1 {
			busy := f.DurationMS / 1000 * float64(f.Invocations)
			r.Idle = max(0, fleet.Ready.Seconds()-busy) / whole.Seconds()
		}
	}
	return r
}

// startsOf lists one part of the starts of a node's instances, those before the
// run's begin left out: nobody waited for them.
func (a *Analysis) startsOf(node, part string) *values {
	parts := &values{}
	for _, e := range a.run.Events {
		if e.Kind == record.InstanceReady && e.Node == node && e.At > 0 {
			if took, ok := e.PhasesMS[part]; ok {
				parts.add(fromMS(took))
			}
		}
	}
	return parts
}

// coldWaits lists what the cold requests of a function waited, as far as the
// record holds them; those that left waited for longer than is known.
func (a *Analysis) coldWaits(node string) *values {
	a.readInvocations()
	if waits := a.cold[node]; waits != nil {
		return waits
	}
	return &values{}
}

// readInvocations finds the cold ones among the invocations, once.
func (a *Analysis) readInvocations() {
	if a.cold != nil {
		return
	}
	a.cold = map[string]*values{}
	for i, err := range a.run.Invocations() {
		switch {
		case err != nil || i.Cold == 0:
			continue
		case i.Left:
			a.left = append(a.left, i.At)
			continue
		case a.cold[i.Node] == nil:
			a.cold[i.Node] = &values{}
		}
		a.cold[i.Node].add(i.Cold)
	}
}

// coldIn is how many of the requests counted in a scope met a cold start: those
// that tell so, and of those that cannot (whose reply was lost, or an attempt's) as
// many as left a function's front while an instance was starting. From which entry
// those came is not recorded: where they may be another's, an error says so.
func (a *Analysis) coldIn(c *counts, entry int, sc scope) (int, error) {
	a.readInvocations()
	left := 0
	for _, at := range a.left {
		for _, span := range sc.spans {
			if span.From <= at && at < span.To {
				left += max(1, int(a.run.Identity.Sampling.OneIn))
			}
		}
	}
	most := min(left, c.unsure)
	if entry != anyone {
		others := a.samples.count(anyone, sc).unsure - c.unsure
		if left-others < most {
			return 0, fmt.Errorf("%s left while an instance was starting, and of which entry is not recorded: total.cold.rate counts them",
				counted(left, "request"))
		}
	}
	return c.cold + most, nil
}
