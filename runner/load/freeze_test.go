package load

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// freezing is a server that answers at once, but nothing in the last part of
// each period:
//
//	|-------answers------|frozen|-------answers------|frozen|
//	began                       began+period
type freezing struct {
	began          time.Time
	period, frozen time.Duration
}

// wait is how long a request that comes so long after began waits.
func (f freezing) wait(at time.Duration) time.Duration {
	if left := f.period - at%f.period; left <= f.frozen {
		return left
	}
	return 0
}

func (f freezing) serve(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(f.wait(time.Since(f.began))):
	case <-r.Context().Done():
	}
}

// quantile is the value that a share q of the sample does not exceed.
func quantile(sample []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(sample))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

var tails = []float64{0.95, 0.99, 0.999}

// judgeFreeze compares what was recorded with what the intended schedule
// implies. That no request looks faster than it can have been holds on any
// machine. How much slower they may look, beside the slack, is what the machine
// itself cost: the worst that a request met whom no freeze touched. A machine that
// costs more than a freeze tells nothing of that.
func judgeFreeze(t *testing.T, f freezing, records []record.Request, slack time.Duration) {
	t.Helper()
	var latency, implied, lateness []time.Duration
	noise := time.Duration(0)
	for _, r := range records {
		// From the frozen instants' end on the server may answer; the clock's grain is allowed for.
		if wait := f.wait(r.Intended); r.Cause != policy.OK || r.Latency() < wait-time.Millisecond {
			t.Errorf("arrival %d, meant for %s, had to wait %s and has %s, cause %q", r.Seq, r.Intended, wait, r.Latency(), r.Cause)
		}
		if begins := f.period - f.frozen; r.Intended%f.period+r.Latency() < begins {
			noise = max(noise, r.Latency())
		}
		latency = append(latency, r.Latency())
		implied = append(implied, f.wait(r.Intended))
		lateness = append(lateness, r.Sent-r.Intended)
	}
	for _, q := range tails {
		got, want := quantile(latency, q), quantile(implied, q)
		// In theory a tenth of the requests waits uniformly up to the whole freeze.
		theory := time.Duration(float64(f.frozen) * (1 - (1-q)*float64(f.period)/float64(f.frozen)))
		t.Logf("p%g: %s measured, %s implied by the schedule, %s in theory", q*100, got.Round(time.Millisecond), want, theory)
		if (want - theory).Abs() > f.frozen/20 {
			t.Errorf("p%g: the schedule implies %s, theory %s", q*100, want, theory)
		}
		if noise <= f.frozen && got > want+slack+noise {
			t.Errorf("p%g is %s, but the schedule implies %s", q*100, got, want)
		}
	}
	t.Logf("lateness p99 %s; at most %s where nothing was frozen", quantile(lateness, 0.99), noise)
}

// aheadOf leaves the server's and the generator's clocks one origin.
func aheadOf() time.Time { return time.Now().Add(20 * time.Millisecond) }

func TestHonestLatency(t *testing.T) {
	for _, connections := range []int{0, 16} {
		t.Run(fmt.Sprintf("%d connections", connections), func(t *testing.T) {
			f := freezing{aheadOf(), time.Second, 100 * time.Millisecond}
			records, _ := run(t, Options{
				Began: f.began, Targets: targets(serve(t, f.serve), "e"), MaxConnections: connections,
				Phases: []Phase{ // the border lies in a freeze
					{Name: "first", For: 1950 * time.Millisecond, Load: constant(400)},
					{Name: "second", Begin: 1950 * time.Millisecond, For: 3050 * time.Millisecond, Load: constant(400)},
				},
			})
			if len(records) != 2000 {
				t.Errorf("%d arrivals, want 2000", len(records))
			}
			judgeFreeze(t, f, records, 60*time.Millisecond)
		})
	}
}

// The full size: 1,000 requests a second, a freeze of 1 s in every 10 s.
func TestSoakHonestLatency(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("a minute for each bound: WINDTUNNEL_SOAK=1 runs it")
	}
	for _, connections := range []int{0, 50} {
		t.Run(fmt.Sprintf("%d connections", connections), func(t *testing.T) {
			f := freezing{aheadOf(), 10 * time.Second, time.Second}
			records, stats := run(t, Options{
				Began: f.began, Targets: targets(serve(t, f.serve), "e"), MaxConnections: connections,
				Phases: phase(time.Minute, constant(1000)),
			})
			judgeFreeze(t, f, records, 100*time.Millisecond)
			t.Logf("%+v", stats)
		})
	}
}
