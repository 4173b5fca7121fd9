package reports

import (
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// change is how many instances serve from an instant on.
type change struct {
	at    time.Duration
	count int
}

// serving returns how many of a node's instances served, from the run's begin.
func (a *Analysis) serving(node string) []change {
	up := map[string]bool{}
	all := []change{{}}
	for _, e := range a.run.Events {
		if e.Node != node {
			continue
		}
		switch e.Kind {
		case record.InstanceReady:
			up[e.Instance] = true
		case record.InstanceStop:
			delete(up, e.Instance)
		case record.InstancePaused:
			delete(up, e.Instance)
		default:
			continue
		}
		switch {
		case e.At <= 0:
			all[0].count = len(up)
			continue
		case len(up) == all[len(all)-1].count: // it had not served, or was there already
			continue
		}
		all = append(all, change{e.At, len(up)})
	}
	return all
}

// mostInstances is how many of a node's instances served at one time, at most.
func (a *Analysis) mostInstances(node string, sc scope) check.Value {
	all, most := a.serving(node), 0
	for _, s := range sc.spans {
		for _, c := range clip(all, s.From, s.To) {
			most = max(most, c.count)
		}
	}
	return exactly(float64(most), 1)
}

// scaling says for each phase how the number of instances followed the load.
func (a *Analysis) scaling(node string) []ScaleStep {
	steps := []ScaleStep{}
	all := a.serving(node)
	if len(all) == 1 {
		return steps
	}
	need := a.needOf(node)
	short := shortages(need.present, all, a.timeline.end)
	// A wait for an instance that was warm is in no record, so what the scaler saw counts, too.
	short = united(append(short, a.decided(node, all)...))
	for _, p := range a.timeline.phases {
		begin := p.Begin.Duration()
		end := min(p.End(), a.timeline.end)
		if end > begin {
			steps = append(steps, scaleStep(p.Name, all, need, short, begin, end))
		}
	}
	return steps
}

// scaleStep looks at one phase. What it settles at is the number that served for
// most of the phase's last third.
func scaleStep(name string, all []change, need need, short []check.Span, begin, end time.Duration) ScaleStep {
	within := clip(all, begin, end)
	s := ScaleStep{Phase: name, From: within[0].count, To: usual(clip(all, end-(end-begin)/3, end), end)}
	settled := len(within) - 1
	for i, c := range within {
		s.Most = max(s.Most, c.count)
		if s.To > s.From && c.count >= s.To || s.To < s.From && c.count <= s.To || s.To == s.From {
			settled = min(settled, i)
		}
	}
	for _, one := range short {
		if begin <= one.From && one.From < end {
			s.LagMS = max(s.LagMS, ms(one.To-one.From))
		}
	}
	if s.To < s.From { // the way down begins when no more is needed
		s.LagMS = ms(max(0, within[settled].at-max(begin, lastAbove(need.present, s.To, within[settled].at))))
	}
	s.Need = s.To
	if need.busy != nil {
		s.Need = most(clip(need.busy, begin, end))
	}
	if floor := max(s.Need, s.From); s.Most > floor {
		s.Overshoot = float64(s.Most-floor) / float64(max(floor, 1))
	}
	direction := 0
	for i := settled + 1; i < len(within); i++ {
		turn := 1
		if within[i].count < within[i-1].count {
			turn = -1
		}
		if direction != 0 && turn != direction {
			s.Turns++
		}
		direction = turn
	}
	return s
}

// most is the largest number.
func most(within []change) int {
	n := 0
	for _, c := range within {
		n = max(n, c.count)
	}
	return n
}

// clip returns the changes within a span, with the number at its begin first.
func clip(all []change, begin, end time.Duration) []change {
	within := []change{{begin, all[0].count}}
	for _, c := range all[1:] {
		switch {
		case c.at <= begin:
			within[0].count = c.count
		case c.at < end:
			within = append(within, c)
		}
	}
	return within
}

// usual is the number that held for the longest time.
func usual(within []change, end time.Duration) int {
	held := map[int]time.Duration{}
	for i, c := range within {
		until := end
		if i+1 < len(within) {
			until = within[i+1].at
		}
		held[c.count] += until - c.at
	}
	counts := []int{}
	for n := range held {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	best := within[0].count
	for _, n := range counts {
		if held[n] > held[best] {
			best = n
		}
	}
	return best
}
