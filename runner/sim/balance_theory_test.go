package sim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// loads is a recorder that keeps what the instances of one node did.
type loads struct {
	tally
	of     string
	from   time.Duration     // the run's begin is not steady yet
	to     time.Duration     // nor is its drain
	length map[int]float64   // at work and waiting, by how often it was seen
	served map[string]uint64 // by instance, from the begin
	seen   float64
}

func (l *loads) Node(s record.NodeSample) {
	if s.Node != l.of {
		return
	}
	l.served[s.Instance] += s.Served
	if s.At > l.from && s.At <= l.to {
		l.length[s.InFlight+s.Queued]++
		l.seen++
	}
}

// mean is the mean number of requests at an instance.
func (l *loads) mean() float64 {
	sum := 0.0
	for n, times := range l.length {
		sum += float64(n) * times
	}
	return sum / l.seen
}

// atLeast is the part of the time that so many were at an instance.
func (l *loads) atLeast(n int) float64 {
	sum := 0.0
	for length, times := range l.length {
		if length >= n {
			sum += times
		}
	}
	return sum / l.seen
}

// hundred simulates a hundred instances behind one caller that balances.
func hundred(t *testing.T, balance, node string, rate int, length time.Duration) *loads {
	t.Helper()
	text := fmt.Sprintf(`
application: a
components: {front: {operations: {ask: [{call: back.work}]}}, back: {operations: {work: [{wait: {exponential: 10ms}}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], concurrency: 0}
  back:  {kind: service, hosts: [back], replicas: 100, concurrency: 1, queue: 100000%s}
edges: [{to: back, balance: %s}]
---
scenario: s
topology: t
phases: [{name: steady, for: %v, load: {poisson: %d/s}}]
`, node, balance, length, rate)
	l := &loads{tally: tally{byCause: map[policy.Cause]int{}}, of: "back", from: 5 * time.Second, to: length, length: map[int]float64{}, served: map[string]uint64{}}
	loaded := load(t, text)[0]
	if err := (&Engine{}).Run(context.Background(), runner.NewPlan("x", loaded.Scenario, loaded.Graph, 3, 1), l); err != nil {
		t.Fatal(err)
	}
	if l.failed > 0 {
		t.Fatalf("%d of %d requests failed", l.failed, l.requests)
	}
	return l
}

// The supermarket model (Vvedenskaya, Dobrushin and Karpelevich, 1996;
// Mitzenmacher, 2001): with two choices the part of the queues that are k long or
// longer is ρ^(2ᵏ−1) for ever more of them, where one choice gives ρᵏ. For a
// hundred it is a few percent more.
func TestQueuesUnderTwoChoices(t *testing.T) {
	const rho = 0.9
	l := hundred(t, "p2c", "", 100*100*rho, 45*time.Second)
	mean := 0.0
	for k := 1; k <= 8; k++ {
		want := math.Pow(rho, math.Exp2(float64(k))-1)
		mean += want
		if got := l.atLeast(k); math.Abs(got-want) > 0.04 {
			t.Errorf("%.3f of the queues are %d long or longer, theory says %.3f", got, k, want)
		}
	}
	t.Logf("p2c at %.0f %%: mean queue %.3f, theory %.3f", 100*rho, l.mean(), mean)
	if math.Abs(l.mean()-mean) > 0.06*mean {
		t.Errorf("mean queue %.3f, theory says %.3f", l.mean(), mean)
	}
}

// Drawn at random each instance is an M/M/1 queue.
func TestQueuesUnderOneChoice(t *testing.T) {
	const rho = 0.7
	l := hundred(t, "random", "", 100*100*rho, 60*time.Second)
	want := rho / (1 - rho)
	t.Logf("random at %.0f %%: mean queue %.3f, theory %.3f", 100*rho, l.mean(), want)
	if math.Abs(l.mean()-want) > 0.06*want {
		t.Errorf("mean queue %.3f, theory says %.3f", l.mean(), want)
	}
}

// The shares of a hundred weighted instances are those of their weights, to a
// few requests.
func TestSharesUnderWeights(t *testing.T) {
	var weights []string
	total := 0.0
	for i := range 100 {
		weights = append(weights, fmt.Sprint(1+i%4))
		total += float64(1 + i%4)
	}
	l := hundred(t, "weighted", ", weights: ["+strings.Join(weights, ", ")+"]", 2000, 20*time.Second)
	worst := 0.0
	for i := range 100 {
		got := float64(l.served[fmt.Sprintf("back-%d", i+1)])
		worst = max(worst, math.Abs(got-float64(l.requests)*float64(1+i%4)/total))
	}
	t.Logf("%d requests over a hundred weighted instances: none is off by more than %.1f", l.requests, worst)
	if worst > 3 {
		t.Errorf("an instance is off by %.1f requests", worst)
	}
}
