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

// warn collects the doubts about the numbers that do not decide the verdict.
func (a *Analysis) warn() []string {
	w := slices.Concat(a.recordWarnings(), a.conservation(), a.littlesLaw(), a.declaredRates(), a.warmUpEnd(), a.faultWarnings())
	if steal, cores := a.Generator.Steal, a.Environment.Cores; !a.Generator.Saturated && steal > 0.05*float64(cores) && cores > 0 {
		w = append(w, fmt.Sprintf("the hypervisor took %s of %d cores away", number(steal), cores))
	}
	return w
}

// recordWarnings say what of the record is missing or odd.
func (a *Analysis) recordWarnings() []string {
	var w []string
	s := a.samples
	if s.oneIn > 1 {
		w = append(w, fmt.Sprintf("the record keeps one in %s of the requests. Counts and quantiles of entries and phases are of all requests, "+
			"the quantiles to within %s; windows around faults, recovery and the end of the warm-up are read off the %s that were kept",
			count(s.oneIn), percent(record.HistogramError), count(len(s.list))))
	}
	if s.missing > 0 {
		w = append(w, fmt.Sprintf("no record of %s: %s of %s are known", counted(s.missing, "arrival"),
			count(len(s.list)), count(len(s.list)+s.missing)))
	}
	if s.repeated > 0 {
		w = append(w, fmt.Sprintf("recorded more than once: %s", counted(s.repeated, "arrival")))
	}
	if s.backwards > 0 {
		w = append(w, fmt.Sprintf("ended before they were due, and counted with a latency of 0: %s", counted(s.backwards, "request")))
	}
	for _, e := range a.run.Events {
		if e.Kind == record.Note && e.Name != record.NoteLimits && e.Reason != "" && len(w) < 20 && !slices.Contains(w, e.Reason) {
			w = append(w, e.Reason)
		}
	}
	return w
}

// conservation holds the figures against each other: what was offered is what
// succeeded and what failed, in every phase and in their sum.
func (a *Analysis) conservation() []string {
	var w []string
	for _, entry := range a.Entries {
		for phase, m := range a.Results[entry] {
			if m.Offered != m.OK+m.Failed.Sum() || m.Sent != m.Offered-m.Failed[policy.Unsent] {
				w = append(w, fmt.Sprintf("%s in %s does not add up: %d offered, %d sent, %d ok, %d failed",
					entry, phase, m.Offered, m.Sent, m.OK, m.Failed.Sum()))
			}
		}
	}
	slices.Sort(w)
	return w
}

// littlesLaw checks L = λW at the node where all requests come in: the only
// gateway, or the only node. It looks no further than the first fault: a node
// that is dead, frozen or cut off counts nothing of what waits for it.
//
// Nodes count at instants, a second apart. In virtual time what arrives by the
// clock lines up with them, so that they tell of no average; there the engine
// itself asserts the law on every run, by the exact integral over time.
func (a *Analysis) littlesLaw() []string {
	door := a.door()
	if door == "" || a.Engine == record.Simulated {
		return nil
	}
	sc := a.timeline.untroubled()
	if sc.length <= 0 {
		return nil
	}
	asked := anyEntry // timers pass by the gateway, and come in at an only node
	if len(a.Nodes) == 1 {
		asked = anyone
	}
	law := a.samples.count(asked, sc).inside.Seconds() / sc.length.Seconds()
	counted := usageOf(a.run.Nodes, door, sc).inFlight
	if !littleDiffers(law, counted) {
		return nil
	}
	return []string{fmt.Sprintf("Little's law does not hold at %s: rate × time makes %s requests in flight, %s were counted",
		door, number(law), number(stats.Mean(counted)))}
}

func (a *Analysis) door() string {
	gateways := []string{}
	for _, n := range a.Nodes {
		if n.Kind == "gateway" {
			gateways = append(gateways, n.Name)
		}
	}
	switch {
	case len(gateways) == 1:
		return gateways[0]
	case len(a.Nodes) == 1:
		return a.Nodes[0].Name
	}
	return ""
}

// declaredRates compares what each phase declared with what was offered. The
// number of arrivals of a Poisson process varies by its root; four of those
// and one in a hundred are allowed.
func (a *Analysis) declaredRates() []string {
	var w []string
	for i, p := range a.timeline.phases {
		sc := a.timeline.phase(i)
		if p.Rate == 0 || sc.length < p.For.Duration() {
			continue
		}
		want := p.Rate * sc.length.Seconds()
		got := a.samples.count(anyEntry, sc).offered()
		if math.Abs(float64(got)-want) > 4*math.Sqrt(want)+0.01*want+1 {
			w = append(w, fmt.Sprintf("phase %s declared %s requests and was offered %s", p.Name, count(int(want)), count(got)))
		}
	}
	return w
}

// warmUpLook is how much of the time after the warm-up is held against the rest.
const warmUpLook = 5 * time.Second

// warmUpEnd compares the median of the first seconds after the warm-up with the
// median of what follows in the same phase, up to the first fault: half as
// much again, and at least a millisecond more, says that it ended too early.
func (a *Analysis) warmUpEnd() []string {
	i := a.timeline.firstMeasured()
	if i < 0 {
		return nil
	}
	p := a.timeline.phases[i]
	from, to := p.Begin.Duration(), a.timeline.untilFault(min(p.End(), a.timeline.end))
	look := min(warmUpLook, (to-from)/3)
	first := a.samples.tally(anyEntry, spanned(from, from+look))
	rest := a.samples.tally(anyEntry, spanned(from+look, to))
	if look <= 0 || first.latency.count() < 20 || rest.latency.count() < 20 {
		return nil
	}
	begin, later := first.latency.quantile(0.5), rest.latency.quantile(0.5)
	if begin <= 1.5*later || begin-later < 1 {
		return nil
	}
	settled := "by MSER-5 it never settled"
	if at, ok := a.settled(check.Span{From: from, To: to}); ok {
		settled = fmt.Sprintf("by MSER-5 it had settled after %s", (at - from).Round(100*time.Millisecond))
	}
	return []string{fmt.Sprintf("the warm-up may have ended too early: the median was %s ms in the first %s of %s and %s ms after; %s",
		number(begin), look.Round(100*time.Millisecond), p.Name, number(later), settled)}
}

func (a *Analysis) faultWarnings() []string {
	var w []string
	for _, f := range a.timeline.faults {
		if f.overlaps != "" {
			w = append(w, fmt.Sprintf("%s overlaps with %s: what follows cannot be put down to one of them", f.Name, f.overlaps))
		}
		if f.applied() && f.healed {
			if n := a.samples.count(anyEntry, spanned(f.before.From, f.before.To)).ok(); n < fewBefore {
				w = append(w, fmt.Sprintf("recovery from %s is held against only %s before it", f.Name, counted(n, "success")))
			}
		}
	}
	return w
}

// warningsShown is how many warnings of several runs are told one by one.
const warningsShown = 6

// warningsOf has every warning of several runs once, with how many of them it is
// about where that is not all. Those about costs are left out of a report that
// shows none.
func warningsOf(runs []*Result, costs bool) Section {
	about := map[string]int{}
	var all []string
	for _, r := range runs {
		for _, w := range r.Warnings {
			if !costs && strings.HasPrefix(w, costWarning) {
				continue
			}
			if about[w]++; about[w] == 1 {
				all = append(all, w)
			}
		}
	}
	if len(all) == 0 {
		return Section{}
	}
	title := counted(len(all), "warning")
	more := len(all) - warningsShown
	all = all[:min(len(all), warningsShown)]
	for i, w := range all {
		if n := about[w]; n < len(runs) {
			all[i] = fmt.Sprintf("%s (%d of %d runs)", w, n, len(runs))
		}
	}
	if more > 0 {
		all = append(all, fmt.Sprintf("and %d more, in the reports of the runs", more))
	}
	return Section{Name: "warnings", Title: title, Tone: Muted, Blocks: []Block{List{Items: all, Tone: Muted}}}
}
