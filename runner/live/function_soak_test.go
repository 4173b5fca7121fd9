package live

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// resident is the most memory that a node's instances told at one time, and of
// how many that was.
func (m *memory) resident(node string) (most unit.Bytes, instances int) {
	samples := slices.DeleteFunc(slices.Clone(m.nodes), func(s record.NodeSample) bool { return s.Node != node })
	slices.SortFunc(samples, func(a, b record.NodeSample) int { return cmp.Compare(a.At, b.At) })
	last := map[string]record.NodeSample{}
	for _, s := range samples {
		last[s.Instance] = s
		sum, alive := unit.Bytes(0), 0
		for _, one := range last {
			if s.At-one.At < 2*time.Second { // each tells once a second
				sum, alive = sum+one.Memory, alive+1
			}
		}
		if sum > most {
			most, instances = sum, alive
		}
	}
	return most, instances
}

// TestSoakTwoHundredInstances: alive at once in 3 GB, and gone when they are not needed.
func TestSoakTwoHundredInstances(t *testing.T) {
	soak(t)
	const many, room = 200, unit.Bytes(3) << 30
	m := drive(t, lone("6s", "memory: 64Mi, scaler: {lambda: {keep_alive: 1s}}",
		"{name: burst, for: 10ms, load: {constant: 20000/s}}, {name: after, for: 25s, load: {constant: 0/s}}", ""), 1)
	memory, of := m.resident("unit")
	retired, first, last := 0, time.Duration(0), time.Duration(0)
	for _, e := range m.eventsOf(record.InstanceReady) {
		first = max(first, e.At)
	}
	for _, e := range m.eventsOf(record.InstanceStop) {
		if e.Reason == "retired" {
			retired++
			last = max(last, e.At)
		}
	}
	t.Logf("%d instances at one time, all ready after %v; %d of them tell %d MiB, %.1f MiB each; the last of %d was gone after %v",
		m.most("unit"), first.Round(time.Millisecond), of, memory>>20, float64(memory)/float64(max(of, 1))/(1<<20), retired, last.Round(time.Millisecond))
	if n := count(m.bySeq(), policy.OK); n != many || m.most("unit") != many || retired != many {
		t.Errorf("%d answered by %d instances, of which %d were retired", n, m.most("unit"), retired)
	}
	if memory > room || of < many*9/10 {
		t.Errorf("%d instances hold %d MiB", of, memory>>20)
	}
	m.lived(t)
}

// TestSoakPartsOfABurst: a hundred starts at once, whose parts and work add up to
// what each request took.
func TestSoakPartsOfABurst(t *testing.T) {
	soak(t)
	inCalm(t, func() (over string) { return burst(t, 0, true) })
}

// TestSoakColdStartsOneAtATime: fifty starts of a process, each alone. On a
// machine that does nothing else the median is under 15 ms.
func TestSoakColdStartsOneAtATime(t *testing.T) {
	soak(t)
	inCalm(t, func() (over string) {
		m := drive(t, lone("1ms", "scaler: {lambda: {keep_alive: 100ms}}", "{name: sporadic, for: 25s, load: {constant: 2/s}}", ""), 1)
		var starts, added []time.Duration
		for _, c := range m.cold(t) {
			starts = append(starts, c.start)
			added = append(added, c.latency-c.Duration)
		}
		if len(starts) < 45 {
			t.Fatalf("%d of %d requests were cold", len(starts), len(m.bySeq()))
		}
		slices.Sort(starts)
		slices.Sort(added)
		p95 := func(all []time.Duration) time.Duration { return all[len(all)*95/100] }
		t.Logf("%d starts: p50 %v, p95 %v; they add to their requests p50 %v, p95 %v",
			len(starts), median(starts), p95(starts), median(added), p95(added))
		if median(starts) > 15*time.Millisecond {
			over = "half of the starts took longer than " + median(starts).String()
		}
		return over
	})
}
