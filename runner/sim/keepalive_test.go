package sim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/work"
)

// A function under Poisson arrivals and exponential service, of which idle
// instances end after a keep-alive, against a model that shares no code with it.
// Both are run from nothing for the same time, several times each; their means
// have to agree within four standard errors of the difference, which are at most
// 7 % of the value, and of the cold share, which is small, 35 %. Where there is a closed form it has to be in there, too: the
// mean number of busy instances is the load offered, whatever starts cost.

const (
	keptFor = 2.0 // seconds: the keep-alive
	service = 0.1 // seconds: the mean
)

const keptFunction = `
application: k
components: {k: {operations: {ask: [{wait: {exponential: 100ms}}]}}}
entries: {ask: k.ask}
---
topology: k
application: k
nodes: {k: {kind: function, hosts: [k], scaler: {lambda: {keep_alive: %gs, max: 100000}}}}
---
scenario: k
topology: k
phases: [{name: steady, for: %gs, load: {poisson: %g/s}}]
`

// warmth is what a run comes to.
type warmth struct {
	cold      float64 // the share of requests that waited for their instance to start
	instances float64 // the mean number that served or could have
	idle      float64 // the mean number of those without a request
	busy      float64
}

func (k warmth) values() []float64 { return []float64{k.cold, k.instances, k.idle, k.busy} }

var warmthNames = []string{"cold share", "instances", "idle instances", "busy instances"}

func TestKeepAlive(t *testing.T) {
	const rounds = 8
	requests := map[float64]float64{0.7: 5_000, 8: 20_000, 60: 40_000}
	for _, start := range []float64{0, 0.08} {
		for _, rate := range []float64{0.7, 8, 60} {
			t.Run(fmt.Sprintf("%g/s, a start takes %gs", rate, start), func(t *testing.T) {
				t.Parallel()
				length := requests[rate] / rate
				var simulated, modelled [][]float64
				for seed := range uint64(rounds) {
					simulated = append(simulated, simulatedWarmth(t, rate, length, keptFor, start, seed).values())
					modelled = append(modelled, modelledWarmth(rate, length, start, seed).values())
				}
				for i, name := range warmthNames {
					s, m := meanOf(simulated, i), meanOf(modelled, i)
					within := 4 * math.Hypot(s.err, m.err)
					t.Logf("%-14s %.4f, by the model %.4f, within %.4f", name, s.mean, m.mean, within)
					if math.Abs(s.mean-m.mean) > within {
						t.Errorf("%s: %.4f simulated, %.4f by the model: further off than %.4f", name, s.mean, m.mean, within)
					}
					if most := map[bool]float64{true: 0.35, false: 0.07}[i == 0]; within > most*m.mean {
						t.Errorf("%s: %.4f within %.4f tells nothing", name, m.mean, within)
					}
				}
				if busy := meanOf(simulated, 3); math.Abs(busy.mean-rate*service) > 4*busy.err {
					t.Errorf("%.4f instances busy, %.4f offered", busy.mean, rate*service)
				}
			})
		}
	}
}

// Kept for no time, every instance serves once: all requests are cold, and none idles.
func TestNoKeepAlive(t *testing.T) {
	k := simulatedWarmth(t, 20, 100, 0, 0, 1)
	if k.cold != 1 || math.Abs(k.idle) > 1e-6 {
		t.Errorf("%+v", k)
	}
}

// estimate is a mean with its standard error.
type estimate struct{ mean, err float64 }

func meanOf(rounds [][]float64, i int) estimate {
	n, sum, squares := float64(len(rounds)), 0.0, 0.0
	for _, r := range rounds {
		sum += r[i]
	}
	for _, r := range rounds {
		squares += (r[i] - sum/n) * (r[i] - sum/n)
	}
	return estimate{sum / n, math.Sqrt(squares / (n - 1) / n)}
}

// warmthOf is a recorder that adds up what becomes of instances.
type warmthOf struct {
	counting
	length      float64
	cold        int
	up          map[string]float64 // instance → since when it has been ready
	ready, busy float64            // instance seconds
}

func (k *warmthOf) Request(r record.Request) {
	k.counting.Request(r)
	if r.Cold > 0 {
		k.cold++
	}
}

func (k *warmthOf) Event(e record.Event) {
	if e.Node != "k" { // its front
		return
	}
	switch at := e.At.Seconds(); e.Kind {
	case record.InstanceReady:
		k.up[e.Instance] = at
	case record.InstanceStop:
		k.end(e.Instance, at)
	}
}

func (k *warmthOf) end(instance string, at float64) {
	k.ready += max(0, min(at, k.length)-k.up[instance])
	delete(k.up, instance)
}

func (k *warmthOf) Invocation(i record.Invocation) {
	began := i.At.Seconds()
	k.busy += max(0, min(began+i.Duration.Seconds(), k.length)-began)
}

func simulatedWarmth(t *testing.T, rate, length, keep, start float64, seed uint64) warmth {
	l := load(t, fmt.Sprintf(keptFunction, keep, length, rate))[0]
	k := &warmthOf{length: length, up: map[string]float64{}}
	costs := Costs{Start: work.ConstantOf(time.Duration(start * float64(time.Second)))}
	if err := (&Engine{Costs: costs}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, seed, 1), k); err != nil {
		t.Fatal(err)
	}
	for instance := range k.up {
		k.end(instance, length)
	}
	return warmth{cold: float64(k.cold) / float64(k.requests), instances: k.ready / length, idle: (k.ready - k.busy) / length, busy: k.busy / length}
}

// The model. What is idle is a stack, since the most recently used serves next;
// its bottom ends first. A start is begun where there are more requests than
// instances, those that start included, and whatever is free first takes who
// has waited longest: a request is cold where that is an instance that started.
type model struct {
	length            float64
	events            []modelEvent // in order
	stack             []float64    // since when each that idles does
	line              int          // requests that wait
	serving, starting int
	last, ready, busy float64
	arrivals, colds   int
}

type modelEvent struct {
	at   float64
	kind int
}

const (
	modelArrives = iota
	modelServed
	modelStarted
)

func modelledWarmth(rate, length, start float64, seed uint64) warmth {
	r := rand.New(rand.NewPCG(seed, 77))
	m := &model{length: length}
	m.plan(r.ExpFloat64()/rate, modelArrives)
	for len(m.events) > 0 {
		e := m.events[0]
		m.events = m.events[1:]
		m.expire(e.at)
		m.pass(e.at)
		switch e.kind {
		case modelArrives:
			m.arrivals++
			if next := e.at + r.ExpFloat64()/rate; next < length {
				m.plan(next, modelArrives)
			}
			if n := len(m.stack); n > 0 {
				m.stack = m.stack[:n-1]
				m.serve(r, e.at)
				continue
			}
			m.line++
			if m.serving+m.line > m.serving+m.starting {
				m.starting++
				m.plan(e.at+start, modelStarted)
			}
		case modelServed:
			m.serving--
			m.free(r, e.at, false)
		case modelStarted:
			m.starting--
			m.free(r, e.at, true)
		}
	}
	m.expire(math.Inf(1))
	return warmth{cold: float64(m.colds) / float64(m.arrivals), instances: m.ready / length, idle: (m.ready - m.busy) / length, busy: m.busy / length}
}

// free gives an instance to who waits, or puts it on the stack.
func (m *model) free(r *rand.Rand, now float64, started bool) {
	if m.line == 0 {
		m.stack = append(m.stack, now)
		return
	}
	m.line--
	if started {
		m.colds++
	}
	m.serve(r, now)
}

func (m *model) serve(r *rand.Rand, now float64) {
	m.serving++
	m.plan(now+service*r.ExpFloat64(), modelServed)
}

func (m *model) plan(at float64, kind int) {
	place, _ := slices.BinarySearchFunc(m.events, at, func(e modelEvent, at float64) int { return cmp.Compare(e.at, at) })
	m.events = slices.Insert(m.events, place, modelEvent{at, kind})
}

// expire ends what has idled for the keep-alive by then.
func (m *model) expire(now float64) {
	for len(m.stack) > 0 && m.stack[0]+keptFor <= now {
		m.pass(m.stack[0] + keptFor)
		m.stack = m.stack[1:]
	}
}

// pass adds up what there is until then.
func (m *model) pass(now float64) {
	d := min(now, m.length) - min(m.last, m.length)
	m.ready += d * float64(m.serving+len(m.stack))
	m.busy += d * float64(m.serving)
	m.last = now
}

// With starts that take no time, the number of instances is the highest number
// of requests at once within the last keep-alive: whoever ends is the one that
// has idled since so many were last needed. The model has to know that.
func TestKeepAliveIsASlidingMaximum(t *testing.T) {
	for seed := range uint64(5) {
		const rate, length = 8.0, 500.0
		r := rand.New(rand.NewPCG(seed, 5))
		var ends []float64 // of the requests under way
		type peak struct {
			at float64
			n  int
		}
		var peaks []peak // falling: the highest since the one before it
		colds, arrivals := 0, 0
		for at := r.ExpFloat64() / rate; at < length; at += r.ExpFloat64() / rate {
			slices.Sort(ends)
			for len(ends) > 0 && ends[0] <= at { // before it ended there were so many
				for len(peaks) > 0 && peaks[len(peaks)-1].n <= len(ends) {
					peaks = peaks[:len(peaks)-1]
				}
				peaks = append(peaks, peak{ends[0], len(ends)})
				ends = ends[1:]
			}
			for len(peaks) > 0 && peaks[0].at+keptFor <= at {
				peaks = peaks[1:]
			}
			highest := len(ends)
			if len(peaks) > 0 {
				highest = max(highest, peaks[0].n)
			}
			arrivals++
			if len(ends)+1 > highest {
				colds++
			}
			ends = append(ends, at+service*r.ExpFloat64())
		}
		var rounds [][]float64
		for other := range uint64(8) {
			rounds = append(rounds, modelledWarmth(rate, length, 0, 100*seed+other+1000).values())
		}
		got, want := meanOf(rounds, 0), float64(colds)/float64(arrivals)
		spread := 4 * got.err * math.Sqrt(8+1)
		if math.Abs(got.mean-want) > spread {
			t.Errorf("cold share %.4f, by the sliding maximum %.4f: further off than %.4f", got.mean, want, spread)
		}
	}
}
