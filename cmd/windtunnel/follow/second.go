package follow

import (
	"time"

	"windtunnel/runner/record"
)

// late is how many seconds after its end a second counts as told by all.
const late = 1

// Second is what happened in one second of a run.
type Second struct {
	At      time.Duration // its end
	Entries []Entry       // total first; without trends
	Nodes   []Node
}

// Detail has events and seconds kept from now on, until News and Seconds are asked for them.
func (r *Run) Detail() { r.detailed = true }

// News hands out the events since the last time.
func (r *Run) News() []record.Event {
	news := r.news
	r.news = nil
	return news
}

// Seconds hands out the seconds that are over since the last time.
func (r *Run) Seconds() []Second {
	if r.stage == Over { // nothing more comes
		end := secondOf(r.now) + 1
		r.end(end)
		r.close(end)
		r.tell(end)
	}
	kept := r.seconds
	r.seconds = nil
	return kept
}

// reach says that it is so late, at least.
func (r *Run) reach(now time.Duration) {
	r.now = max(r.now, now)
	if !r.detailed {
		return
	}
	end := secondOf(r.now)
	r.end(end)
	r.close(end - late)
	if r.every > 0 {
		r.tell((end - late) / r.every * r.every)
	}
}

// end keeps the seconds before one, with the instances as they stand at their end.
func (r *Run) end(before int64) {
	for ; r.detailed && r.ended < before; r.ended++ {
		s := Second{At: time.Duration(r.ended+1) * time.Second}
		for _, n := range r.nodes {
			one := n.stands(s.At)
			one.Faults = r.holding(one.Name)
			s.Nodes = append(s.Nodes, one)
		}
		r.untold = append(r.untold, s)
	}
}

// close fills in what visitors met in the seconds before one. That is done before
// the time has gone so far on that their latencies are forgotten.
func (r *Run) close(before int64) {
	for ; r.closed < min(before, r.ended); r.closed++ {
		s := &r.untold[len(r.untold)-int(r.ended-r.closed)]
		for _, e := range append([]*entry{r.total}, r.entries...) {
			s.Entries = append(s.Entries, Entry{Name: e.name, Figures: e.over(r.closed, r.closed+1)})
		}
	}
}

// tell has the nodes of the seconds before one tell what they did, and hands those out.
func (r *Run) tell(before int64) {
	for len(r.untold) > 0 && secondOf(r.untold[0].At) <= before {
		s := r.untold[0]
		r.untold = r.untold[1:]
		second := secondOf(s.At) - 1
		for i, n := range r.nodes {
			n.traffic(&s.Nodes[i], second, second+1, max(1, r.every))
		}
		r.seconds = append(r.seconds, s)
	}
}
