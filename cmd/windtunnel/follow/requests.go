package follow

import (
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// entry counts the requests of one entry by the second in which they ended.
type entry struct {
	name    string
	counts  ring[count]
	latency latencies // by second
}

type count struct{ ok, failed uint64 }

func (e *entry) add(q *record.Request) {
	second := secondOf(q.Done)
	c := e.counts.at(second)
	if c == nil {
		return
	}
	if q.Cause != policy.OK {
		c.failed++
		return
	}
	c.ok++
	if l := e.latency.at(second); l != nil {
		l.Add(max(q.Latency(), 0))
	}
}

// over sums up some seconds.
func (e *entry) over(from, to int64) Figures {
	var all count
	for second := from; second < to; second++ {
		if c := e.counts.kept(second); c != nil {
			all.ok += c.ok
			all.failed += c.failed
		}
	}
	latency := e.latency.over(from, to)
	f := Figures{Answered: latency.Count}
	if n := all.ok + all.failed; n > 0 && to > from {
		f.Rate, f.Errors = float64(n)/float64(to-from), float64(all.failed)/float64(n)
	}
	if latency.Count > 0 {
		f.P50, f.P99 = quantile(latency, 0.5), quantile(latency, 0.99)
	}
	return f
}

func (e *entry) trend(to int64) []Point {
	var points []Point
	for second := max(0, to-seconds+2); second < to; second++ {
		p := Point{}
		if c := e.counts.kept(second); c != nil {
			p.Rate = float64(c.ok + c.failed)
			p.Errors = float64(c.failed) / max(p.Rate, 1)
		}
		points = append(points, p)
	}
	return points
}
