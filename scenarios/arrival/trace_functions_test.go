package arrival_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/fixtures/traces"
	"windtunnel/scenarios/arrival"
)

// routes collects the instants of a trace by the entries that they ask, and
// says where they are out of order.
func routes(t *testing.T, p *arrival.Trace, length time.Duration, seed uint64) map[string][]time.Duration {
	t.Helper()
	asks, last := p.Asks(), time.Duration(0)
	by := map[string][]time.Duration{}
	for at, i := range p.Routes(length, arrival.PhaseIdentity(seed, 0)) {
		if at < last || at >= length {
			t.Fatalf("%s after %s", at, last)
		}
		last = at
		by[asks[i]] = append(by[asks[i]], at)
	}
	return by
}

func byFunction(t testing.TB, text string) *arrival.Trace {
	p := trace(t, text)
	p.By = "function"
	return p
}

// Each function has its own arrivals in each minute, and what Arrivals yields is
// what Routes yields.
func TestTraceByFunction(t *testing.T) {
	const length = 4 * time.Minute
	p := byFunction(t, azure(day("f", 300, 0, 1200), day("g", 7, 1), day("never"), day("f", 3)))
	if err := p.Validate(length); err != nil {
		t.Fatal(err)
	}
	if got, want := p.Asks(), []string{"f", "g", "never"}; !slices.Equal(got, want) {
		t.Errorf("asks %q, want %q", got, want)
	}
	var all []time.Duration
	for entry, want := range map[string][]int{"f": {303, 0, 1200, 0}, "g": {7, 1, 0, 0}, "never": {0, 0, 0, 0}} {
		counts := make([]int, 4)
		got := routes(t, p, length, 1)[entry]
		for _, at := range got {
			counts[at/time.Minute]++
		}
		if !slices.Equal(counts, want) {
			t.Errorf("%s has %v arrivals by minute, want %v", entry, counts, want)
		}
		all = append(all, got...)
	}
	slices.Sort(all)
	if got := instants(p, length, 1); !slices.Equal(got, all) {
		t.Errorf("%d arrivals, %d with a route", len(got), len(all))
	}
	if r := p.Rate(30*time.Second, length); r != 310.0/60 {
		t.Errorf("the rate of the first minute is %g", r)
	}
}

// Within its minute each arrival of each function is as likely at any instant
// (Kolmogorov–Smirnov), and functions do not avoid or follow each other.
func TestFunctionsAreSpreadUniformly(t *testing.T) {
	p := byFunction(t, azure(day("few", 3000), day("many", 40000)))
	for name, got := range routes(t, p, time.Minute, 3) {
		d, n := 0.0, float64(len(got))
		for i, at := range got {
			d = max(d, math.Abs(at.Minutes()-float64(i)/n), math.Abs(at.Minutes()-float64(i+1)/n))
		}
		if d*math.Sqrt(n) > 1.95 || d*math.Sqrt(n) < 0.2 {
			t.Errorf("%s: √n·D = %.2f", name, d*math.Sqrt(n))
		}
	}
}

// The function of an arrival tells nothing of that of the next: neighbours are
// alike as often as chance has it.
func TestFunctionsAreMixedByLot(t *testing.T) {
	p := byFunction(t, azure(day("f", 20000), day("g", 20000)))
	alike, n, last := 0, 0, -1
	for _, i := range p.Routes(time.Minute, 1) {
		if i == last {
			alike++
		}
		last = i
		n++
	}
	if share := float64(alike) / float64(n-1); math.Abs(share-0.5) > 4*0.5/math.Sqrt(float64(n)) {
		t.Errorf("%.3f of the neighbours are alike", share)
	}
}

// A scale below 1 rounds nobody away: of a thousand functions that are invoked
// once an hour, a tenth is left of each hour, and of each function in the long run.
func TestSporadicFunctionsAreThinnedFairly(t *testing.T) {
	var rows []string
	for i := range 1000 {
		counts := make([]int, 1440)
		for m := i % 60; m < len(counts); m += 60 {
			counts[m] = 1
		}
		rows = append(rows, day(fmt.Sprintf("f%d", i), counts...))
	}
	p := byFunction(t, azure(append(rows, day("busy", slices.Repeat([]int{55}, 1440)...))...))
	p.Scale, p.Speed = 0.1, 60
	if err := p.Validate(24 * time.Minute); err != nil {
		t.Fatal(err)
	}
	total, seen := 0, map[string]bool{}
	for seed := range uint64(4) {
		by := routes(t, p, 24*time.Minute, seed)
		if n, want := float64(len(by["busy"])), 5.5*1440; math.Abs(n-want) > 4*math.Sqrt(1440*0.25) {
			t.Errorf("busy is left with %.0f arrivals, want about %.0f", n, want)
		}
		delete(by, "busy")
		for name, at := range by {
			total += len(at)
			seen[name] = true
		}
	}
	want := 4 * 24 * 1000 * 0.1
	if math.Abs(float64(total)-want) > 4*math.Sqrt(want*0.9) || len(seen) < 990 {
		t.Errorf("%d sporadic arrivals of %d functions are left, want about %.0f", total, len(seen), want)
	}
}

// What is left of one function does not hang on the others that are there.
func TestThinningIsEachFunctionsOwn(t *testing.T) {
	row := day("f", slices.Repeat([]int{3}, 1440)...)
	alone := byFunction(t, azure(row))
	among := byFunction(t, azure(day("a", 5, 5, 5), row, day("z", slices.Repeat([]int{9}, 1440)...)))
	minutes := func(p *arrival.Trace) []int {
		p.Scale = 0.3
		counts := make([]int, 60)
		for _, at := range routes(t, p, time.Hour, 1)["f"] {
			counts[at/time.Minute]++
		}
		return counts
	}
	if a, b := minutes(alone), minutes(among); !slices.Equal(a, b) {
		t.Errorf("%v alone, %v among others", a, b)
	}
}

func TestFunctionsFromWithinAndFaster(t *testing.T) {
	p := byFunction(t, azure(day("f", 600, 6000, 60), day("g", 0, 600)))
	p.From, p.Speed = 30*time.Second, 30
	by := routes(t, p, 2*time.Second, 1) // the last half of the first minute, the first half of the second
	for name, of := range map[string]float64{"f": 600 + 6000, "g": 600} {
		if n := float64(len(by[name])); math.Abs(n-of/2) > 4*math.Sqrt(of)/2 {
			t.Errorf("%g arrivals of %s, want about %g", n, name, of/2)
		}
	}
}

func TestEntriesOfFunctions(t *testing.T) {
	p := byFunction(t, azure(day("f", 10), day("g", 20), day("home", 30), day("h", 40)))
	p.Entries = map[string]string{"f": "home", "g": "cart", "h": "home"}
	if err := p.Validate(time.Minute); err != nil {
		t.Fatal(err)
	}
	by := routes(t, p, time.Minute, 1)
	if len(by) != 2 || len(by["home"]) != 80 || len(by["cart"]) != 20 {
		t.Errorf("%d arrivals at home, %d at cart", len(by["home"]), len(by["cart"]))
	}
}

func TestTraceNotByFunctionAsksTheMix(t *testing.T) {
	p := trace(t, azure(day("f", 10)))
	if asks := arrival.EntriesOf(p); asks != nil {
		t.Errorf("asks %q", asks)
	}
	for range p.Routes(time.Minute, 1) {
		t.Fatal("it has routes")
	}
	p = &arrival.Trace{File: "gone.csv", By: "function", Scale: 1, Speed: 1}
	if arrival.EntriesOf(p) != nil || arrival.EntriesOf(&arrival.Poisson{PerSecond: 1}) != nil {
		t.Error("what cannot be read, or knows no entries, asks for some")
	}
}

func TestBrokenTracesByFunction(t *testing.T) {
	for want, change := range map[string]func(*arrival.Trace){
		"t.csv:1: a trace by function has the Azure layout": func(p *arrival.Trace) { p.File = byFunction(t, "1,2,3\n").File },
		"the trace has no function \"ff\": did you mean \"f\"?": func(p *arrival.Trace) {
			p.Entries = map[string]string{"ff": "home"}
		},
		"open sample nowhere": func(p *arrival.Trace) { p.File, p.Sample = "", "nowhere" },
	} {
		p := byFunction(t, azure(day("f", 1)))
		change(p)
		if err := p.Validate(phase); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// The sample is a day: evenings are busy, nights are not, and all twelve
// functions take part.
func TestSampleTrace(t *testing.T) {
	p := &arrival.Trace{Sample: "shop-day", By: "function", Scale: 1, Speed: 1}
	if err := p.Validate(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	night, evening := 0.0, 0.0
	for m := range 60 {
		at := time.Duration(m) * time.Minute
		night += p.Rate(4*time.Hour+at, 24*time.Hour)
		evening += p.Rate(20*time.Hour+at, 24*time.Hour)
	}
	if night <= 0 || evening < 2*night {
		t.Errorf("%.2f/s at night and %.2f/s in the evening are no day", night/60, evening/60)
	}
	if by := routes(t, p, 24*time.Hour, 1); len(by) != 12 {
		t.Errorf("arrivals of %d functions", len(by))
	}
}

// BenchmarkRoutes is a day of a thousand functions: the aim is 3 million
// arrivals a second.
func BenchmarkRoutes(b *testing.B) {
	var text bytes.Buffer
	if err := traces.WriteDay(&text, 1, 1000, 100e6); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "day.csv")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	p := &arrival.Trace{File: file, By: "function", Scale: 1, Speed: 1}
	if err := p.Validate(24 * time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	left := b.N
	for left > 0 {
		for range p.Routes(24*time.Hour, 1) {
			if left--; left == 0 {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "arrivals/s")
}
