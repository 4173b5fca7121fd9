package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

var _ check.Source = (*Analysis)(nil)

// generatorSubject is the subject of the load generator's own metrics.
const generatorSubject = "generator"

// Metric answers a check from the record.
func (a *Analysis) Metric(m check.Metric, w check.Window) (check.Value, error) {
	sc, err := a.window(w)
	if err != nil {
		return check.Value{}, err
	}
	entry, isEntry := a.entry(m.Subject)
	switch {
	case m.Subject == generatorSubject:
		if name, ok := strings.CutPrefix(m.Name, "lateness."); ok {
			return distribution(a.samples.late(anyone, sc), name)
		}
		return check.Value{}, unknownMetric(m)
	case m.Name == "recovery.time":
		if !isEntry {
			return check.Value{}, fmt.Errorf("the application has no entry %q", m.Subject)
		}
		return a.recoveryValue(m.Subject, w)
	case ofNode(m.Name):
		return a.nodeMetric(m, sc)
	case !isEntry:
		return check.Value{}, fmt.Errorf("the application has no entry %q", m.Subject)
	}
	return a.entryMetric(m, entry, sc)
}

func unknownMetric(m check.Metric) error { return fmt.Errorf("there is no metric %q", m.String()) }

// entry finds an entry by name.
func (a *Analysis) entry(name string) (int, bool) {
	if name == Total {
		return anyEntry, true
	}
	i := slices.Index(a.samples.entries, name)
	return i, i >= 0
}

// window finds the part of the run that a check looks at.
func (a *Analysis) window(w check.Window) (scope, error) {
	switch w.Kind {
	case "":
		return a.timeline.steady(), nil
	case check.InPhase:
		for i, p := range a.timeline.phases {
			if p.Name == w.Name {
				return a.timeline.phase(i), nil
			}
		}
		return scope{}, fmt.Errorf("the run has no phase %q", w.Name)
	}
	f := a.timeline.fault(w.Name)
	switch {
	case f == nil:
		return scope{}, fmt.Errorf("the run has no fault %q", w.Name)
	case f.skipped != "":
		return scope{}, &check.NotApplicableError{Reason: f.Name + " does not apply: " + f.skipped}
	case !f.begun:
		return scope{}, fmt.Errorf("the run did not come to %s", f.Name)
	}
	switch w.Kind {
	case check.Before:
		return spanned(f.before.From, f.before.To), nil
	case check.During:
		return spanned(f.during.From, f.during.To), nil
	case check.After:
		return spanned(f.after.From, f.after.To), nil
	}
	return scope{}, fmt.Errorf("there is no window %q", w.Kind)
}

// entryMetric answers what is counted from requests.
func (a *Analysis) entryMetric(m check.Metric, entry int, sc scope) (check.Value, error) {
	if name, ok := strings.CutPrefix(m.Name, "latency."); ok {
		return distribution(&a.samples.tally(entry, sc).latency, name)
	}
	if name, ok := strings.CutPrefix(m.Name, "failed_latency."); ok {
		return distribution(&a.samples.tally(entry, sc).failed, name)
	}
	t := a.samples.count(entry, sc)
	offered := t.offered()
	switch m.Name {
	case "errors.rate":
		return t.shareOf(offered - t.ok()), nil
	case "cold.rate":
		cold, err := a.coldIn(t, entry, sc)
		if err != nil {
			return check.Value{}, err
		}
		return t.shareOf(cold), nil
	case "errors.count":
		return exactly(float64(offered-t.ok()), offered), nil
	case "offered":
		return exactly(t.perSecond(offered), offered), nil
	case "rate":
		return exactly(t.perSecond(t.sent()), offered), nil
	case "ok.rate":
		return exactly(t.perSecond(t.ok()), offered), nil
	case "amplification":
		return exactly(t.amplification(), offered), nil
	}
	if cause, ok := strings.CutPrefix(m.Name, "errors."); ok {
		if cause, ok = strings.CutSuffix(cause, ".count"); ok {
			if i, known := causeIndex[policy.Cause(cause)]; known && i > 0 {
				return exactly(float64(t.byCause[i]), offered), nil
			}
		}
	}
	return check.Value{}, unknownMetric(m)
}

// shareOf is a part of the requests as a share of them, with its interval.
func (c *counts) shareOf(part int) check.Value {
	offered := c.offered()
	v := check.Value{Observed: share(part, offered), Samples: offered / c.each}
	v.Low, v.High = stats.ShareInterval(part/c.each, v.Samples)
	return v
}

// exactly is a value that has no interval: it was counted.
func exactly(v float64, samples int) check.Value {
	return check.Value{Observed: v, Low: v, High: v, Samples: samples}
}

var levels = map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

// distribution answers a quantile, the mean or the largest of measured times.
func distribution(v *values, name string) (check.Value, error) {
	n := v.count()
	p, isLevel := levels[name]
	switch {
	case !isLevel && name != "mean" && name != "max":
		return check.Value{}, fmt.Errorf("there is no quantile %q", name)
	case n == 0:
		return check.Value{}, nil
	case name == "mean":
		low, high := v.meanInterval()
		return check.Value{Observed: v.mean(), Low: low, High: high, Samples: n}, nil
	case name == "max":
		return exactly(v.largest(), n), nil
	}
	low, high := v.quantileInterval(p)
	return check.Value{Observed: v.quantile(p), Low: low, High: high, Samples: n}, nil
}

// recoveryValue answers infinity where the system was not well again within the
// run: it took longer than was watched.
func (a *Analysis) recoveryValue(subject string, w check.Window) (check.Value, error) {
	if w.Kind != check.After {
		return check.Value{}, fmt.Errorf("recovery.time needs the window @after(FAULT)")
	}
	i := slices.IndexFunc(a.Faults, func(f FaultResult) bool { return f.Name == w.Name })
	if i < 0 {
		return check.Value{}, fmt.Errorf("the run has no fault %q", w.Name)
	}
	f := a.Faults[i]
	r, samples := f.Recovery[subject], 0
	if f.After[subject] != nil {
		samples = f.After[subject].Offered
	}
	switch {
	case r.MS != nil:
		return exactly(*r.MS, samples), nil
	case r.Reason == notWithin:
		return check.Value{Observed: math.Inf(1), Low: r.WatchedMS, High: math.Inf(1), Samples: samples}, nil
	}
	return check.Value{}, fmt.Errorf("no recovery from %s can be told: %s", w.Name, r.Reason)
}

func ofNode(name string) bool {
	switch name {
	case "discovery.dead.time", "discovery.dead.attempts", "discovery.share.time", "discovery.age":
		return true
	case "breaker.openings", "breaker.open.time", "cpu", "memory", "rejected", "instances.max", "cache.hit.rate":
		return true
	}
	return false
}

// nodeMetric answers for a node, or for the node that hosts a component.
func (a *Analysis) nodeMetric(m check.Metric, sc scope) (check.Value, error) {
	node := a.nodeOf(m.Subject)
	if node == "" {
		return check.Value{}, &check.NotApplicableError{
			Reason: fmt.Sprintf("%s has no node %q, and none that hosts such a component", a.Topology, m.Subject)}
	}
	if strings.HasPrefix(m.Name, "breaker.") {
		opened, open := a.breakersOf(node, sc)
		if m.Name == "breaker.openings" {
			return exactly(float64(opened), 1), nil
		}
		return exactly(ms(open), 1), nil
	}
	if strings.HasPrefix(m.Name, "discovery.") {
		return a.discoveryMetric(m, node, sc)
	}
	if m.Name == "instances.max" {
		return a.mostInstances(node, sc), nil
	}
	if m.Name == "cache.hit.rate" {
		return a.cacheMetric(node, sc)
	}
	u := usageOf(a.run.Nodes, node, sc)
	switch m.Name {
	case "cpu":
		return exactly(u.cpu, u.samples), nil
	case "memory":
		if u.memory == 0 && u.samples > 0 {
			return check.Value{}, &check.NotApplicableError{Reason: "no memory was measured: the simulator has none"}
		}
		return exactly(float64(u.memory), u.samples), nil
	case "rejected":
		return exactly(float64(u.rejected), u.samples), nil
	}
	return check.Value{}, unknownMetric(m)
}

// nodeOf resolves a node's name, or a component's to the node that hosts it.
func (a *Analysis) nodeOf(subject string) string {
	for _, n := range a.Nodes {
		if n.Name == subject {
			return n.Name
		}
	}
	for _, n := range a.Nodes {
		if slices.Contains(n.Hosts, subject) {
			return n.Name
		}
	}
	return ""
}

// breakersOf counts the openings of the breakers that guard a node: on the
// edges towards it, and, where it is itself a breaker, on those that leave it.
func (a *Analysis) breakersOf(node string, sc scope) (opened int, open time.Duration) {
	isBreaker := slices.ContainsFunc(a.run.Identity.Nodes, func(n record.Node) bool { return n.Name == node && n.Kind == "breaker" })
	for _, o := range a.openings {
		from, to, _ := strings.Cut(o.edge, ">")
		if to != node && !(isBreaker && from == node) {
			continue
		}
		inside, began := o.within(sc)
		open += inside
		if began {
			opened++
		}
	}
	return opened, open
}
