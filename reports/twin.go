package reports

import (
	"fmt"
	"math"
	"slices"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
)

// The aims of the simulator: how far its median over repetitions may be from
// that of the live runs. Live runs vary, too: times and CPU may lie anywhere
// within the range of the live runs, whichever is wider. Counts, such as those
// of instances, have to lie within it.
const (
	LatencyAim  = 0.10  // quantiles of latency, and CPU
	RateAim     = 0.02  // throughput and error share
	RecoveryAim = 0.20  // recovery times
	ShareFloor  = 0.001 // error shares that differ by no more are the same
	FloorMS     = 100.0 // recovery times, too
)

// TwinReport sets the simulator beside the live runs of the same plans.
type TwinReport struct {
	Format   int        `json:"format"`
	Scenario string     `json:"scenario"`
	Backend  string     `json:"backend"`
	Finding  string     `json:"finding"` // a plain sentence
	Judged   int        `json:"judged"`  // metrics
	Within   int        `json:"within"`  // of them, those within their aims
	Sides    []TwinSide `json:"sides"`
	Doubts   []string   `json:"doubts"` // why the difference may not be the simulator's
	Notes    []string   `json:"notes"`
}

// TwinSide is one topology.
type TwinSide struct {
	Topology  string       `json:"topology"`
	Live      Side         `json:"live"`
	Simulated Side         `json:"simulated"`
	Metrics   []TwinMetric `json:"metrics"`
}

// TwinMetric is one metric of one topology in both engines.
type TwinMetric struct {
	Group     string   `json:"group"` // "all", an entry, a fault, a node, "system"
	Metric    string   `json:"metric"`
	Unit      string   `json:"unit"`
	Live      Spread   `json:"live"`
	Simulated Spread   `json:"simulated"`
	Error     *float64 `json:"error"` // simulated / live - 1, of the medians; null: one of them is 0, or beyond the run
	Low       *float64 `json:"low"`   // a 95 % interval of it over the repetitions; null: too few
	High      *float64 `json:"high"`
	Aim       float64  `json:"aim"`    // for the error; 0: none but the range of the live runs
	Within    bool     `json:"within"` // the aim
	InRange   bool     `json:"in_live_range"`
}

// Twin holds simulated runs against live ones of the same scenario, topology by
// topology. The error is a *DifferentError where they cannot be: engines mixed
// up, another scenario, a topology that one of the engines did not run.
func Twin(live, simulated []*Analysis) (*TwinReport, error) {
	if reasons := notTwins(live, simulated); len(reasons) > 0 {
		return nil, &DifferentError{reasons}
	}
	real, models := group(live, false), group(simulated, false)
	t := &TwinReport{Format: live[0].Format, Scenario: live[0].Scenario, Backend: live[0].Backend,
		Doubts: doubts(real), Notes: twinNotes(real, models)}
	for _, g := range real {
		model := models[slices.IndexFunc(models, func(m *runGroup) bool { return m.label == g.label })]
		side := TwinSide{Topology: g.label, Live: g.side(), Simulated: model.side(), Metrics: []TwinMetric{}}
		for _, m := range twinMetrics(g) {
			if judged, ok := m.judge(g, model); ok {
				side.Metrics = append(side.Metrics, judged)
			}
		}
		t.Sides = append(t.Sides, side)
	}
	t.Finding = t.find()
	return t, nil
}

// notTwins says why the runs cannot be held against each other.
func notTwins(live, simulated []*Analysis) []string {
	if len(live) == 0 || len(simulated) == 0 {
		return []string{"there have to be runs of both engines"}
	}
	var reasons []string
	say := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !slices.Contains(reasons, s) {
			reasons = append(reasons, s)
		}
	}
	of := func(all []*Analysis, engine string) {
		for _, a := range all {
			if a.Engine != engine {
				say("%s is of the %s engine, not of the %s one", a.Dir, orUnknown(a.Engine), engine)
			}
			if a.Scenario != live[0].Scenario || joinParams(a.Params) != joinParams(live[0].Params) {
				say("the scenario differs: %s and %s", a.Scenario+" "+joinParams(a.Params), live[0].Scenario+" "+joinParams(live[0].Params))
			}
			for _, d := range differentInputs(live[0].run.Identity, a.run.Identity) {
				say("%s", d)
			}
		}
	}
	of(live, record.Live)
	of(simulated, record.Simulated)
	has := func(all []*Analysis, topology string) bool {
		return slices.ContainsFunc(all, func(a *Analysis) bool { return a.Topology == topology })
	}
	for _, a := range live {
		if !has(simulated, a.Topology) {
			say("there is no simulated run on %s", a.Topology)
		}
	}
	for _, a := range simulated {
		if !has(live, a.Topology) {
			say("there is no live run on %s", a.Topology)
		}
	}
	return reasons
}

// judge holds one metric against its aim; false where neither engine has it.
func (m twinMetric) judge(live, simulated *runGroup) (TwinMetric, bool) {
	j := TwinMetric{Group: m.group, Metric: m.name, Unit: m.unit, Aim: m.aim,
		Live: live.spread(m.of), Simulated: simulated.spread(m.of)}
	if j.Live.Runs == 0 && j.Simulated.Runs == 0 {
		return j, false
	}
	l, s := j.Live.Median, j.Simulated.Median
	if l == nil || s == nil {
		j.Within = j.Live.Runs > 0 && j.Simulated.Runs > 0 && l == nil && s == nil // beyond the run in both
		j.InRange = j.Within
		return j, true
	}
	j.InRange = j.Live.Min != nil && *s >= *j.Live.Min && (j.Live.Max == nil || *s <= *j.Live.Max)
	j.Within = m.aim > 0 && math.Abs(*s-*l) <= max(m.aim**l, m.floor) || m.orRange && j.InRange
	if *l > 0 && *s > 0 {
		j.Error = finite(*s / *l - 1)
		low, high := stats.RatioOfMedians(simulated.values(m.of), live.values(m.of))
		j.Low, j.High = finite(low-1), finite(high-1)
	}
	return j, true
}

// values are those of the runs that have one.
func (g *runGroup) values(of func(*Analysis) (float64, bool)) []float64 {
	var values []float64
	for _, a := range g.runs {
		if v, ok := of(a); ok && !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return values
}

// find puts the report in a sentence, and counts.
func (t *TwinReport) find() string {
	var worst *TwinMetric
	where, most := "", 0.0
	for i := range t.Sides {
		for j := range t.Sides[i].Metrics {
			m := &t.Sides[i].Metrics[j]
			t.Judged++
			if m.Within {
				t.Within++
			}
			if off := m.off(); !m.Within && (worst == nil || off > most) {
				worst, most, where = m, off, t.Sides[i].Topology
			}
		}
	}
	switch {
	case t.Judged == 0:
		return "There is no metric to judge the simulator by."
	case worst == nil:
		return fmt.Sprintf("The simulator is within its aims on all %d metrics.", t.Judged)
	}
	return fmt.Sprintf("The simulator is within its aims on %d of %d metrics; worst: %s on %s, %s.",
		t.Within, t.Judged, worst.name(), where, worst.words())
}

// off is how far a metric is out, as a factor; what has no error is out for good.
func (m *TwinMetric) off() float64 {
	if m.Error == nil {
		return math.Inf(1)
	}
	return math.Abs(math.Log1p(*m.Error)) / max(m.Aim, LatencyAim)
}

func (m *TwinMetric) name() string { return m.Group + " " + m.Metric }

// words says how a metric is out.
func (m *TwinMetric) words() string {
	show := func(s Spread) string {
		if s.Runs == 0 {
			return "nothing"
		}
		return s.middle(m.Unit).Text
	}
	words := fmt.Sprintf("%s simulated for %s measured", show(m.Simulated), show(m.Live))
	if m.Unit != countUnit && m.Simulated.Median != nil {
		words = fmt.Sprintf("%s %s simulated for %s measured", show(m.Simulated), m.Unit, show(m.Live))
	}
	if m.Error != nil {
		words += " (" + signed(*m.Error) + ")"
	}
	return words
}

// signed prints a relative error. Less than a tenth of a percent is none.
func signed(v float64) string {
	if math.Abs(v) < 0.0005 {
		return "0 %"
	}
	return fmt.Sprintf("%+.1f %%", 100*v)
}

// twinNotes say what the report rests on.
func twinNotes(live, simulated []*runGroup) []string {
	notes := []string{fmt.Sprintf("%s and %s. Intervals are by bootstrap over the repetitions; the aims hold for the medians.",
		counted(len(live[0].runs), "live run")+" of each topology", counted(len(simulated[0].runs), "simulated one"))}
	for _, g := range simulated {
		real := live[slices.IndexFunc(live, func(l *runGroup) bool { return l.label == g.label })]
		if seeded(real) != seeded(g) {
			notes = append(notes, g.label+": the seeds differ, so the engines did not meet the same arrivals.")
		}
		for _, a := range g.runs {
			for _, e := range a.run.Events {
				if e.Kind == record.Note && e.Name == record.NoteCalibration && !slices.Contains(notes, e.Reason) {
					notes = append(notes, e.Reason)
				}
			}
		}
	}
	return notes
}

func seeded(g *runGroup) string {
	var seeds []uint64
	for _, a := range g.runs {
		seeds = append(seeds, a.Seed)
	}
	slices.Sort(seeds)
	return fmt.Sprint(seeds)
}
