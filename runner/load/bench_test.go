package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/unit"
)

// measured is what one generator did in one round.
type measured struct {
	latency, lateness []time.Duration
	rate              float64       // achieved, per second
	cpu               time.Duration // a request
}

// tool is a generator in a comparison.
type tool struct {
	name string
	run  func(b *testing.B, address string, length time.Duration) measured
}

// vegetaCLI builds the plain vegeta command, of the version that is our library.
func vegetaCLI(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "vegeta")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/tsenart/vegeta/v12").CombinedOutput(); err != nil {
		b.Fatalf("build vegeta: %v\n%s", err, out)
	}
	return program
}

// plainVegeta runs the command and reads its results. Its hits carry no
// intended time: the schedule is laid so that the hit least late is on time,
// which flatters it.
func plainVegeta(program string, rate int, args ...string) func(*testing.B, string, time.Duration) measured {
	return func(b *testing.B, address string, length time.Duration) measured {
		args := append([]string{"attack", "-duration", length.String(), "-rate", fmt.Sprint(rate)}, args...)
		cmd := exec.Command(program, args...)
		cmd.Stdin = bytes.NewBufferString("GET http://" + address + "/\n")
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("vegeta: %v", err)
		}
		var m measured
		var sent []time.Duration // since the first, less the schedule
		least := time.Duration(0)
		var first, last time.Time
		decode := vegeta.NewDecoder(bytes.NewReader(out))
		for {
			var r vegeta.Result
			if err := decode(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			if first.IsZero() {
				first = r.Timestamp
			}
			if end := r.End(); end.After(last) {
				last = end
			}
			if rate > 0 {
				at := r.Timestamp.Sub(first) - time.Duration(r.Seq)*time.Second/time.Duration(rate)
				least = min(least, at)
				sent = append(sent, at)
			}
			m.latency = append(m.latency, r.Latency)
		}
		for _, at := range sent {
			m.lateness = append(m.lateness, at-least)
		}
		m.rate = float64(len(m.latency)) / last.Sub(first).Seconds()
		m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()) / time.Duration(len(m.latency))
		return m
	}
}

// ours runs this package's generator.
func ours(load arrival.Process, connections int) func(*testing.B, string, time.Duration) measured {
	return func(b *testing.B, address string, length time.Duration) measured {
		var m measured
		var last time.Duration
		stats, err := Run(b.Context(), Options{
			Targets: targets(address, "e"), MaxConnections: connections,
			Began: time.Now().Add(10 * time.Millisecond), Phases: phase(length, load),
		}, func(r record.Request) {
			m.latency = append(m.latency, r.Latency())
			m.lateness = append(m.lateness, r.Sent-r.Intended)
			last = max(last, r.Done)
		})
		if err != nil {
			b.Fatal(err)
		}
		m.rate = float64(len(m.latency)) / last.Seconds()
		m.cpu = stats.CPU / time.Duration(len(m.latency))
		return m
	}
}

// say prints a line: the testing package would cut a bench's log after ten.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "    "+format+"\n", args...) }

// rounds runs the tools in turn, forwards and backwards, and returns each
// one's measurements.
func rounds(b *testing.B, n int, address string, length time.Duration, tools ...tool) [][]measured {
	all := make([][]measured, len(tools))
	for round := range n {
		for k := range tools {
			if round%2 == 1 {
				k = len(tools) - 1 - k
			}
			runtime.GC()
			all[k] = append(all[k], tools[k].run(b, address, length))
		}
	}
	return all
}

// spread is the median of a figure over the rounds, with its range.
type spread struct{ low, median, high float64 }

func over(ms []measured, figure func(measured) float64) spread {
	var v []float64
	for _, m := range ms {
		v = append(v, figure(m))
	}
	slices.Sort(v)
	return spread{v[0], v[len(v)/2], v[len(v)-1]}
}

func (s spread) String() string { return fmt.Sprintf("%8.2f (%.2f–%.2f)", s.median, s.low, s.high) }

func late(q float64) func(measured) float64 {
	return func(m measured) float64 { return milliseconds(quantile(m.lateness, q)) }
}

func slowest(q float64) func(measured) float64 {
	return func(m measured) float64 { return milliseconds(quantile(m.latency, q)) }
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkGenerator sets our generator beside the plain vegeta command, on the
// same server in another process: lateness and CPU at given rates, and how many
// requests 64 vegeta workers or 64 closed users of ours, who do not pass through
// vegeta, make flat out.
func BenchmarkGenerator(b *testing.B) {
	program := vegetaCLI(b)
	address := startServer(b, 0, 0)
	const n, length = 5, time.Second
	for range b.N {
		for _, rate := range []int{100, 1000, 5000, 10000} {
			report(b, fmt.Sprintf("%d/s", rate), rounds(b, n, address, length,
				tool{"ours", ours(constant(unit.Rate(rate)), 0)},
				tool{"vegeta", plainVegeta(program, rate)},
			), true)
		}
		report(b, "flat-out", rounds(b, n, address, length,
			tool{"ours", ours(&arrival.Closed{Users: 64}, 0)},
			tool{"vegeta", plainVegeta(program, 0, "-max-workers", "64")},
		), false)
	}
}

// report prints one comparison and keeps its medians as metrics.
func report(b *testing.B, name string, all [][]measured, open bool) {
	for k, tool := range []string{"ours", "vegeta"} {
		rate := over(all[k], func(m measured) float64 { return m.rate })
		cpu := over(all[k], func(m measured) float64 { return float64(m.cpu) / 1e3 })
		line := fmt.Sprintf("%-9s %-7s rate %s/s   CPU %s µs/request   p50 %s ms", name, tool, rate, cpu, over(all[k], slowest(0.5)))
		b.ReportMetric(cpu.median, name+"-"+tool+"-µs-cpu/req")
		if open {
			line += fmt.Sprintf("   late p50 %s p99 %s ms", over(all[k], late(0.5)), over(all[k], late(0.99)))
			b.ReportMetric(over(all[k], late(0.99)).median, name+"-"+tool+"-late-p99-ms")
		} else {
			b.ReportMetric(rate.median, name+"-"+tool+"-req/s")
		}
		say("%s", line)
	}
}

// BenchmarkGeneratorFrozen sets the same beside each other on a server that
// freezes for a tenth of the time. vegeta's figures are exact quantiles of its
// own latencies, which count from the actual send.
func BenchmarkGeneratorFrozen(b *testing.B) {
	const rate = 1000
	period, frozen := 10*time.Second, time.Second
	program := vegetaCLI(b)
	address := startServer(b, period, frozen)
	tools := []tool{
		{"ours", ours(constant(rate), 0)},
		{"ours, 50 connections", ours(constant(rate), 50)},
		{"vegeta", plainVegeta(program, rate)},
		{"vegeta -max-workers 50", plainVegeta(program, rate, "-max-workers", "50")},
	}
	for range b.N {
		all := rounds(b, 3, address, period, tools...)
		say("%d/s, frozen for %s of every %s: p95, p99 and p99.9 are to be 500, 900 and 990 ms", rate, frozen, period)
		for k, t := range tools {
			say("%-22s p95 %s   p99 %s   p99.9 %s ms", t.name, over(all[k], slowest(0.95)), over(all[k], slowest(0.99)), over(all[k], slowest(0.999)))
		}
		b.ReportMetric(over(all[0], slowest(0.99)).median, "ours-p99-ms")
		b.ReportMetric(over(all[2], slowest(0.99)).median, "vegeta-p99-ms")
		b.ReportMetric(over(all[3], slowest(0.99)).median, "vegeta-50-workers-p99-ms")
	}
}

// BenchmarkGeneratorWaiting is what the pacer's choice rests on: how late hits
// go that ask nothing, where each wait is a nap and where vegeta sleeps.
func BenchmarkGeneratorWaiting(b *testing.B) {
	ways := []struct {
		name  string
		dense time.Duration
	}{{"nap", 0}, {"sleep", time.Hour}, {"chosen", dense}}
	for range b.N {
		for _, rate := range []unit.Rate{100, 1000, 2000, 5000, 10000, 20000} {
			all := make([][]measured, len(ways))
			for round := range 4 {
				for k := range ways {
					k = (k + round) % len(ways)
					all[k] = append(all[k], pace(b, rate, ways[k].dense))
				}
			}
			for k, w := range ways {
				say("%7s %-7s late p50 %s p99 %s ms   CPU %s µs/hit", rate, w.name, over(all[k], late(0.5)),
					over(all[k], late(0.99)), over(all[k], func(m measured) float64 { return float64(m.cpu) / 1e3 }))
			}
		}
	}
}

// pace has vegeta hit nothing at a rate for half a second.
func pace(b *testing.B, rate unit.Rate, dense time.Duration) measured {
	g := &generator{Options: Options{Phases: phase(500*time.Millisecond, constant(rate))}}
	schedule := g.schedule()
	next, stop := iter.Pull(schedule.All())
	defer stop()
	var mu sync.Mutex
	var m measured
	cpu := cpuTime()
	p := &pacer{ctx: b.Context(), began: time.Now(), dense: dense, next: next}
	hit(b.Context(), p, func(a arrival.Arriving) {
		at := time.Since(p.began) - a.At
		mu.Lock()
		defer mu.Unlock()
		m.lateness = append(m.lateness, at)
	})
	m.cpu = (cpuTime() - cpu) / time.Duration(len(m.lateness))
	return m
}
