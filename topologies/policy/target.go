package policy

import "time"

// TargetSlice is how finely attempts are counted by the instance that they go to.
const TargetSlice = 100 * time.Millisecond

// TargetCount counts the attempts to one instance in one slice of time.
type TargetCount struct {
	Endpoint EndpointID
	Begin    Instant // of the slice
	Attempts uint64
	Last     Instant // when the last of them was sent
}

// targets counts an edge's attempts by slice and instance, until they are taken.
type targets struct {
	counts []TargetCount
	open   int // index of the first count of the slice that time is in
}

// maxTargetCounts bounds what waits to be taken, for a host that never does.
const maxTargetCounts = 1 << 16

func (t *targets) sent(now Instant, to EndpointID) {
	begin := now - now%Instant(TargetSlice)
	if t.open < len(t.counts) && t.counts[t.open].Begin != begin {
		t.open = len(t.counts)
	}
	for i := t.open; i < len(t.counts); i++ {
		if c := &t.counts[i]; c.Endpoint == to {
			c.Attempts++
			c.Last = now
			return
		}
	}
	if len(t.counts) < maxTargetCounts {
		t.counts = append(t.counts, TargetCount{Endpoint: to, Begin: begin, Attempts: 1, Last: now})
	}
}

// Track has the edge count its attempts by instance.
func (e *Edge) Track() {
	if e.targets == nil {
		e.targets = &targets{}
	}
}

// TakeTargets appends what was counted since it was last taken. A slice that is
// not over may be told in two parts.
func (e *Edge) TakeTargets(out []TargetCount) []TargetCount {
	if e.targets == nil {
		return out
	}
	out = append(out, e.targets.counts...)
	e.targets.counts, e.targets.open = e.targets.counts[:0], 0
	return out
}
