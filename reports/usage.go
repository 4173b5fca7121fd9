package reports

import (
	"math"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// usage is what the instances of one node consumed in a scope.
type usage struct {
	samples                  int
	cpu, cpuMax              float64 // cores, all instances added up
	memory                   int64   // bytes, the most at one time
	served, failed, rejected uint64
	inFlight                 []float64 // with the queued, second by second
}

// middle returns an instant that a sample of an interval speaks for.
func middle(at, interval time.Duration) time.Duration { return at - interval/2 }

// usageOf sums up the samples of a node. CPU is spread over the part of the
// scope that samples cover, so that a run that was cut off does not look idle.
func usageOf(samples []record.NodeSample, node string, sc scope) usage {
	u := usage{}
	perSecond := map[int64]*oneSecond{}
	var spent time.Duration
	covered := check.Span{From: forever, To: 0}
	for i := range samples {
		s := &samples[i]
		if !sc.holds(middle(s.At, s.Interval)) {
			continue
		}
		covered = check.Span{From: min(covered.From, s.At-s.Interval), To: max(covered.To, s.At)}
		if s.Node != node {
			continue
		}
		u.samples++
		spent += s.CPU
		u.served += s.Served
		u.failed += s.Failed
		u.rejected += s.Rejected
		second := int64(math.Floor(middle(s.At, s.Interval).Seconds()))
		if perSecond[second] == nil {
			perSecond[second] = &oneSecond{memory: map[string]int64{}}
		}
		perSecond[second].add(s)
	}
	for _, second := range perSecond {
		u.cpuMax = max(u.cpuMax, second.cpu)
		u.memory = max(u.memory, second.resident())
		u.inFlight = append(u.inFlight, second.inFlight)
	}
	slices.Sort(u.inFlight)
	if length := sc.sampled(covered); length > 0 {
		u.cpu = spent.Seconds() / length.Seconds()
	}
	return u
}

// sampled returns how much of a scope lies in the span that samples cover.
func (sc scope) sampled(covered check.Span) time.Duration {
	length := time.Duration(0)
	for _, span := range sc.spans {
		// A sample counts whole although a part of it may lie outside.
		length += max(0, min(span.To, covered.To)-max(span.From, covered.From))
	}
	return length
}

// oneSecond adds up the instances of a node over one second. An instance may
// be sampled twice in it: its CPU then adds up, its memory does not.
type oneSecond struct {
	cpu      float64
	inFlight float64
	memory   map[string]int64
}

func (o *oneSecond) add(s *record.NodeSample) {
	if s.Interval > 0 {
		o.cpu += s.CPU.Seconds() / max(s.Interval.Seconds(), 1)
	}
	o.inFlight += float64(s.InFlight + s.Queued)
	o.memory[s.Instance] = max(o.memory[s.Instance], int64(s.Memory))
}

func (o *oneSecond) resident() int64 {
	sum := int64(0)
	for _, bytes := range o.memory {
		sum += bytes
	}
	return sum
}

// edgeUsage is the traffic of one edge in a scope.
type edgeUsage struct {
	calls, attempts, failed     uint64
	rejected, hedges, fallbacks uint64
	latency                     time.Duration
}

func edgeUsageOf(samples []record.EdgeSample, from, to string, sc scope) edgeUsage {
	var u edgeUsage
	for i := range samples {
		s := &samples[i]
		if s.From != from || s.To != to || !sc.holds(middle(s.At, time.Second)) {
			continue
		}
		u.calls += s.Calls
		u.attempts += s.Attempts
		u.failed += s.Failed
		u.rejected += s.Rejected
		u.hedges += s.Hedges
		u.fallbacks += s.Fallbacks
		u.latency += s.Latency
	}
	return u
}
