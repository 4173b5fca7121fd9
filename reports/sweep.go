package reports

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"windtunnel/reports/stats"
)

// Scaling is a sweep: runs of one scenario that differ in one parameter, which
// is a number. Its JSON is what `run --param … -o x.json` writes.
type Scaling struct {
	Format   int      `json:"format"`
	Scenario string   `json:"scenario"`
	Engine   string   `json:"engine"`
	Backend  string   `json:"backend"`
	Param    string   `json:"param"`
	Load     bool     `json:"load"` // the parameter is a rate of arrivals; else a size: replicas, users, cores
	Curves   []Curve  `json:"curves"`
	Doubts   []string `json:"doubts"`
	Notes    []string `json:"notes"`

	results []*Result   // of all runs
	groups  []*runGroup // of all runs, by topology and value
}

// Curve is one topology over all values.
type Curve struct {
	Topology string   `json:"topology"`
	Points   []Point  `json:"points"` // by value
	Knee     *float64 `json:"knee"`   // of a load: the value beyond which waiting grows faster than throughput; null: none within the sweep
	// LeftOut are the values of a size that served all that was offered: they
	// tell the load and not the capacity, and are no part of the fit.
	LeftOut  []string `json:"left_out"`
	USL      *USL     `json:"usl"` // null: no fit, and a finding says why
	Findings []string `json:"findings"`

	law *stats.USL // nil: no fit, or one that the law does not hold for
}

// Point is one value of the parameter over its repetitions. Rates are per second.
type Point struct {
	Text     string   `json:"text"` // the value as given
	Value    float64  `json:"value"`
	Runs     []string `json:"runs"`
	Passed   int      `json:"passed"` // runs whose checks all hold
	Offered  Spread   `json:"offered"`
	OK       Spread   `json:"ok"`
	Errors   Spread   `json:"errors"`    // %
	InFlight Spread   `json:"in_flight"` // of the successes, by Little's law
	Mean     Spread   `json:"mean_ms"`
	P50      Spread   `json:"p50_ms"`
	P95      Spread   `json:"p95_ms"`
	P99      Spread   `json:"p99_ms"`
	// SpeedUp is of the throughput against the first value, with its bootstrap
	// interval from five runs on; null for a load.
	SpeedUp     *float64 `json:"speed_up"`
	SpeedUpLow  *float64 `json:"speed_up_low"`
	SpeedUpHigh *float64 `json:"speed_up_high"`
	// Efficiency is the speed-up for what was added to the first value, null
	// where either was not saturated or the scalability law does not hold; of a
	// load, what succeeded of what was offered. Its interval is that of the
	// speed-up, or of a load that of the median over the runs, from six on.
	Efficiency     *float64 `json:"efficiency"`
	EfficiencyLow  *float64 `json:"efficiency_low"`
	EfficiencyHigh *float64 `json:"efficiency_high"`

	rates  []float64 // of the successes, by run
	served []float64 // what succeeded of what was offered, by run
	users  bool      // the load is of users, who wait for their answers: they offer what is served
}

// USL is the Universal Scalability Law fitted to the runs of a curve. N is the
// size, or of a load the requests in flight.
type USL struct {
	Gamma Fitted  `json:"gamma"` // throughput of one
	Alpha Fitted  `json:"alpha"` // contention
	Beta  Fitted  `json:"beta"`  // coherency
	Peak  *Fitted `json:"peak"`  // N at the largest throughput; null: there is none, or the law does not hold
	PeakX float64 `json:"peak_rate"`
	// LeastN and MostN are the ends of what was driven and fitted; a peak beyond is an extrapolation.
	LeastN float64 `json:"smallest_n"`
	MostN  float64 `json:"largest_n"`
	R2     float64 `json:"r2"`
	Runs   int     `json:"runs"`
}

// Fitted is an estimate with its 95 % interval; null: unbounded.
type Fitted struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// fewestPoints is how many values make a sweep.
const fewestPoints = 3

// Swept says by which parameter the runs are a sweep: the only one in which
// they differ, beside their topology, with three values or more that are
// numbers. "" where they are none, or where runs that look like repetitions are none.
func Swept(runs []*Analysis) string {
	values := map[string]map[string]bool{}
	for _, a := range runs {
		if a.Scenario != runs[0].Scenario {
			return ""
		}
		for name, v := range a.Params {
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][v] = true
		}
	}
	swept := ""
	for name, seen := range values {
		if len(seen) < 2 {
			continue
		}
		if swept != "" || len(seen) < fewestPoints {
			return ""
		}
		swept = name
		for v := range seen {
			if _, _, ok := quantity(v); !ok {
				return ""
			}
		}
	}
	if swept == "" || len(mixedInputs(runs)) > 0 {
		return ""
	}
	return swept
}

// quantity reads a value of a parameter: a rate of arrivals, or a plain number above 0.
func quantity(text string) (v float64, load, ok bool) {
	number, load := strings.CutSuffix(strings.TrimSpace(text), "/s")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	return v, load, err == nil && v > 0 && !math.IsInf(v, 1)
}

// Sweep reports a sweep by the parameter that Swept names.
func Sweep(runs []*Analysis, param string) *Scaling {
	s := &Scaling{Format: runs[0].Format, Scenario: runs[0].Scenario, Engine: runs[0].Engine, Backend: runs[0].Backend, Param: param, Load: true}
	groups := group(runs, false)
	s.Doubts = doubts(groups)
	for _, a := range runs {
		_, load, _ := quantity(a.Params[param])
		s.Load = s.Load && load
		s.results = append(s.results, &a.Result)
	}
	fewest, most := math.MaxInt, 0
	for _, g := range groups {
		c := Curve{Topology: g.label, Points: points(g, param)}
		for _, p := range c.Points {
			fewest, most = min(fewest, len(p.Runs)), max(most, len(p.Runs))
		}
		c.fit(g, s.Load)
		c.scale(s.Load)
		c.find(s)
		s.Curves = append(s.Curves, c)
		for _, p := range c.Points {
			s.groups = append(s.groups, &runGroup{label: fmt.Sprintf("%s at %s = %s", c.Topology, param, p.Text), runs: g.named(p.Runs)})
		}
	}
	s.Notes = append(s.method(fewest, most), differences(alikeIn(runs, param))...)
	return s
}

// alikeIn are the runs that have the first one's value of the parameter: what
// those differ in is more than was swept.
func alikeIn(runs []*Analysis, param string) []*Analysis {
	var same []*Analysis
	for _, a := range runs {
		if a.Params[param] == runs[0].Params[param] {
			same = append(same, a)
		}
	}
	return same
}

// method says what the sweep rests on.
func (s *Scaling) method(fewest, most int) []string {
	runs := fmt.Sprintf("%s of each value", counted(most, "run"))
	if fewest != most {
		runs = fmt.Sprintf("%d to %d runs of each value", fewest, most)
	}
	notes := []string{runs + ", medians of all requests outside the warm-up."}
	if most < fewestRuns {
		notes[0] += fmt.Sprintf(" Intervals of medians need %d.", fewestRuns)
	}
	if s.Load {
		return append(notes, "The knee is where throughput divided by the mean latency is largest (Kleinrock 1979). N of the scalability law "+
			"is the successes in flight, rate times mean latency (Little's law).")
	}
	notes = append(notes, "Speed-up is the throughput against that of the first value; efficiency is the speed-up for what was added; "+
		"their intervals, from five runs on, are by bootstrap. They say something where the load is more than the system can take: "+
		"there is no efficiency where all that was offered was served, or where the scalability law does not hold.")
	if slices.ContainsFunc(s.Curves, func(c Curve) bool { return c.Points[0].users }) {
		notes = append(notes, "Users wait for their answers and offer no more than is served: whether they or the system are the limit the throughput alone does not tell.")
	}
	return notes
}

// fit fits the scalability law to every run that tells the throughput of its
// size. A load needs no saturation for that: its N is measured as well.
func (c *Curve) fit(g *runGroup, load bool) {
	var sizes, rates []float64
	c.LeftOut = []string{}
	for i := range c.Points {
		p := &c.Points[i]
		if !load && !p.saturated() {
			c.LeftOut = append(c.LeftOut, p.Text)
			continue
		}
		for _, a := range g.named(p.Runs) {
			m, n := a.Results[Total][All], p.Value
			if load {
				n = inFlight(m)
			}
			if n > 0 && m.OKRate > 0 {
				sizes, rates = append(sizes, n), append(rates, m.OKRate)
			}
		}
	}
	u, err := stats.FitUSL(sizes, rates)
	if err != nil {
		return
	}
	fitted := func(e stats.Estimate) Fitted { return Fitted{e.Value, finite(e.Low), finite(e.High)} }
	c.USL = &USL{Gamma: fitted(u.Gamma), Alpha: fitted(u.Alpha), Beta: fitted(u.Beta), R2: u.R2, Runs: u.Samples, LeastN: slices.Min(sizes), MostN: slices.Max(sizes)}
	if !c.USL.holds() {
		return
	}
	c.law = u
	if u.Peak != nil {
		peak := fitted(*u.Peak)
		c.USL.Peak, c.USL.PeakX = &peak, u.PeakX
	}
}

// holds says no where the fit has what the law has no meaning for: a negative
// contention or coherency, a throughput of one that is none.
func (u *USL) holds() bool {
	return !u.superlinear() && !(u.Beta.High != nil && *u.Beta.High*u.MostN < -slightly) && u.Gamma.Value > 0
}

// superlinear says that the throughput grows more than in proportion.
func (u *USL) superlinear() bool { return u.Alpha.High != nil && *u.Alpha.High < -slightly }

// slightly is how far below 0 a share is as good as none: runs without noise have
// intervals without width.
const slightly = 0.01
