package live

import (
	"container/heap"
	"context"
	"math"
	"os"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// busyUntil is when each of c servers is free, soonest first.
type busyUntil []time.Duration

func (b busyUntil) Len() int           { return len(b) }
func (b busyUntil) Less(i, j int) bool { return b[i] < b[j] }
func (b busyUntil) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *busyUntil) Push(x any)        { *b = append(*b, x.(time.Duration)) }
func (b *busyUntil) Pop() any          { last := (*b)[len(*b)-1]; *b = (*b)[:len(*b)-1]; return last }

// kieferWolfowitz returns the time that each request spends in a first-come
// first-served system of c servers (Kiefer and Wolfowitz, 1955; Lindley for
// c = 1), from the intended instants and from the very service times that the
// requests' identities draw, each longer by overhead.
func kieferWolfowitz(requests []record.Request, seed uint64, service work.Dist, c int, overhead time.Duration) []time.Duration {
	free := make(busyUntil, c)
	spent := make([]time.Duration, len(requests))
	for i, r := range requests {
		begin := max(r.Intended, free[0])
		end := begin + service.Draw(work.Root(seed).Child(r.Seq).Child(0)) + overhead
		free[0] = end
		heap.Fix(&free, 0)
		spent[i] = end - r.Intended
	}
	return spent
}

// erlangC is the probability that an arrival at M/M/c waits (Erlang, 1917), at
// the load a = λ/μ.
func erlangC(c int, a float64) float64 {
	b := 1.0 // Erlang B by its recursion
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b / (1 - a/float64(c)*(1-b))
}

// meanInSystem is the mean time in M/M/c with a mean service time, at a
// utilisation: the time to be served, and the wait for it.
func meanInSystem(c int, service time.Duration, utilisation float64) time.Duration {
	waits := erlangC(c, float64(c)*utilisation)
	return service + time.Duration(waits*float64(service)/(float64(c)*(1-utilisation)))
}

// batchMeans returns the mean of the values and the half width of an interval by
// 20 batch means. Six cases share 5 % of error (Bonferroni): of Student's t with
// 19 degrees of freedom that is the quantile 2.95.
func batchMeans(values []time.Duration) (mean, half time.Duration) {
	const batches = 20
	var means [batches]float64
	size, total := len(values)/batches, 0.0
	for b := range batches {
		for _, v := range values[b*size : (b+1)*size] {
			means[b] += float64(v) / float64(size)
		}
		total += means[b] / batches
	}
	square := 0.0
	for _, m := range means {
		square += (m - total) * (m - total)
	}
	return time.Duration(total), time.Duration(2.95 * math.Sqrt(square/(batches-1)/batches))
}

func latencies(t *testing.T, requests []record.Request) []time.Duration {
	t.Helper()
	spent := make([]time.Duration, len(requests))
	for i, r := range requests {
		if r.Cause != "" {
			t.Fatalf("request %d failed: %s", r.Seq, r.Cause)
		}
		spent[i] = r.Latency()
	}
	return spent
}

func mean(values []time.Duration) time.Duration {
	total := time.Duration(0)
	for _, v := range values {
		total += v
	}
	return total / time.Duration(len(values))
}

// lateness is how much later than intended requests were sent, in the mean.
func lateness(requests []record.Request) time.Duration {
	total := time.Duration(0)
	for _, r := range requests {
		total += r.Sent - r.Intended
	}
	return total / time.Duration(len(requests))
}

// queueCase is one M/M/c at one utilisation.
type queueCase struct {
	servers     int
	utilisation float64
}

var queueCases = []queueCase{{1, 0.5}, {1, 0.7}, {1, 0.85}, {4, 0.5}, {4, 0.7}, {4, 0.85}}

// meanService is 20 ms, long beside what a timer and a scheduler add to each.
const meanService = 20 * time.Millisecond

var serviceTime = work.Dist{Kind: work.Exponential, A: meanService}

// measureQueue drives one service for a while. It returns the requests, and by
// how much the mean time with a worker, as the node itself measured it, is longer
// than the mean of the times that it drew: what timers and a busy machine add.
func measureQueue(t *testing.T, q queueCase, length time.Duration, seed uint64) (requests []record.Request, excess time.Duration) {
	t.Helper()
	rate := q.utilisation * float64(q.servers) / meanService.Seconds()
	g := one(q.servers, 100_000, false, work.Step{Kind: work.Wait, For: serviceTime})
	m, err := carryOut(t, context.Background(), scenario(length, &arrival.Poisson{PerSecond: unit.Rate(rate)}), g, seed)
	if err != nil {
		t.Fatal(err)
	}
	requests = m.bySeq()
	served, worked := uint64(0), time.Duration(0)
	for _, s := range m.nodes {
		for _, o := range s.Operations {
			served += o.Count
			worked += o.Service
		}
	}
	drawn := time.Duration(0)
	for _, r := range requests {
		drawn += serviceTime.Draw(work.Root(seed).Child(r.Seq).Child(0))
	}
	if served < uint64(len(requests)) {
		t.Fatalf("the node counted %d requests of %d", served, len(requests))
	}
	return requests, worked/time.Duration(served) - drawn/time.Duration(len(requests))
}

// TestQueueing holds that a measured service is the queue that theory speaks of:
// it takes as long as the same arrivals and service times take in a perfect
// first-come first-served system whose services are longer by what the node
// measured of itself. This is far sharper than a mean against a formula, since
// no chance is left in it; the formula's turn is TestQueueingSoak.
func TestQueueing(t *testing.T) {
	const seed = 3
	for _, q := range queueCases {
		requests, excess := measureQueue(t, q, 5*time.Second, seed)
		measured := mean(latencies(t, requests))
		perfect := mean(kieferWolfowitz(requests, seed, serviceTime, q.servers, 0))
		// Stalls of a busy machine come in lumps, which cost more than their mean.
		allowed := 2*excess + time.Millisecond
		// They also hold up a request on its way: as it is sent, which the generator
		// measures, as the node takes it in, and as its reply is read.
		onTheWay := 3 * lateness(requests)
		slowest := mean(kieferWolfowitz(requests, seed, serviceTime, q.servers, allowed)) + onTheWay + 10*time.Millisecond
		t.Logf("M/M/%d at %.0f %%: measured %v, the same draws perfectly served %v, a service %v longer than drawn, theory %v, %d requests",
			q.servers, 100*q.utilisation, measured, perfect, excess, meanInSystem(q.servers, meanService, q.utilisation), len(requests))
		if measured < perfect || measured > slowest {
			t.Errorf("M/M/%d at %.0f %%: mean %v, want %v to %v", q.servers, 100*q.utilisation, measured, perfect, slowest)
		}
	}
}

// TestQueueingSoak is the long form: the mean agrees with theory within its own
// interval by batch means. Theory is asked for the service times as declared and,
// from above, for what the node measured of them, with what the generator measured
// of the way there: a busy machine makes a busier server, and both say how much.
func TestQueueingSoak(t *testing.T) {
	soak(t)
	length := 4 * time.Minute
	if d, err := time.ParseDuration(os.Getenv("WINDTUNNEL_QUEUEING_FOR")); err == nil {
		length = d
	}
	for i, q := range queueCases {
		seed := uint64(100 + i)
		requests, excess := measureQueue(t, q, length, seed)
		measured, half := batchMeans(latencies(t, requests))
		theory := meanInSystem(q.servers, meanService, q.utilisation)
		longer := meanService + max(excess, 500*time.Microsecond)
		slower := meanInSystem(q.servers, longer, q.utilisation*float64(longer)/float64(meanService)) + 3*lateness(requests)
		perfect := mean(kieferWolfowitz(requests, seed, serviceTime, q.servers, 0))
		t.Logf("M/M/%d at %.0f %%: measured %v ± %v, theory %v (%+.1f %%), the same draws perfectly served %v (%+.1f %%), a service %v longer than drawn, %d requests",
			q.servers, 100*q.utilisation, measured, half, theory, 100*(float64(measured)/float64(theory)-1),
			perfect, 100*(float64(measured)/float64(perfect)-1), excess, len(requests))
		if measured < theory-half || measured > slower+half {
			t.Errorf("M/M/%d at %.0f %%: mean %v ± %v, want %v to %v", q.servers, 100*q.utilisation, measured, half, theory, slower)
		}
	}
}
