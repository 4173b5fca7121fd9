package arrival_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/scenarios/arrival"
)

// trace writes a trace file and returns a process that replays it.
func trace(t testing.TB, text string) *arrival.Trace {
	t.Helper()
	file := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &arrival.Trace{File: file, Scale: 1, Speed: 1}
}

func azure(rows ...string) string {
	head := "HashOwner,HashApp,HashFunction,Trigger"
	for m := range 1440 {
		head += fmt.Sprintf(",%d", m+1)
	}
	return head + "\n" + strings.Join(rows, "\n") + "\n"
}

// day is a row of the Azure layout with the given first minutes.
func day(function string, counts ...int) string {
	row := "o,a," + function + ",http"
	for m := range 1440 {
		n := 0
		if m < len(counts) {
			n = counts[m]
		}
		row += fmt.Sprintf(",%d", n)
	}
	return row
}

func TestTraceOfTimestamps(t *testing.T) {
	s := time.Second
	for _, c := range []struct {
		name, text string
		change     func(*arrival.Trace)
		want       []time.Duration
	}{
		{"seconds", "0\n1.5\n1.5\n3\n", nil, []time.Duration{0, 1500 * time.Millisecond, 1500 * time.Millisecond, 3 * s}},
		{"from the first on", "1600000000.25\n1600000001.75\n", nil, []time.Duration{0, 1500 * time.Millisecond}},
		{"heading, comment, other columns, CRLF", "# a note\ntime,user\r\n5,ann\r\n\r\n7,bob\r\n", nil, []time.Duration{0, 2 * s}},
		{"byte order mark", "\ufeff2\n4\n", nil, []time.Duration{0, 2 * s}},
		{"times", "2026-01-31T12:00:00Z\n2026-01-31T13:00:02.5+01:00\n", nil, []time.Duration{0, 2500 * time.Millisecond}},
		{"twice as fast", "0\n2\n4\n", func(t *arrival.Trace) { t.Speed = 2 }, []time.Duration{0, s, 2 * s}},
		{"from within", "0\n2\n4\n", func(t *arrival.Trace) { t.From = time.Second }, []time.Duration{s, 3 * s}},
		{"two numbers a line", "1,5\n2,7\n", func(t *arrival.Trace) { t.Format = "timestamps" }, []time.Duration{0, s}},
		{"past the phase's end", "0\n19\n20\n21\n", nil, []time.Duration{0, 19 * s}},
	} {
		p := trace(t, c.text)
		if c.change != nil {
			c.change(p)
		}
		if err := p.Validate(phase); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := instants(p, phase, 1); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTraceOfMinutes(t *testing.T) {
	for name, p := range map[string]*arrival.Trace{
		"a row":     trace(t, "300,0,1200\n"),
		"azure":     trace(t, azure(day("f", 100, 0, 200), day("g", 200, 0, 1000))),
		"one of it": trace(t, azure(day("f", 300, 0, 1200), day("g", 7, 7, 7))),
		"one value": trace(t, "300\n"),
	} {
		want := []int{300, 0, 1200, 0}
		switch name {
		case "one of it":
			p.Function = "f"
		case "one value":
			p.Format, want = "minutes", []int{300, 0, 0, 0}
		}
		if err := p.Validate(4 * time.Minute); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		counts := make([]int, 4)
		got := instants(p, 4*time.Minute, 1)
		for _, at := range got {
			counts[at/time.Minute]++
		}
		if !slices.Equal(counts, want) || !slices.IsSorted(got) {
			t.Errorf("%s: %v arrivals in each minute, want %v", name, counts, want)
		}
		if r := p.Rate(30*time.Second, time.Hour); r != 5 {
			t.Errorf("%s: the rate of the first minute is %g, want 5", name, r)
		}
	}
}

// Within its minute an arrival is as likely at any instant (Kolmogorov–Smirnov).
func TestMinutesAreSpreadUniformly(t *testing.T) {
	p := trace(t, "50000\n")
	p.Format = "minutes"
	got := instants(p, time.Minute, 3)
	if len(got) != 50000 {
		t.Fatalf("%d arrivals", len(got))
	}
	d, n := 0.0, float64(len(got))
	for i, at := range got {
		d = max(d, math.Abs(at.Minutes()-float64(i)/n), math.Abs(at.Minutes()-float64(i+1)/n))
	}
	if d*math.Sqrt(n) > 1.95 || d*math.Sqrt(n) < 0.2 { // too even would be wrong as well
		t.Errorf("√n·D = %.2f", d*math.Sqrt(n))
	}
}

func TestTraceScaled(t *testing.T) {
	many := strings.Builder{}
	for i := range 2000 {
		fmt.Fprintf(&many, "%.3f\n", float64(i)/100)
	}
	for _, scale := range []float64{0.25, 0.5, 1, 2, 2.6} {
		for name, p := range map[string]*arrival.Trace{
			"timestamps": trace(t, many.String()),
			"minutes":    trace(t, "2000,2000,2000\n"),
		} {
			p.Scale, p.Speed = scale, 6
			got := instants(p, phase, 1)
			want := scale * 2000
			if name == "minutes" { // 20 s at 6 times the speed show 2 minutes
				want *= 2
			}
			if math.Abs(float64(len(got))-want) > 4*math.Sqrt(2000)/2+2 || !slices.IsSorted(got) {
				t.Errorf("%s × %g: %d arrivals, want about %.0f", name, scale, len(got), want)
			}
			if !slices.Equal(got, instants(p, phase, 1)) {
				t.Errorf("%s × %g: two readings differ", name, scale)
			}
		}
	}
}

func TestMinutesFromWithin(t *testing.T) {
	p := trace(t, "600,6000,0\n")
	p.From = 30 * time.Second
	got := instants(p, time.Minute, 1)
	half, _ := slices.BinarySearch(got, 30*time.Second)
	if math.Abs(float64(half)-300) > 4*math.Sqrt(150) || math.Abs(float64(len(got)-half)-3000) > 4*math.Sqrt(1500) {
		t.Errorf("%d and %d arrivals in the half minutes, want about 300 and 3000", half, len(got)-half)
	}
}

func TestExtremeSpeeds(t *testing.T) {
	for _, speed := range []float64{1e-6, 1e6} {
		for _, text := range []string{"5000,6,7\n", "0\n1\n2\n"} {
			p := trace(t, text)
			p.Speed = speed
			if err := p.Validate(1000 * time.Hour); err != nil {
				t.Fatal(err)
			}
			got := instants(p, 1000*time.Hour, 1)
			if len(got) == 0 || !slices.IsSorted(got) || p.Rate(999*time.Hour, 1000*time.Hour) < 0 {
				t.Errorf("speed %g: %v", speed, got)
			}
		}
	}
}

func TestBrokenTraces(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "t.csv: it holds no arrivals",
		"time\n":                           "t.csv: it holds no arrivals",
		"# nothing\n":                      "t.csv: it holds no arrivals",
		"1\nx\n2\ny\n":                     "t.csv:2: \"x\" is neither seconds nor a time like",
		"1\n\n# note\ny\n":                 "t.csv:4: \"y\" is neither",
		"2\n1\n":                           "t.csv:2: 1 is earlier than the line before: sort the file",
		"1\n-1\n":                          "t.csv:2: \"-1\" is neither",
		"1\nNaN\n":                         "t.csv:2: \"NaN\" is neither",
		"1\n1e300\n":                       "t.csv:2: \"1e300\" is neither",
		"1\n9e9\n":                         "t.csv:2: 9e9 is more than 744h0m0s after the first",
		"1,2\n3,4\n":                       "t.csv:2: a second row",
		azure("o,a,f,http"):                "t.csv:2: 4 columns, where four names and the minutes belong",
		azure("o,a,f,http,1,x"):            "t.csv:2: column 6: \"x\" is no count between 0 and 1000000000",
		azure("o,a,f,http,1,-1"):           "t.csv:2: column 6: \"-1\" is no count",
		"1\n" + strings.Repeat("x", 2<<20): "t.csv:2: bufio.Scanner: token too long",
	} {
		err := trace(t, text).Validate(phase)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// All that is wrong is told at once, but not more than anybody reads.
func TestBrokenTraceTellsItsProblems(t *testing.T) {
	err := trace(t, "1\n"+strings.Repeat("x\n", 100)).Validate(phase)
	if n := strings.Count(fmt.Sprint(err), "t.csv:"); n != 10 {
		t.Errorf("%d problems are told, want 10:\n%v", n, err)
	}
}

func TestTraceSettings(t *testing.T) {
	for want, change := range map[string]func(*arrival.Trace){
		"scale is 0: it lies between":       func(t *arrival.Trace) { t.Scale = 0 },
		"speed is NaN":                      func(t *arrival.Trace) { t.Speed = math.NaN() },
		"from is 5m0s, but":                 func(t *arrival.Trace) { t.From = 5 * time.Minute },
		"from is -1s":                       func(t *arrival.Trace) { t.From = -time.Second },
		"no such file or directory":         func(t *arrival.Trace) { t.File += ".gone" },
		"it is not a file of at most":       func(t *arrival.Trace) { t.File = filepath.Dir(t.File) },
		"no function h with its minutes":    func(t *arrival.Trace) { t.Function = "h" },
		"column 1: \"1.5\" is no count bet": func(t *arrival.Trace) { t.Format = "minutes" },
	} {
		text := "1.5\n2\n"
		if strings.HasPrefix(want, "no function") {
			text = azure(day("f", 1))
		}
		p := trace(t, text)
		change(p)
		if err := p.Validate(phase); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Without a file there are no arrivals: what asks for them cannot tell why, Validate can.
func TestTraceThatCannotBeRead(t *testing.T) {
	p := &arrival.Trace{File: "gone.csv", Scale: 1, Speed: 1}
	if got := instants(p, phase, 1); got != nil || p.Rate(0, phase) != 0 {
		t.Errorf("arrivals %v from no file", got)
	}
}

func FuzzTrace(f *testing.F) {
	for _, seed := range []string{"0\n1\n", "1,2,3\n", "time\n2026-01-31T12:00:00Z\n", "HashOwner,a,b,c,1\no,a,f,t,9\n", "# x\n\ufeff\n1e9"} {
		f.Add(seed, 1.0)
	}
	f.Fuzz(func(t *testing.T, text string, speed float64) {
		for _, by := range []string{"mix", "function"} {
			p := trace(t, text)
			p.Speed, p.Scale, p.By = speed, 0.5, by
			if p.Validate(time.Hour) != nil {
				continue
			}
			last, n := time.Duration(0), 0
			for at := range p.Arrivals(time.Hour, 1) {
				if at < last || at >= time.Hour {
					t.Fatalf("%s after %s", at, last)
				}
				if last = at; n > 10_000 {
					break
				}
				n++
			}
		}
	})
}
