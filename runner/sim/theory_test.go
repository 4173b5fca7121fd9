package sim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Queueing theory is the yardstick: what can be calculated must come out. Each
// case is judged twice. In the short form the calculated value lies within the
// interval that the run itself gives (batch means, 99.9 %), which is narrow enough to
// mean something. The long form (WINDTUNNEL_SOAK) comes within 1 %.

// station is a service under an open load of which everything can be calculated.
type station struct {
	name        string
	work        string  // the steps of its one operation
	rate        float64 // per second, Poisson
	concurrency int
	queue       int
	cpu         float64
	costs       Costs
	mean        float64 // the calculated sojourn of those that are served, in seconds
	loss        float64 // the calculated share of those that are not
	tail        map[float64]float64
	requests    int // in the long form, and in the short
	short       int // 0: shortly
}

const unboundedQueue = 10_000_000

func stations() []station {
	all := []station{
		{name: "M/D/1 at 80%", work: "wait: 10ms", rate: 80, concurrency: 1,
			mean: 0.010 + khinchine(80, 0.010, 0.010*0.010), requests: 8_000_000},
		{name: "M/G/1 uniform at 70%", work: "wait: {uniform: [2ms, 18ms]}", rate: 70, concurrency: 1,
			mean: 0.010 + khinchine(70, 0.010, 0.010*0.010+0.016*0.016/12), requests: 6_000_000},
		lognormalStation(),
		{name: "M/M/1/5 at 90%", work: "wait: {exponential: 10ms}", rate: 90, concurrency: 1, queue: 4,
			mean: boundedMean(0.9, 5) * 0.010, loss: boundedLoss(0.9, 5), requests: 2_000_000},
		{name: "M/M/1/1 overloaded", work: "wait: {exponential: 10ms}", rate: 200, concurrency: 1, queue: 0,
			mean: 0.010, loss: 2.0 / 3, requests: 2_000_000},
	}
	for _, rho := range []float64{0.5, 0.6, 0.7, 0.8, 0.9} {
		mean := 0.010 / (1 - rho)
		all = append(all, station{name: fmt.Sprintf("M/M/1 at %.0f%%", 100*rho), work: "wait: {exponential: 10ms}", rate: 100 * rho, concurrency: 1,
			mean: mean, tail: map[float64]float64{mean: math.Exp(-1), 4 * mean: math.Exp(-4)}, requests: int(2e5 / (1 - rho) / (1 - rho)), short: max(shortly, int(3_000/(1-rho)/(1-rho)))})
	}
	for _, c := range []int{2, 4, 16} {
		a := 0.8 * float64(c)
		all = append(all, station{name: fmt.Sprintf("M/M/%d at 80%%", c), work: "wait: {exponential: 10ms}", rate: a / 0.010, concurrency: c,
			mean: 0.010 * (1 + erlangC(c, a)/(float64(c)-a)), requests: 12_000_000})
	}
	for name, steps := range map[string]string{"exponential": "wait: {exponential: 10ms}", "constant": "wait: 10ms", "lognormal": "wait: {lognormal: {median: 6ms, p99: 40ms}}"} {
		mean := map[string]float64{"lognormal": logMean(0.006, 0.040)}[name]
		if mean == 0 {
			mean = 0.010
		}
		a := 8.0 // Erlang's formula holds whatever the distribution of the service
		all = append(all, station{name: "Erlang B, " + name, work: steps, rate: a / mean, concurrency: 10, queue: 0, mean: mean, loss: erlangB(10, a), requests: 2_000_000})
	}
	return append(all, sharing()...)
}

// sharing are those whose work is CPU time, which all jobs share. The mean
// does not hang on the distribution then (Kleinrock: Queueing Systems II, 4.4).
func sharing() []station {
	var all []station
	for name, steps := range map[string]string{"M": "compute: {exponential: 10ms}", "D": "compute: 10ms", "U": "compute: {uniform: [2ms, 18ms]}"} {
		all = append(all, station{name: "M/" + name + "/1-PS, one core", work: steps, rate: 70, costs: Costs{Cores: 1}, mean: 0.010 / 0.3, requests: 6_000_000})
	}
	a := 3.2
	return append(all,
		// A quota shares as a core does where its periods are short beside the work.
		station{name: "M/U/1-PS, quota of one core", work: "compute: {uniform: [2ms, 18ms]}", rate: 50, cpu: 1, costs: Costs{Period: 100 * time.Microsecond},
			mean: 0.010 / 0.5, requests: 1_500_000, short: 20_000},
		station{name: "M/M/4-PS, four cores", work: "compute: {exponential: 10ms}", rate: a / 0.010, costs: Costs{Cores: 4},
			mean: 0.010 * (1 + erlangC(4, a)/(4-a)), requests: 10_000_000},
		station{name: "M/M/∞, cores without end", work: "compute: {exponential: 10ms}", rate: 500, mean: 0.010, requests: 2_000_000})
}

func lognormalStation() station {
	sigma := math.Log(0.040/0.006) / 2.3263478740408408
	mean, second := logMean(0.006, 0.040), 0.006*0.006*math.Exp(2*sigma*sigma)
	rate := 0.6 / mean
	return station{name: "M/G/1 lognormal at 60%", work: "wait: {lognormal: {median: 6ms, p99: 40ms}}", rate: rate, concurrency: 1,
		mean: mean + khinchine(rate, mean, second), requests: 12_000_000}
}

func logMean(median, p99 float64) float64 {
	sigma := math.Log(p99/median) / 2.3263478740408408
	return median * math.Exp(sigma*sigma/2)
}

// khinchine is the mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932).
func khinchine(rate, mean, second float64) float64 { return rate * second / (2 * (1 - rate*mean)) }

// erlangB is the share that is lost of a erlang offered to c servers.
func erlangB(c int, a float64) float64 {
	b := 1.0
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

// erlangC is the share that has to wait.
func erlangC(c int, a float64) float64 {
	b, rho := erlangB(c, a), a/float64(c)
	return b / (1 - rho*(1-b))
}

// boundedLoss is the share that is lost in M/M/1/K.
func boundedLoss(rho float64, k int) float64 {
	return (1 - rho) * math.Pow(rho, float64(k)) / (1 - math.Pow(rho, float64(k+1)))
}

// boundedMean is the mean sojourn in M/M/1/K of those that get in, in services.
func boundedMean(rho float64, k int) float64 {
	in, out := 0.0, 0.0 // a request that finds n stays for n+1 services
	for n := range k {
		p := math.Pow(rho, float64(n))
		in, out = in+p*float64(n+1), out+p
	}
	return in / out
}

func TestTheory(t *testing.T) {
	for _, s := range stations() {
		t.Run(s.name, func(t *testing.T) { s.judge(t, cmp.Or(s.short, shortly), 0.15) })
	}
}

func TestTheorySoak(t *testing.T) {
	soak(t)
	for _, s := range stations() {
		t.Run(s.name, func(t *testing.T) {
			m := s.judge(t, s.requests, 0.03)
			if off := m.mean/s.mean - 1; math.Abs(off) > 0.01 {
				t.Errorf("mean is %.2f%% off: more than 1%%", 100*off)
			}
			if off := m.loss - s.loss; s.loss > 0 && math.Abs(off/s.loss) > 0.01 {
				t.Errorf("loss is %.2f%% off: more than 1%%", 100*off/s.loss)
			}
		})
	}
}

// shortly is how many requests a case takes in the short form.
const shortly = 50_000

// soak skips what takes minutes, unless that is asked for.
func soak(t *testing.T) {
	t.Helper()
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("takes minutes: set WINDTUNNEL_SOAK")
	}
}

func (s station) document(seconds float64) string {
	queue := s.queue
	if queue == 0 && s.loss == 0 {
		queue = unboundedQueue
	}
	cpu := ""
	if s.cpu > 0 {
		cpu = fmt.Sprintf("cpu: %g, ", s.cpu)
	}
	return fmt.Sprintf(`
application: q
components: {q: {operations: {ask: [{%s}]}}}
entries: {ask: q.ask}
---
topology: q
application: q
nodes: {q: {kind: service, hosts: [q], %sconcurrency: %d, queue: %d}}
---
scenario: q
topology: q
phases:
  - {name: fill, for: %.3fs, load: {poisson: %.6f/s}, warmup: true}
  - {name: steady, for: %.3fs, load: {poisson: %.6f/s}}
generator: {timeout: 1h, max_in_flight: 10000000}
`, s.work, cpu, s.concurrency, queue, 0.1*seconds, s.rate, seconds, s.rate)
}

func (s station) judge(t *testing.T, requests int, widest float64) measured {
	t.Helper()
	m := measure(t, s.document(float64(requests)/s.rate), s.costs, 1)
	t.Logf("%d requests: mean %.4gms ± %.2g%%, calculated %.4gms (%+.2f%%); lost %.4g ± %.2g, calculated %.4g",
		m.count, 1000*m.mean, 100*m.half/m.mean, 1000*s.mean, 100*(m.mean/s.mean-1), m.loss, m.lossHalf, s.loss)
	if math.Abs(m.mean-s.mean) > m.half+1e-9 { // a nanosecond, for what does not vary
		t.Errorf("mean sojourn is %v ± %v s, calculated %v", m.mean, m.half, s.mean)
	}
	if m.half > widest*m.mean {
		t.Errorf("the interval is ±%.1f%%: too wide to tell anything", 100*m.half/m.mean)
	}
	if math.Abs(m.loss-s.loss) > m.lossHalf {
		t.Errorf("loss is %v ± %v, calculated %v", m.loss, m.lossHalf, s.loss)
	}
	for beyond, want := range s.tail {
		if got, half := m.beyond(beyond); math.Abs(got-want) > half {
			t.Errorf("%v ± %v of the requests take longer than %v s, calculated %v", got, half, beyond, want)
		}
	}
	return m
}

// measured is what a run tells of its steady phase.
type measured struct {
	count          int
	mean, half     float64 // of those that were served
	loss, lossHalf float64
	latencies      []float64
}

// stopwatch is a recorder that keeps the latencies of the steady phase.
type stopwatch struct {
	tally
	served []float64
	lost   []float64 // 1 or 0
}

func (s *stopwatch) Request(r record.Request) {
	if r.Phase != "steady" {
		return
	}
	if r.Cause == policy.OK {
		s.served = append(s.served, r.Latency().Seconds())
		s.lost = append(s.lost, 0)
	} else {
		s.lost = append(s.lost, 1)
	}
}

func measure(t *testing.T, document string, c Costs, seed uint64) measured {
	t.Helper()
	l := load(t, document)[0]
	r := &stopwatch{}
	if err := (&Engine{Costs: c}).Run(context.Background(), runner.NewPlan("q", l.Scenario, l.Graph, seed, 1), r); err != nil {
		t.Fatal(err)
	}
	m := measured{count: len(r.lost), latencies: r.served}
	m.mean, m.half = batchMeans(r.served)
	m.loss, m.lossHalf = batchMeans(r.lost)
	return m
}

// beyond is the share of those that took longer than so many seconds.
func (m measured) beyond(seconds float64) (share, half float64) {
	over := make([]float64, len(m.latencies))
	for i, l := range m.latencies {
		if l > seconds {
			over[i] = 1
		}
	}
	return batchMeans(over)
}

// batchMeans returns the mean with half of its interval at 99.9 %. What follows
// each other in a queue is alike, so the sample is the means of 30 long
// stretches (Law and Kelton: Simulation Modeling and Analysis, 9.5.3).
func batchMeans(values []float64) (mean, half float64) {
	const batches, quantile = 30, 3.659 // Student's t, 29 degrees of freedom
	size := len(values) / batches
	var means []float64
	for b := range slices.Chunk(values[:size*batches], size) {
		sum := 0.0
		for _, v := range b {
			sum += v
		}
		means = append(means, sum/float64(size))
		mean += sum / float64(size) / batches
	}
	square := 0.0
	for _, m := range means {
		square += (m - mean) * (m - mean)
	}
	return mean, quantile * math.Sqrt(square/(batches-1)/batches)
}

// A tandem of queues is a Jackson network: each is an M/M/1 of its own, and what
// a request spends at one tells nothing of the other (Reich 1957). Who calls
// another holds its worker meanwhile, so no chain of services is a tandem; but
// one of unbounded concurrency that asks the two in turn, and does nothing else,
// only passes requests from the one to the other.
func TestTandem(t *testing.T) { tandem(t, shortly, 0.15) }

func TestTandemSoak(t *testing.T) {
	soak(t)
	if off := tandem(t, 8_000_000, 0.02); math.Abs(off) > 0.01 {
		t.Errorf("mean is %.2f%% off: more than 1%%", 100*off)
	}
}

func tandem(t *testing.T, requests int, widest float64) (off float64) {
	const rate, first, second = 100.0, 0.006, 0.007
	m := measure(t, fmt.Sprintf(`
application: tandem
components:
  line:   {operations: {ask: [{call: first.work}, {call: second.work}]}}
  first:  {operations: {work: [{wait: {exponential: 6ms}}]}}
  second: {operations: {work: [{wait: {exponential: 7ms}}]}}
entries: {ask: line.ask}
---
topology: tandem
application: tandem
nodes:
  line:   {kind: service, hosts: [line], concurrency: 0}
  first:  {kind: service, hosts: [first], concurrency: 1, queue: 10000000}
  second: {kind: service, hosts: [second], concurrency: 1, queue: 10000000}
---
scenario: tandem
topology: tandem
phases:
  - {name: fill, for: 20s, load: {poisson: 100/s}, warmup: true}
  - {name: steady, for: %.0fs, load: {poisson: 100/s}}
generator: {timeout: 1h}
`, float64(requests)/rate), Costs{}, 1)
	a, b := first/(1-rate*first), second/(1-rate*second) // the means of two exponential sojourns
	want := a + b
	if math.Abs(m.mean-want) > m.half || m.half > widest*want {
		t.Errorf("mean sojourn is %v ± %v s, calculated %v", m.mean, m.half, want)
	}
	for _, x := range []float64{want, 3 * want} {
		calculated := (a*math.Exp(-x/a) - b*math.Exp(-x/b)) / (a - b)
		if got, half := m.beyond(x); math.Abs(got-calculated) > half {
			t.Errorf("%v ± %v of the requests take longer than %v s, calculated %v", got, half, x, calculated)
		}
	}
	return m.mean/want - 1
}

// A closed network of users and one worker by mean value analysis (Reiser and
// Lavenberg 1980).
func TestClosedUsers(t *testing.T) {
	const users, think, service = 20, 1.0, 0.1
	response, queued := 0.0, 0.0
	for n := 1; n <= users; n++ {
		response = service * (1 + queued)
		queued = float64(n) / (think + response) * response
	}
	m := measure(t, `
application: q
components: {q: {operations: {ask: [{wait: {exponential: 100ms}}]}}}
entries: {ask: q.ask}
---
topology: q
application: q
nodes: {q: {kind: service, hosts: [q], concurrency: 1}}
---
scenario: q
topology: q
phases:
  - {name: steady, for: 6000s, load: {closed: {users: 20, think: {exponential: 1s}}}}
`, Costs{}, 1)
	if math.Abs(m.mean-response) > m.half || m.half > 0.05*response {
		t.Errorf("mean response is %v ± %v s, calculated %v", m.mean, m.half, response)
	}
	if rate, want := float64(m.count)/6000, users/(think+response); math.Abs(rate/want-1) > 0.01 {
		t.Errorf("throughput is %v/s, calculated %v/s", rate, want)
	}
}

// levels is a recorder that counts how many requests stand at the instances of
// a node, at each second once the run has settled.
type levels struct {
	stopwatch
	node         string
	after, until time.Duration
	samples      float64
	atLeast      [12]float64
}

func (l *levels) Node(s record.NodeSample) {
	if s.Node != l.node || s.At < l.after || s.At > l.until {
		return
	}
	l.samples++
	for k := range min(s.InFlight+s.Queued+1, len(l.atLeast)) {
		l.atLeast[k]++
	}
}

// With two choices among many servers the share of those with k requests or
// more is ρ^(2^k−1) (Vvedenskaya, Dobrushin and Karpelevich 1996; Mitzenmacher
// 2001), where one of random choice would have ρ^k.
func TestPowerOfTwoChoices(t *testing.T) { twoChoices(t, 200, 40, 0.02) }

func TestPowerOfTwoChoicesSoak(t *testing.T) {
	soak(t)
	twoChoices(t, 1000, 400, 0.005)
}

func twoChoices(t *testing.T, servers, seconds int, tolerance float64) {
	const rho, service = 0.9, 0.100
	l := load(t, fmt.Sprintf(`
application: farm
components:
  door:   {operations: {ask: [{call: worker.work}]}}
  worker: {operations: {work: [{wait: {exponential: 100ms}}]}}
entries: {ask: door.ask}
---
topology: farm
application: farm
nodes:
  door:   {kind: service, hosts: [door], concurrency: 0}
  worker: {kind: service, hosts: [worker], replicas: %d, concurrency: 1, queue: 1000}
edges: [{to: worker, balance: p2c}]
---
scenario: farm
topology: farm
phases:
  - {name: fill, for: 10s, load: {poisson: %g/s}, warmup: true}
  - {name: steady, for: %ds, load: {poisson: %g/s}}
`, servers, rho/service*float64(servers), seconds, rho/service*float64(servers)))[0]
	r := &levels{node: "worker", after: 10 * time.Second, until: time.Duration(10+seconds) * time.Second}
	if err := (&Engine{}).Run(context.Background(), runner.NewPlan("q", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for k := 1; k <= 6; k++ {
		want := math.Pow(rho, math.Pow(2, float64(k))-1)
		mean += service * want / rho
		if got := r.atLeast[k] / r.samples; math.Abs(got-want) > tolerance {
			t.Errorf("%.4f of the servers have %d requests or more, calculated %.4f", got, k, want)
		}
	}
	if got, half := batchMeans(r.served); math.Abs(got/mean-1) > 2*tolerance {
		t.Errorf("mean sojourn is %v ± %v s, calculated %v", got, half, mean)
	}
}

// Two services on one core are two classes of jobs that share one processor:
// each request takes 1/(1−ρ) times its service, with the load of both.
func TestCoreSharedByNodes(t *testing.T) {
	l := load(t, `
application: pair
components:
  small: {operations: {ask: [{compute: {exponential: 2ms}}]}}
  large: {operations: {ask: [{compute: {exponential: 20ms}}]}}
entries: {small: small.ask, large: large.ask}
---
topology: pair
application: pair
nodes:
  small: {kind: service, hosts: [small], concurrency: 0}
  large: {kind: service, hosts: [large], concurrency: 0}
---
scenario: pair
topology: pair
mix: {small: 9, large: 1}
phases: [{name: steady, for: 2000s, load: {poisson: 157.894736/s}}]
`)[0]
	r := &byEntry{latency: map[string][]float64{}}
	if err := (&Engine{Costs: Costs{Cores: 1}}).Run(context.Background(), runner.NewPlan("q", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	rho := 157.894736 * (0.9*0.002 + 0.1*0.020) // 60 %
	for entry, service := range map[string]float64{"small": 0.002, "large": 0.020} {
		got, half := batchMeans(r.latency[entry])
		if want := service / (1 - rho); math.Abs(got-want) > half || half > 0.1*want {
			t.Errorf("%s takes %v ± %v s, calculated %v", entry, got, half, want)
		}
	}
}

type byEntry struct {
	tally
	latency map[string][]float64
}

func (b *byEntry) Request(r record.Request) {
	b.latency[r.Entry] = append(b.latency[r.Entry], r.Latency().Seconds())
}

// The draws of the theory's service times are those of work.Dist.
func TestTheoryMeansWhatIsDrawn(t *testing.T) {
	d := work.Dist{Kind: work.Lognormal, A: 6 * time.Millisecond, B: 40 * time.Millisecond}
	if got, want := d.Mean().Seconds(), logMean(0.006, 0.040); math.Abs(got/want-1) > 1e-6 {
		t.Errorf("the mean of %v is %v, calculated %v", d, got, want)
	}
}
