package arrival_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

const phase = 20 * time.Second

// processes are open processes of every kind, at rates that a test can count.
func processes() map[string]arrival.Open {
	return map[string]arrival.Open{
		"constant":       &arrival.Constant{PerSecond: 130},
		"poisson":        &arrival.Poisson{PerSecond: 130},
		"ramp":           &arrival.Ramp{From: 0, To: 300},
		"ramp down":      &arrival.Ramp{From: 300, To: 10},
		"sine":           &arrival.Sine{Low: 20, High: 300, Period: 3 * time.Second},
		"poisson sine":   &arrival.Sine{High: 300, Random: true},
		"poisson ramp":   &arrival.Ramp{From: 20, To: 300, Random: true},
		"steps":          &arrival.Steps{Rates: []unit.Rate{50, 0, 200}},
		"listed steps":   &arrival.Steps{List: []arrival.Step{{PerSecond: 50, For: 12 * time.Second}, {PerSecond: 300}}},
		"poisson steps":  &arrival.Steps{Rates: []unit.Rate{50, 200}, Random: true},
		"spike":          &arrival.Spike{Base: 50, Peak: 500, At: 8 * time.Second, For: 3 * time.Second, Random: true},
		"even spike":     &arrival.Spike{Base: 50, Peak: 500, At: 8 * time.Second, For: 3 * time.Second},
		"dip":            &arrival.Spike{Base: 200, Peak: 0, At: 0, For: 3 * time.Second, Random: true},
		"spike at large": &arrival.Spike{Base: 50, Peak: 500, At: 8 * time.Second, For: 3 * time.Second, Jitter: 5 * time.Second},
	}
}

func instants(p arrival.Open, length time.Duration, seed uint64) []time.Duration {
	return slices.Collect(p.Arrivals(length, arrival.PhaseIdentity(seed, 0)))
}

// expected integrates the declared rate from one instant to another.
func expected(p arrival.Open, from, to, length time.Duration) float64 {
	const n = 4000
	sum := 0.0
	for i := range n {
		sum += p.Rate(from+(to-from)*time.Duration(2*i+1)/(2*n), length)
	}
	return sum / n * (to - from).Seconds()
}

// Declared is achieved: in each tenth of the phase as many arrive as the rate
// says, within a deviation that is 4 standard ones of a Poisson count.
func TestRateIsAchieved(t *testing.T) {
	for name, p := range processes() {
		if err := p.Validate(phase); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasSuffix(name, "at large") { // its rate is a mean over seeds
			continue
		}
		got := instants(p, phase, 1)
		for i := range 10 {
			from, to := phase*time.Duration(i)/10, phase*time.Duration(i+1)/10
			low, _ := slices.BinarySearch(got, from)
			high, _ := slices.BinarySearch(got, to)
			n, want := float64(high-low), expected(p, from, to, phase)
			if math.Abs(n-want) > 2+4*math.Sqrt(want) {
				t.Errorf("%s: %g arrivals from %s to %s, %.1f expected", name, n, from, to, want)
			}
		}
	}
}

// The mean of the declared rate is what a phase expects, and a trace has no
// minute that is too short for it.
func TestMeanRate(t *testing.T) {
	for name, p := range processes() {
		if got, want := arrival.MeanRate(p, phase), expected(p, 0, phase, phase)/phase.Seconds(); math.Abs(got-want) > 1e-3*want {
			t.Errorf("%s: %g/s, want %g", name, got, want)
		}
	}
	day24 := &arrival.Trace{Sample: "shop-day", Scale: 1, Speed: 1440}
	got, want := arrival.MeanRate(day24, time.Minute)*60, float64(len(instants(day24, time.Minute, 1)))
	if math.Abs(got-want) > 1 {
		t.Errorf("%g arrivals are expected of the sample, and %g come", got, want)
	}
}

// The highest rate is one that the phase comes to, and nothing is above it,
// however short it lasts.
func TestHighestRate(t *testing.T) {
	for name, p := range processes() {
		most := 0.0
		for i := range 4000 {
			most = max(most, p.Rate(phase*time.Duration(2*i+1)/8000, phase))
		}
		if name == "spike at large" {
			most = 500 // each draw of it comes there, and their mean never does
		}
		if got := p.Highest(phase); got < most-1e-9 || got > 1.01*most {
			t.Errorf("%s: %g/s, want %g", name, got, most)
		}
	}
	short := &arrival.Spike{Base: 60, Peak: 5000, At: 100500 * time.Millisecond, For: 10 * time.Millisecond}
	if got := short.Highest(600 * time.Second); got != 5000 {
		t.Errorf("a short spike: %g/s", got)
	}
	if got := (&arrival.Steps{List: []arrival.Step{{PerSecond: 50, For: phase}, {PerSecond: 300}}}).Highest(phase); got != 50 {
		t.Errorf("what comes after the phase: %g/s", got)
	}
	day24 := &arrival.Trace{Sample: "shop-day", Scale: 1, Speed: 1440}
	most := 0.0
	for at := time.Duration(0); at < time.Minute; at += 10 * time.Millisecond {
		most = max(most, day24.Rate(at, time.Minute))
	}
	if got := day24.Highest(time.Minute); got != most {
		t.Errorf("a trace: %g/s, want %g", got, most)
	}
	stamps := trace(t, "0\n5\n5.1\n5.2\n9\n9.5\n9.6\n9.7\n")
	stamps.Speed = 2
	for length, want := range map[time.Duration]float64{time.Second: 2, 3 * time.Second: 6, 5 * time.Second: 8} {
		if got := stamps.Highest(length); got != want {
			t.Errorf("of the timestamps in %v: %g/s, want %g", length, got, want)
		}
	}
}

// Without chance the count is the expected one, rounded.
func TestEvenCountIsExact(t *testing.T) {
	for _, name := range []string{"constant", "ramp", "ramp down", "steps", "listed steps", "even spike"} {
		p := processes()[name]
		if n, want := len(instants(p, phase, 1)), expected(p, 0, phase, phase); math.Abs(float64(n)-want) > 1.01 {
			t.Errorf("%s: %d arrivals, %.2f expected", name, n, want)
		}
	}
}

func TestInstants(t *testing.T) {
	ms := func(list ...float64) (out []time.Duration) {
		for _, v := range list {
			out = append(out, time.Duration(v*float64(time.Millisecond)))
		}
		return out
	}
	for _, c := range []struct {
		name string
		p    arrival.Open
		want []time.Duration
	}{
		{"a constant rate begins and ends half a gap from the border", &arrival.Constant{PerSecond: 5}, ms(100, 300, 500, 700, 900)},
		{"a rate of 0", &arrival.Constant{}, nil},
		{"no poisson arrivals at 0", &arrival.Poisson{}, nil},
		// Λ(t) = 4t², so arrival k comes at √((k+½)/4).
		{"a ramp", &arrival.Ramp{To: 8}, ms(353.553390, 612.372435, 790.569415, 935.414346)},
		{"a flat ramp", &arrival.Ramp{From: 4, To: 4}, ms(125, 375, 625, 875)},
		// Λ is 0.75 at 250 ms and stays there; 1.5 is reached 125 ms into the last quarter.
		{"a silent step keeps what was due before it", &arrival.Steps{Rates: []unit.Rate{3, 0, 0, 6}}, ms(500.0/3, 875)},
		{"steps that join", &arrival.Steps{List: []arrival.Step{{PerSecond: 2, For: 500 * time.Millisecond}, {PerSecond: 4}}}, ms(250, 625, 875)},
	} {
		got := slices.Collect(c.p.Arrivals(time.Second, 1))
		if !slices.EqualFunc(got, c.want, func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond }) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheSameSeedGivesTheSameInstants(t *testing.T) {
	for name, p := range processes() {
		first := instants(p, phase, 5)
		if !slices.Equal(first, instants(p, phase, 5)) {
			t.Errorf("%s: two readings differ", name)
		}
		random := strings.Contains(name, "poisson") || name == "spike" || name == "dip" || name == "spike at large"
		if random == slices.Equal(first, instants(p, phase, 6)) {
			t.Errorf("%s: seeds 5 and 6 agree is %v", name, !random)
		}
	}
}

// A longer phase of the same rate begins like a shorter one: draws hang on
// arrivals, not on how many there are.
func TestDrawsDoNotDependOnLength(t *testing.T) {
	p := &arrival.Poisson{PerSecond: 50}
	short, long := instants(p, time.Second, 2), instants(p, time.Minute, 2)
	if !slices.Equal(short, long[:len(short)]) {
		t.Error("the first second of a minute is not the second alone")
	}
}

// The gaps of Poisson arrivals are exponential (Kolmogorov–Smirnov), their
// counts per second Poisson (chi-square on variance), and neighbouring gaps do
// not know of each other.
func TestPoissonIsPoisson(t *testing.T) {
	const rate, length = 200.0, 500 * time.Second
	for seed := range uint64(5) {
		got := instants(&arrival.Poisson{PerSecond: rate}, length, seed)
		gaps := make([]float64, len(got)-1)
		counts := make([]float64, int(length/time.Second))
		for i, at := range got {
			counts[at/time.Second]++
			if i > 0 {
				gaps[i-1] = (at - got[i-1]).Seconds() * rate
			}
		}
		n := float64(len(gaps))
		product := 0.0
		for i := range len(gaps) - 1 {
			product += (gaps[i] - 1) * (gaps[i+1] - 1)
		}
		if r := product / n; math.Abs(r) > 4/math.Sqrt(n) {
			t.Errorf("seed %d: gaps correlate by %.4f", seed, r)
		}
		if d := ksExponential(gaps) * math.Sqrt(n); d > 1.95 { // 0.1 %
			t.Errorf("seed %d: the gaps are not exponential: √n·D = %.2f", seed, d)
		}
		m := float64(len(counts))
		spread := 0.0
		for _, c := range counts {
			spread += (c - rate) * (c - rate) / rate
		}
		if math.Abs(spread-m) > 4*math.Sqrt(2*m) {
			t.Errorf("seed %d: chi-square of the counts is %.0f, of %.0f expected", seed, spread, m)
		}
	}
}

// ksExponential returns the greatest distance between the sample's distribution
// and the exponential one of mean 1.
func ksExponential(sample []float64) float64 {
	slices.Sort(sample)
	d, n := 0.0, float64(len(sample))
	for i, x := range sample {
		f := -math.Expm1(-x)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	return d
}

// Over many seeds a jittered spike begins everywhere in its range, and the mean
// of the arrivals is the declared rate.
func TestJitteredSpikeMeansItsRate(t *testing.T) {
	p := &arrival.Spike{Base: 10, Peak: 200, At: 8 * time.Second, For: 3 * time.Second, Jitter: 5 * time.Second}
	const seeds = 400
	perSecond := make([]float64, phase/time.Second)
	for seed := range uint64(seeds) {
		for _, at := range instants(p, phase, seed) {
			perSecond[at/time.Second] += 1.0 / seeds
		}
	}
	for i, got := range perSecond {
		at := time.Duration(i) * time.Second
		want := expected(p, at, at+time.Second, phase)
		// Each seed gives about base or peak, so a mean deviates by at most their half distance over √seeds.
		if math.Abs(got-want) > 4*95/math.Sqrt(seeds) {
			t.Errorf("second %d: %.1f arrivals on average, %.1f declared", i, got, want)
		}
	}
}

func TestPropertiesOfEveryProcess(t *testing.T) {
	rate := rapid.Map(rapid.Float64Range(0, 3000), func(v float64) unit.Rate { return unit.Rate(v) })
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, int64(3*time.Second)).Draw(t, "length"))
		random := rapid.Bool().Draw(t, "random")
		part := func(name string, of time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(of)).Draw(t, name))
		}
		at := part("at", length-1)
		lasts := 1 + part("for", length-at-1)
		p := rapid.SampledFrom([]arrival.Open{
			&arrival.Constant{PerSecond: rate.Draw(t, "rate")},
			&arrival.Poisson{PerSecond: rate.Draw(t, "rate")},
			&arrival.Ramp{From: rate.Draw(t, "from"), To: rate.Draw(t, "to"), Random: random},
			&arrival.Steps{Rates: rapid.SliceOfN(rate, 1, 5).Draw(t, "rates"), Random: random},
			&arrival.Steps{List: []arrival.Step{{rate.Draw(t, "first"), lasts}, {PerSecond: rate.Draw(t, "second")}}, Random: random},
			&arrival.Spike{Base: rate.Draw(t, "base"), Peak: rate.Draw(t, "peak"), At: at, For: lasts,
				Jitter: part("jitter", min(at, length-at-lasts)), Random: random},
		}).Draw(t, "process")
		if err := p.Validate(length); err != nil {
			t.Fatal(err)
		}
		id := work.Identity(rapid.Uint64().Draw(t, "identity"))
		last, n := time.Duration(0), 0
		for at := range p.Arrivals(length, id) {
			if at < last || at >= length {
				t.Fatalf("arrival %d at %s, after %s, in a phase of %s", n, at, last, length)
			}
			last = at
			n++
		}
		want := expected(p, 0, length, length)
		if s, jittered := p.(*arrival.Spike); jittered && s.Jitter > 0 {
			return
		}
		if math.Abs(float64(n)-want) > 3+6*math.Sqrt(want) {
			t.Fatalf("%d arrivals, %.1f expected", n, want)
		}
	})
}

func TestStoppingEarly(t *testing.T) {
	for name, p := range processes() {
		n := 0
		for range p.Arrivals(phase, 1) {
			if n++; n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%s: %d arrivals before the break", name, n)
		}
	}
}

func TestValidate(t *testing.T) {
	second := time.Second
	for _, c := range []struct {
		p    arrival.Process
		want string // in the message; "" where nothing is wrong
	}{
		{&arrival.Constant{PerSecond: 50}, ""},
		{&arrival.Constant{PerSecond: 1e9}, "rate is 1000000000/s: it lies between 0/s and 10000000/s"},
		{&arrival.Constant{PerSecond: unit.Rate(math.NaN())}, "rate is NaN/s"},
		{&arrival.Poisson{PerSecond: -1}, "rate is -1/s"},
		{&arrival.Ramp{From: -1, To: 1e9}, "from is -1/s"},
		{&arrival.Sine{Low: 2, High: 1}, "swap them"},
		{&arrival.Sine{High: 1, Period: -1}, "period is -1ns"},
		{&arrival.Sine{High: 1, Period: 1}, "more than 10000 periods"},
		{&arrival.Ramp{From: -1, To: 1e9}, "to is 1000000000/s"},
		{&arrival.Steps{}, "either rates, or a list"},
		{&arrival.Steps{Rates: []unit.Rate{1}, List: []arrival.Step{{PerSecond: 1}}}, "either rates, or a list"},
		{&arrival.Steps{Rates: []unit.Rate{1, -1}}, "rate 2 is -1/s"},
		{&arrival.Steps{List: []arrival.Step{{PerSecond: 1}, {PerSecond: 1}}}, "step 1 has no length"},
		{&arrival.Steps{List: []arrival.Step{{1, 2 * time.Minute}}}, "the steps last 2m0s, but the phase 20s"},
		{&arrival.Spike{Base: 1, Peak: 2, At: second, For: 0}, "lasts longer than 0s"},
		{&arrival.Spike{Base: 1, Peak: 2, At: 19 * second, For: 2 * second}, "between 19s and 21s, not within the phase of 20s"},
		{&arrival.Spike{Base: 1, Peak: 2, At: second, For: second, Jitter: 2 * second}, "between -1s and 4s"},
		{&arrival.Closed{Users: 5}, ""},
		{&arrival.Closed{}, "users is 0"},
		{&arrival.Closed{Users: arrival.MaxUsers + 1}, "users is 100001"},
	} {
		err := c.p.Validate(phase)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.p, err, c.want)
		}
	}
}

// The forms that users write, through the decoder.
func TestWrittenForms(t *testing.T) {
	for text, want := range map[string]arrival.Process{
		"{constant: 50/s}":         &arrival.Constant{PerSecond: 50},
		"{constant: {rate: 60/m}}": &arrival.Constant{PerSecond: 1},
		"{poisson: 200/s}":         &arrival.Poisson{PerSecond: 200},
		"{sine: {high: 9/s}}":      &arrival.Sine{High: 9, Random: true},
		"{sine: {low: 1/s, high: 9/s, period: 5s, poisson: false}}": &arrival.Sine{Low: 1, High: 9, Period: 5 * time.Second},
		"{ramp: {to: 100/s}}":                                              &arrival.Ramp{To: 100},
		"{ramp: {from: 5/s, to: 100/s, poisson: true}}":                    &arrival.Ramp{From: 5, To: 100, Random: true},
		"{steps: [1/s, 2/s]}":                                              &arrival.Steps{Rates: []unit.Rate{1, 2}},
		"{steps: {list: [{rate: 1/s, for: 5s}, {rate: 2/s}]}}":             &arrival.Steps{List: []arrival.Step{{1, 5 * time.Second}, {2, 0}}},
		"{spike: {base: 1/s, peak: 9/s, at: 2s, for: 1s}}":                 &arrival.Spike{Base: 1, Peak: 9, At: 2 * time.Second, For: time.Second, Random: true},
		"{spike: {base: 1/s, peak: 9/s, at: 2s, for: 1s, poisson: false}}": &arrival.Spike{Base: 1, Peak: 9, At: 2 * time.Second, For: time.Second},
		"{closed: 5}": &arrival.Closed{Users: 5},
		"{closed: {users: 5, think: {exponential: 1s}}}": &arrival.Closed{Users: 5, Think: work.Dist{Kind: work.Exponential, A: time.Second}},
	} {
		docs, problems := decode.Read("s.yaml", []byte("scenario: s\nload: "+text+"\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		d := decode.New(&docs[0])
		got, ok := decode.Choice(d, docs[0].Get("load"), arrival.Processes)
		if !ok || !equal(got, want) {
			t.Errorf("%s is %+v, want %+v (%v)", text, got, want, d.Problems)
		}
	}
}

func TestEveryProcessIsExplained(t *testing.T) {
	want := []string{"closed", "constant", "poisson", "ramp", "sine", "spike", "steps", "trace"}
	if got := arrival.Processes.Names(); !slices.Equal(got, want) {
		t.Errorf("registered are %v, want %v", got, want)
	}
	for _, d := range arrival.Processes.All() {
		if !strings.Contains(d.Doc, "`{"+d.Name) {
			t.Errorf("%s shows no example", d.Name)
		}
	}
}

func BenchmarkArrivals(b *testing.B) {
	for name, p := range processes() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			n := 0
			for n < b.N {
				for range p.Arrivals(phase, work.Identity(b.N)) {
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "arrivals/s")
		})
	}
}

// TestSineIsOne: between its bounds, lowest at its begin, highest half a period
// later, and its mean is the middle of the two.
func TestSineIsOne(t *testing.T) {
	s := &arrival.Sine{Low: 10, High: 30, Period: 8 * time.Second}
	for at, want := range map[time.Duration]float64{0: 10, 2 * time.Second: 20, 4 * time.Second: 30, 8 * time.Second: 10, 10 * time.Second: 20} {
		if got := s.Rate(at, 20*time.Second); math.Abs(got-want) > 0.02 {
			t.Errorf("at %s it is %g, want %g", at, got, want)
		}
	}
	n := 0
	for range s.Arrivals(16*time.Second, 1) {
		n++
	}
	if n != 320 {
		t.Errorf("%d arrivals in two periods, want 320", n)
	}
}
