package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"windtunnel/reports/price"
	"windtunnel/runner/record"
)

// Options say what the record itself cannot.
type Options struct {
	// Fresh says that the run has just ended: run.json is made from this
	// analysis, and is not missed yet.
	Fresh bool
	// Partial says why the run was cut off, as "interrupted"; empty: it was not.
	Partial string
	// Strict makes a check inconclusive whose limit lies inside the interval.
	Strict bool
	// Checks are judged as well as those of the record.
	Checks []string
	// Prices say what the run's nodes would cost; nil: costs are left out.
	Prices *price.Settings
}

// Analysis is one run with all that was found in it. It answers checks.
type Analysis struct {
	Result

	Dir string // the run directory

	run      *record.Run
	samples  *samples
	timeline *timeline
	asked    *counts // all requests of the phase all, those of timers too
	openings []opening
	partial  []string           // why the run is partial
	cold     map[string]*values // what cold requests waited, by function
	left     []time.Duration    // when those came that left while an instance was starting
	prices   *price.Settings
	traces   *slowTraces // nil: the record has none

	architect *price.Architecture // that priced the run; nil: there is no cost
}

// Analyze reads the requests of a run and finds everything that reports state.
// A run that was cut off is analysed as far as it goes. An error says that the
// record is none that windtunnel wrote.
func Analyze(run *record.Run, o Options) (*Analysis, error) {
	s, err := collect(run)
	if err != nil {
		return nil, err
	}
	a := &Analysis{Dir: run.Dir, run: run, samples: s, partial: whyPartial(run, s, o), prices: o.Prices}
	a.readTraces()
	a.timeline = newTimeline(run, s, len(a.partial) == 0)
	a.timeline.windows(a.wellAgain)
	a.openings = openings(run.Events, max(a.timeline.end, lastSeen(run, s)))
	a.identify(run.Identity)
	a.measure()
	for _, f := range a.timeline.faults {
		a.Faults = append(a.Faults, a.faultResult(f))
	}
	a.measureNodes()
	a.measureEdges()
	a.measureCaches()
	a.measureFunctions()
	a.measureDiscovery()
	steady := a.timeline.steady()
	a.asked = s.count(anyone, steady)
	a.Amplification = a.Results[Total][All].Amplification
	a.Generator = generatorResult(run, a.asked, s.late(anyone, steady), steady)
	a.WarmUp = a.warmUp()
	a.Warnings = append([]string{}, a.warn()...)
	a.priceRun()
	a.Checks = a.judgeChecks(slices.Concat(run.Identity.Checks, o.Checks), o.Strict || run.Identity.Strict)
	for i := range min(len(run.Identity.CheckPlaces), len(run.Identity.Checks)) {
		a.Checks[i].Place = run.Identity.CheckPlaces[i]
	}
	a.Verdict, a.Reasons = a.judgeRun()
	return a, nil
}

// readTraces picks the traces to show. Broken ones are a broken record.
func (a *Analysis) readTraces() {
	traces, err := a.run.Traces()
	if err != nil {
		a.partial = append(a.partial, err.Error())
	}
	warmups := map[string]bool{}
	for _, p := range a.run.Identity.Phases {
		warmups[p.Name] = p.Warmup
	}
	a.traces = newSlowTraces(traces, warmups)
}

// whyPartial collects all that makes a run partial.
func whyPartial(run *record.Run, s *samples, o Options) []string {
	var why []string
	if o.Partial != "" {
		why = append(why, o.Partial)
	}
	ended := slices.ContainsFunc(run.Events, func(e record.Event) bool { return e.Kind == record.RunEnded })
	switch {
	case !ended:
		why = append(why, "the run was cut off: its end was not recorded")
	case !run.Finished && !o.Fresh && o.Partial == "":
		why = append(why, "the run was cut off: run.json is missing or marked partial")
	}
	why = append(why, run.Damage...)
	if s.damage != nil && !errors.Is(s.damage, fs.ErrNotExist) {
		why = append(why, s.damage.Error())
	}
	return why
}

// identify copies what the run is a run of.
func (a *Analysis) identify(id record.Identity) {
	a.Result = Result{
		Format: record.Format, Run: id.Run, Engine: id.Engine, Backend: id.Backend, Scenario: id.Scenario,
		Topology: id.Topology, Application: id.Application, Seed: id.Seed, Began: id.Began.UTC().Format(time.RFC3339),
		Unenforced: append([]string{}, id.Unenforced...), Params: id.Params, Set: id.Set, Environment: id.Environment,
		Timers: id.Timers, SpinPerMS: id.SpinPerMS, Sampling: id.Sampling, Command: id.Command, Digest: id.Digest, Version: id.Version,
		Faults: []FaultResult{}, Nodes: []NodeResult{}, Edges: []EdgeResult{},
	}
	for _, e := range a.run.Events {
		if e.Kind == record.Note && e.Name == record.NoteLimits && !slices.Contains(a.Unenforced, e.Reason) {
			a.Unenforced = append(a.Unenforced, e.Reason)
		}
	}
}

// measure fills in every entry and phase.
func (a *Analysis) measure() {
	a.Entries = append([]string{Total}, a.samples.entries...)
	a.Results = map[string]map[string]*Measured{}
	a.Phases = []PhaseResult{}
	for _, p := range a.timeline.phases {
		a.Phases = append(a.Phases, PhaseResult{Phase: p, Measured: !p.Warmup})
	}
	// Total and All are filled in last: no entry or phase of that name hides them.
	for i, name := range slices.Backward(a.Entries) {
		entry := i - 1 // total comes first: anyEntry
		byPhase, steady := map[string]*Measured{}, a.timeline.steady()
		all := a.samples.tally(entry, steady)
		for j, p := range a.timeline.phases {
			t := all
			if sc := a.timeline.phase(j); !slices.Equal(sc.spans, steady.spans) {
				t = a.samples.tally(entry, sc)
			}
			byPhase[p.Name] = t.measured()
		}
		byPhase[All] = all.measured()
		a.Results[name] = byPhase
	}
}

// wellAgain says when every entry was well after a fault; its heal, where that
// cannot be told.
func (a *Analysis) wellAgain(f *faultSpan) time.Duration {
	last := 0.0
	for entry := anyEntry; entry < len(a.samples.entries); entry++ {
		if r := a.samples.recovery(entry, f); r.MS != nil {
			last = max(last, *r.MS)
		}
	}
	return f.during.To + time.Duration(last*float64(time.Millisecond))
}

func (a *Analysis) faultResult(f *faultSpan) FaultResult {
	r := FaultResult{Name: f.Name, Kind: f.Kind, Target: f.Target, NotApplicable: f.skipped}
	if !f.applied() {
		return r
	}
	begun := ms(f.during.From)
	r.BegunMS = &begun
	if f.healed {
		healed := ms(f.during.To)
		r.HealedMS = &healed
	}
	r.Before, r.During, r.After = map[string]*Measured{}, map[string]*Measured{}, map[string]*Measured{}
	r.Recovery = map[string]Recovery{}
	for i, name := range slices.Backward(a.Entries) {
		entry := i - 1
		r.Before[name] = a.samples.tally(entry, spanned(f.before.From, f.before.To)).measured()
		r.During[name] = a.samples.tally(entry, spanned(f.during.From, f.during.To)).measured()
		r.After[name] = a.samples.tally(entry, spanned(f.after.From, f.after.To)).measured()
		recovery := a.samples.recovery(entry, f)
		recovery.Relapse = a.samples.relapse(entry, f, recovery)
		r.Recovery[name] = recovery
	}
	return r
}

// measureNodes fills in the nodes as planned; what else was sampled comes after.
func (a *Analysis) measureNodes() {
	nodes := slices.Clone(a.run.Identity.Nodes)
	for i := range a.run.Nodes {
		name := a.run.Nodes[i].Node
		known := slices.ContainsFunc(nodes, func(n record.Node) bool { return n.Name == name })
		if !known && !slices.Contains(notNodes, name) {
			nodes = append(nodes, record.Node{Name: name})
		}
	}
	for _, n := range nodes {
		u := usageOf(a.run.Nodes, n.Name, a.timeline.steady())
		r := NodeResult{
			Name: n.Name, Kind: n.Kind, Hosts: n.Hosts, Replicas: n.Replicas, CPULimit: n.CPU, MemoryLimit: n.Memory,
			Sampled: u.samples > 0, CPU: u.cpu, CPUMax: u.cpuMax, Memory: u.memory,
			Served: u.served, Failed: u.failed, Rejected: u.rejected,
		}
		r.Scaler, r.Provisioned = n.Scaler, n.Provisioned
		if fleet := a.fleetOf(n.Name); fleet != nil {
			r.Peak = fleet.Peak
		}
		for _, e := range a.run.Events {
			if e.Node == n.Name && e.Kind == record.InstanceStart {
				r.Started++
			} else if e.Node == n.Name && e.Kind == record.InstanceStop {
				r.Stopped++
			}
		}
		a.Nodes = append(a.Nodes, r)
	}
}

// notNodes are sampled as nodes are, and are none.
var notNodes = []string{record.GeneratorNode, record.HostNode, record.StealNode}

// measureEdges fills in the edges as planned; what else was sampled or had a
// breaker comes after.
func (a *Analysis) measureEdges() {
	edges := slices.Clone(a.run.Identity.Edges)
	add := func(from, to string) {
		if !slices.ContainsFunc(edges, func(e record.Edge) bool { return e.From == from && e.To == to }) {
			edges = append(edges, record.Edge{From: from, To: to})
		}
	}
	for _, s := range a.run.Edges {
		add(s.From, s.To)
	}
	whole := spanned(-forever, forever)
	for _, e := range edges {
		u := edgeUsageOf(a.run.Edges, e.From, e.To, a.timeline.steady())
		r := EdgeResult{
			From: e.From, To: e.To, Policy: e.Policy, Calls: u.calls, Attempts: u.attempts, Failed: u.failed,
			Rejected: u.rejected, Hedges: u.hedges, Fallbacks: u.fallbacks, Ejections: ejections(a.run.Events, e.From+">"+e.To),
			Amplification: amplification(u.attempts, u.calls),
		}
		if u.attempts > 0 {
			r.LatencyMS = ms(u.latency) / float64(u.attempts)
		}
		for _, o := range a.openings {
			if o.edge == fmt.Sprintf("%s>%s", e.From, e.To) {
				open, _ := o.within(whole)
				r.Openings++
				r.OpenMS += ms(open)
			}
		}
		a.Edges = append(a.Edges, r)
	}
}
