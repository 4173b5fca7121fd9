package reports

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

// swept are runs of a made-up system at several values of a parameter, some of
// each: what is offered, and what is served in what time, follows from the value.
func swept(t *testing.T, param string, values map[string][3]float64, repetitions int) []*Analysis {
	t.Helper()
	var runs []*Analysis
	for text, v := range values {
		offered, served, took := v[0], v[1], time.Duration(v[2]*float64(milli))
		for k := range repetitions {
			s := steadyScript(10 * second)
			s.id.Params, s.id.Seed = map[string]string{param: text}, uint64(k)
			s.id.Phases[0].Rate = offered
			for i := range int(offered * 10) {
				cause := policy.OK
				if math.Floor(float64(i+1)*served/offered) == math.Floor(float64(i)*served/offered) {
					cause = policy.RejectedQueue
				}
				s.send("home", time.Duration(float64(i)/offered*float64(second)), took+time.Duration(k)*100*time.Microsecond, cause)
			}
			runs = append(runs, s.analyze(t, Options{}))
		}
	}
	return runs
}

// A system whose latency doubles with each step beyond 40 a second.
func TestSweepOfLoad(t *testing.T) {
	runs := swept(t, "rate", map[string][3]float64{
		"10/s": {10, 10, 10}, "20/s": {20, 20, 10}, "40/s": {40, 40, 11}, "80/s": {80, 70, 60}, "160/s": {160, 68, 130},
	}, 2)
	if got := Swept(runs); got != "rate" {
		t.Fatalf("swept by %q", got)
	}
	s := Sweep(runs, "rate")
	c := s.Curves[0]
	if len(c.Points) != 5 || c.Points[0].Text != "10/s" || c.Points[4].Value != 160 || !s.Load {
		t.Fatalf("%+v", c.Points)
	}
	if c.Knee == nil || *c.Knee != 40 {
		t.Errorf("the knee is at %v", c.Knee)
	}
	if p := c.Points[3]; math.Abs(*p.OK.Median-70) > 0.5 || math.Abs(*p.Efficiency-0.875) > 0.01 || p.SpeedUp != nil || len(p.Runs) != 2 {
		t.Errorf("%+v", p)
	}
	// 10 in flight at 10 ms each and 10 a second, by Little's law.
	if got := *c.Points[0].InFlight.Median; math.Abs(got-0.1005) > 1e-3 {
		t.Error(got)
	}
	text := strings.Join(c.Findings, "\n")
	for _, want := range []string{"The knee is at rate = 40/s", "p99 is 11.1 ms there, and 60.0 ms at 80/s", "From rate = 80/s on not all is served: 12.5 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	d := s.Document()
	if d.Title != "test: rate from 10/s to 160/s" || !strings.Contains(d.Sections[1].Title, "the knee is at rate = 40") {
		t.Errorf("%q, %q", d.Title, d.Sections[1].Title)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
}

// Throughputs on a curve of the law are found again, with speed-up and efficiency.
func TestSweepOfReplicas(t *testing.T) {
	const gamma, alpha, beta = 40, 0.05, 0.02
	values := map[string][3]float64{}
	for text, n := range map[string]float64{"1": 1, "2": 2, "4": 4, "8": 8, "12": 12} {
		values[text] = [3]float64{200, gamma * n / (1 + alpha*(n-1) + beta*n*(n-1)), 20}
	}
	s := Sweep(swept(t, "replicas", values, 1), "replicas")
	c := s.Curves[0]
	if s.Load || c.Knee != nil || c.USL == nil || c.USL.Peak == nil {
		t.Fatalf("%+v", c)
	}
	if math.Abs(c.USL.Alpha.Value-alpha) > 0.02 || math.Abs(c.USL.Beta.Value-beta) > 0.004 || math.Abs(c.USL.Peak.Value-6.89) > 0.5 {
		t.Errorf("%+v, peak %+v", c.USL, c.USL.Peak)
	}
	if p := c.Points[1]; math.Abs(*p.SpeedUp-1.83) > 0.03 || math.Abs(*p.Efficiency-0.917) > 0.02 || p.SpeedUpLow != nil {
		t.Errorf("%+v", p)
	}
	if text := strings.Join(c.Findings, "\n"); !strings.Contains(text, "the throughput peaks at") || !strings.Contains(text, "Contention α is") {
		t.Error(text)
	}
	titles := ""
	for _, section := range s.Document().Sections {
		titles += section.Title + "\n"
	}
	if !strings.Contains(titles, "Scalability law of small") {
		t.Error(titles)
	}
}

// Where all is served at every size, nothing is said of how it scales up; from
// five runs on a speed-up has an interval.
func TestSweepBelowSaturation(t *testing.T) {
	c := Sweep(swept(t, "replicas", map[string][3]float64{"1": {10, 10, 5}, "2": {10, 10, 5}, "3": {10, 10, 5}}, 5), "replicas").Curves[0]
	if len(c.Findings) != 1 || !strings.Contains(c.Findings[0], "The load was served at every value") || c.USL != nil || len(c.LeftOut) != 3 {
		t.Errorf("%q, %+v", c.Findings, c.USL)
	}
	if p := c.Points[2]; p.SpeedUpLow == nil || *p.SpeedUpLow > 1 || *p.SpeedUpHigh < 1 || p.speedUp().Text != "1.00" || p.Efficiency != nil {
		t.Errorf("%+v", p)
	}
	if p := c.Points[0]; p.SpeedUpLow != nil || p.Efficiency != nil {
		t.Errorf("against itself: %+v", p)
	}
}

// The efficiency of a size has the interval of its speed-up, for what was added.
func TestEfficiencyOfASize(t *testing.T) {
	c := Sweep(swept(t, "replicas", map[string][3]float64{"1": {50, 10, 5}, "2": {50, 19, 5}, "3": {50, 27, 5}}, 5), "replicas").Curves[0]
	if p := c.Points[2]; p.Efficiency == nil || math.Abs(*p.Efficiency-0.9) > 0.01 || p.SpeedUpLow == nil ||
		math.Abs(*p.EfficiencyLow-*p.SpeedUpLow/3) > 1e-12 || math.Abs(*p.EfficiencyHigh-*p.SpeedUpHigh/3) > 1e-12 {
		t.Errorf("%+v", p)
	}
	if p := c.Points[0]; *p.Efficiency != 1 || p.SpeedUpLow != nil || p.EfficiencyLow != nil {
		t.Errorf("against itself: %+v", p)
	}
}

// What served all that was offered tells the load and not the capacity: it is no
// part of the fit, has no efficiency, and is named.
func TestSweepLeavesOutWhatWasServed(t *testing.T) {
	values := map[string][3]float64{"1": {200, 40, 20}, "2": {200, 75, 20}, "4": {200, 132, 20}, "8": {200, 200, 20}, "12": {200, 199.5, 20}}
	s := Sweep(swept(t, "replicas", values, 2), "replicas")
	c := s.Curves[0]
	if len(c.LeftOut) != 2 || c.LeftOut[0] != "8" || c.LeftOut[1] != "12" || c.USL == nil || c.USL.MostN != 4 || c.USL.Runs != 6 {
		t.Fatalf("%q, %+v", c.LeftOut, c.USL)
	}
	if c.Points[2].Efficiency == nil || c.Points[3].Efficiency != nil || c.Points[4].Efficiency != nil || c.Points[4].SpeedUp == nil {
		t.Errorf("%+v", c.Points)
	}
	text := strings.Join(c.Findings, "\n")
	if !strings.Contains(text, "All that was offered was served at replicas = 8, 12") || strings.Contains(text, "the throughput peaks") {
		t.Error(text)
	}
	law := s.loadSection().Blocks[0].(*Chart).Panels[0].Lines[1].Points
	if last := law[len(law)-1].X; last != 4 {
		t.Errorf("the law is drawn up to %v", last)
	}
	// Two that are left are too few to fit, and tell their efficiency all the same.
	delete(values, "4")
	c = Sweep(swept(t, "replicas", values, 2), "replicas").Curves[0]
	if text := strings.Join(c.Findings, "\n"); c.USL != nil || c.Points[1].Efficiency == nil || !strings.Contains(text, "needs three values, and 2 are left") {
		t.Errorf("%q, %+v", text, c.Points[1])
	}
}

// A system that starves at the first values gains more than in proportion: the
// law does not hold, and tells neither peak nor efficiency.
func TestSweepOfWhatStarves(t *testing.T) {
	values := map[string][3]float64{"0.25": {500, 6, 900}, "0.5": {500, 60, 700}, "0.75": {500, 290, 300}, "1": {500, 410, 100}, "2": {500, 498, 20}}
	s := Sweep(swept(t, "cores", values, 2), "cores")
	c := s.Curves[0]
	if c.USL == nil || c.USL.Alpha.Value >= 0 || c.USL.Peak != nil || c.USL.PeakX != 0 || c.law != nil {
		t.Fatalf("%+v", c.USL)
	}
	for _, p := range c.Points {
		if p.Efficiency != nil || p.SpeedUp == nil {
			t.Errorf("%+v", p)
		}
	}
	text := strings.Join(c.Findings, "\n")
	if !strings.Contains(text, "The scalability law does not hold") || strings.Contains(text, "peak") {
		t.Error(text)
	}
	for _, section := range s.Document().Sections {
		if strings.HasPrefix(section.Title, "Scalability law") {
			t.Error(section.Title)
		}
	}
}

// A peak is read off the curve only where runs went past it; else it is said to
// be no measurement.
func TestPeakBeyondTheRuns(t *testing.T) {
	const gamma, alpha, beta = 40, 0.02, 0.01 // peaks at N = 9.9
	of := func(sizes ...float64) string {
		values := map[string][3]float64{}
		for _, n := range sizes {
			values[setting(n)] = [3]float64{900, gamma * n / (1 + alpha*(n-1) + beta*n*(n-1)), 20}
		}
		return strings.Join(Sweep(swept(t, "replicas", values, 2), "replicas").Curves[0].Findings, "\n")
	}
	if text := of(1, 2, 4, 8, 16); !strings.Contains(text, "the throughput peaks at") {
		t.Error(text)
	}
	if text := of(1, 2, 3, 4, 6); !strings.Contains(text, "would peak at") || !strings.Contains(text, "that is an extrapolation: no run went beyond N = 6") {
		t.Error(text)
	}
	if text := of(1, 2, 40); !strings.Contains(text, "would peak at") || !strings.Contains(text, "no run shows that peak") {
		t.Error(text)
	}
}

// Users offer what is served: the law is fitted to all of their numbers.
func TestSweepOfUsers(t *testing.T) {
	runs := swept(t, "users", map[string][3]float64{"1": {10, 10, 5}, "2": {19, 19, 5}, "4": {34, 34, 5}, "8": {50, 50, 5}}, 1)
	for _, a := range runs {
		a.Phases[0].Rate = 0
	}
	s := Sweep(runs, "users")
	if c := s.Curves[0]; c.USL == nil || c.USL.Runs != 4 || len(c.LeftOut) > 0 || c.Points[3].Efficiency == nil {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(strings.Join(s.Notes, "\n"), "Users wait for their answers") {
		t.Errorf("%q", s.Notes)
	}
}

// The efficiency of a load has an interval from six runs on, that of the median
// of what each of them served.
func TestEfficiencyOfALoad(t *testing.T) {
	values := map[string][3]float64{"10/s": {10, 10, 5}, "20/s": {20, 18, 5}, "30/s": {30, 18, 5}}
	if p := Sweep(swept(t, "rate", values, 5), "rate").Curves[0].Points[1]; p.EfficiencyLow != nil {
		t.Errorf("five runs bound it: %v to %v", *p.EfficiencyLow, *p.EfficiencyHigh)
	}
	p := Sweep(swept(t, "rate", values, 6), "rate").Curves[0].Points[1]
	if p.EfficiencyLow == nil || *p.EfficiencyLow > *p.Efficiency+1e-9 || *p.EfficiencyHigh < *p.Efficiency-1e-9 {
		t.Errorf("%+v", p)
	}
}

func TestSwept(t *testing.T) {
	of := func(params ...map[string]string) []*Analysis {
		var runs []*Analysis
		for _, p := range params {
			runs = append(runs, &Analysis{Result: Result{Scenario: "s", Params: p}})
		}
		return runs
	}
	at := func(name string, values ...string) []*Analysis {
		var all []map[string]string
		for _, v := range values {
			all = append(all, map[string]string{name: v, "other": "x"})
		}
		return of(all...)
	}
	for _, c := range []struct {
		runs []*Analysis
		want string
	}{
		{at("rate", "1/s", "2/s", "3/s"), "rate"}, {at("n", "1", "2", "4", "1"), "n"},
		{at("rate", "1/s", "2/s"), ""},               // too few for a curve
		{at("memory", "64Mi", "128Mi", "256Mi"), ""}, // no plain number
		{at("n", "0", "1", "2"), ""},                 // no size
		{of(map[string]string{}, map[string]string{}), ""},
		{of(map[string]string{"a": "1", "b": "1"}, map[string]string{"a": "2", "b": "2"}, map[string]string{"a": "3", "b": "3"}), ""},
	} {
		if got := Swept(c.runs); got != c.want {
			t.Errorf("%v: %q, want %q", c.runs[0].Params, got, c.want)
		}
	}
	two := at("rate", "1/s", "2/s", "3/s")
	two[1].Scenario = "another"
	if got := Swept(two); got != "" {
		t.Errorf("two scenarios are swept by %q", got)
	}
}

// The drawing of a sweep has a line for each topology, with its medians.
func TestSweepDrawing(t *testing.T) {
	median := func(v float64) Spread { return Spread{Median: &v, Runs: 1} }
	knee := 20.0
	s := &Scaling{Param: "rate", Curves: []Curve{{Topology: "one", Knee: &knee, Points: []Point{
		{Value: 10, OK: median(10), P99: median(2)}, {Value: 20, OK: median(20), P99: median(4)}, {Value: 40, OK: median(22)}}}}}
	chart := s.loadSection().Blocks[0].(*Chart)
	done, latency := chart.Panels[0].Lines[0].Points, chart.Panels[1].Lines[0].Points
	if len(done) != 3 || done[2] != (Spot{40, 22}) || len(latency) != 2 {
		t.Errorf("%v and %v", done, latency)
	}
	if len(chart.Bands) != 1 || chart.Bands[0].From != 20 || chart.Bands[0].To != 40 {
		t.Errorf("%v", chart.Bands)
	}
}

// The drawing of a sweep of sizes has the law beside what was measured: near it
// at each value, and a curve between them.
func TestSweepDrawsTheLaw(t *testing.T) {
	const gamma, alpha, beta = 40, 0.05, 0.02
	values := map[string][3]float64{}
	for text, n := range map[string]float64{"1": 1, "2": 2, "4": 4, "8": 8, "12": 12} {
		values[text] = [3]float64{200, gamma * n / (1 + alpha*(n-1) + beta*n*(n-1)), 20}
	}
	s := Sweep(swept(t, "replicas", values, 1), "replicas")
	section := s.loadSection()
	lines := section.Blocks[0].(*Chart).Panels[0].Lines
	if len(lines) != 2 || !lines[1].Repeats || len(lines[1].Points) != lawSpots+1 {
		t.Fatalf("%+v", lines)
	}
	for _, measured := range lines[0].Points {
		if law := s.Curves[0].law.At(measured.X); math.Abs(law-measured.Y) > 0.03*measured.Y {
			t.Errorf("at %v the law gives %v, and %v was measured", measured.X, law, measured.Y)
		}
	}
	if first, last := lines[1].Points[0].X, lines[1].Points[lawSpots].X; first != 1 || last != 12 {
		t.Errorf("the law goes from %v to %v", first, last)
	}
}
