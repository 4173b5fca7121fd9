package sim

import (
	"fmt"
	"time"

	"windtunnel/runner/record"
)

// busySpan is over how long the use of CPU is averaged: a load has to last to
// count as one that was tried.
const busySpan = 5 * time.Second

// busy watches how much CPU a run uses, by its samples in the order of time.
type busy struct {
	cores       float64            // of the host; 0: not known
	limits      map[string]float64 // of each node's instances
	host, limit float64            // the largest share over any span
	span        int64              // the one under way
	used        time.Duration      // in it, by all
	spent       map[string]spent   // in it, by instance
}

type spent struct {
	cpu   time.Duration
	limit float64
}

func newBusy(cores float64, nodes []record.Node) *busy {
	b := &busy{cores: cores, limits: map[string]float64{}, spent: map[string]spent{}}
	for _, n := range nodes {
		b.limits[n.Name] = n.CPU
	}
	return b
}

// add takes a sample in. What others than the run use does not count.
func (b *busy) add(s record.NodeSample) {
	if s.Node == record.HostNode || s.Node == record.StealNode {
		return
	}
	if span := int64((s.At - s.Interval/2) / busySpan); span > b.span {
		b.close()
		b.span = span
	}
	b.used += s.CPU
	if limit := b.limits[s.Node]; limit > 0 {
		b.spent[s.Instance] = spent{b.spent[s.Instance].cpu + s.CPU, limit}
	}
}

// close ends the span under way.
func (b *busy) close() {
	if b.cores > 0 {
		b.host = max(b.host, b.used.Seconds()/busySpan.Seconds()/b.cores)
	}
	for _, s := range b.spent {
		b.limit = max(b.limit, s.cpu.Seconds()/busySpan.Seconds()/s.limit)
	}
	b.used = 0
	clear(b.spent)
}

// watched is a recorder that also watches how busy the run is, and what it does.
type watched struct {
	record.Recorder
	busy *busy
	seen *seen
}

func (w watched) Node(s record.NodeSample) {
	w.busy.add(s)
	w.seen.node(s)
	w.Recorder.Node(s)
}

func (w watched) Edge(s record.EdgeSample) {
	w.seen.edge(s)
	w.Recorder.Edge(s)
}

func (w watched) Request(q record.Request) {
	w.seen.request(q)
	w.Recorder.Request(q)
}

// beyond says in plain words where a run used more CPU than those that the
// calibration was fitted on.
func (c *Calibration) beyond(b *busy) []string {
	var out []string
	for _, used := range []struct {
		what     string
		now, was float64
	}{{"the host's cores", b.host, c.FittedOn.HostBusy}, {"an instance's CPU limit", b.limit, c.FittedOn.LimitBusy}} {
		if used.now > used.was*rateSlack+0.01 {
			out = append(out, fmt.Sprintf("outside the calibration: its runs used up to %.0f %% of %s, and this one used %.0f %%",
				100*used.was, used.what, 100*used.now))
		}
	}
	return out
}
