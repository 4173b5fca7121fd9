package reports

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies"
)

// need is how many instances the load of a node asks for, from the run's begin.
type need struct {
	present []change // for all requests that are there, those that wait for a start included
	busy    []change // for those that are served; nil: not known
}

// needOf reads the load from the invocations, to the instant; where the record has
// a part of them alone, or the node is a service, from the series, once a second.
func (a *Analysis) needOf(node string) need {
	i := slices.IndexFunc(a.run.Identity.Nodes, func(n record.Node) bool { return n.Name == node })
	n := a.run.Identity.Nodes[i]
	each := n.Concurrency
	if n.Kind == "function" && a.run.Identity.Sampling.OneIn <= 1 {
		return a.invokedNeed(node, max(1, each))
	}
	if each == 0 {
		return need{present: []change{{}}} // one instance takes all
	}
	return a.sampledNeed(node, each)
}

// invokedNeed is the need of a function whose invocations are all known.
func (a *Analysis) invokedNeed(node string, each int) need {
	var present, busy []change // by how much the number of requests changes
	for i, err := range a.run.Invocations() {
		if err != nil || i.Node != node {
			continue
		}
		if i.Left {
			present = append(present, change{i.At, 1}, change{i.At + i.Cold, -1})
			continue
		}
		present = append(present, change{i.At - i.Cold, 1}, change{i.At + i.Duration, -1})
		busy = append(busy, change{i.At, 1}, change{i.At + i.Duration, -1})
	}
	return need{instancesFor(present, each), instancesFor(busy, each)}
}

// instancesFor adds changes of the number of requests up to how many instances
// they need that take so many each.
func instancesFor(changes []change, each int) []change {
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.count, b.count)) })
	all, requests := []change{{}}, 0
	for _, c := range changes {
		requests += c.count
		all = follow(all, c.at, (requests+each-1)/each)
	}
	return all
}

// follow appends a number from an instant on, where it is another.
func follow(all []change, at time.Duration, count int) []change {
	last := &all[len(all)-1]
	switch {
	case at <= last.at:
		if last.count = count; len(all) > 1 && count == all[len(all)-2].count {
			all = all[:len(all)-1]
		}
	case count != last.count:
		all = append(all, change{at, count})
	}
	return all
}

// sampledNeed is the need as the series tells it: of a function its front's rows,
// of a service its own, those of one second added up.
func (a *Analysis) sampledNeed(node string, each int) need {
	of := node
	if slices.ContainsFunc(a.run.Identity.Nodes, func(n record.Node) bool { return n.Name == topologies.FrontOf(node) }) {
		of = topologies.FrontOf(node)
	}
	present := map[time.Duration]int{}
	for _, s := range a.run.Nodes {
		if s.Node == of {
			present[s.At.Truncate(time.Second)] += s.InFlight + s.Queued
		}
	}
	all, seconds := []change{{}}, make([]time.Duration, 0, len(present))
	for at := range present {
		seconds = append(seconds, at)
	}
	slices.Sort(seconds)
	for _, at := range seconds {
		all = follow(all, at, (present[at]+each-1)/each)
	}
	return need{present: all}
}

// shortages are the times in which more was needed than served, until the end.
func shortages(needed, served []change, end time.Duration) []check.Span {
	var all []check.Span
	began, short, i, j := time.Duration(0), false, 0, 0
	for at := time.Duration(0); at < end; {
		for i+1 < len(needed) && needed[i+1].at <= at {
			i++
		}
		for j+1 < len(served) && served[j+1].at <= at {
			j++
		}
		switch is := needed[i].count > served[j].count; {
		case is && !short:
			began, short = at, true
		case !is && short:
			all, short = append(all, check.Span{From: began, To: at}), false
		}
		next := end
		if i+1 < len(needed) {
			next = min(next, needed[i+1].at)
		}
		if j+1 < len(served) {
			next = min(next, served[j+1].at)
		}
		at = next
	}
	if short {
		all = append(all, check.Span{From: began, To: end})
	}
	return all
}

// decided are the times from a scaler's decision for more instances until so many
// serve, or it wants fewer.
func (a *Analysis) decided(node string, served []change) []check.Span {
	var all []check.Span
	wanted, since := 0, time.Duration(0)
	settle := func(until time.Duration) {
		if wanted == 0 {
			return
		}
		met := until
		for _, c := range clip(served, since, until) {
			if c.count >= wanted {
				met = c.at
				break
			}
		}
		if met > since {
			all = append(all, check.Span{From: since, To: met})
		}
	}
	for _, e := range a.run.Events {
		if e.Node != node || e.Kind != record.Scale || e.At < 0 {
			continue
		}
		from, _ := strconv.Atoi(e.From)
		to, err := strconv.Atoi(e.To)
		if err != nil || to == from {
			continue
		}
		settle(e.At)
		wanted, since = 0, e.At
		if to > from {
			wanted = to
		}
	}
	settle(a.timeline.end)
	return all
}

// united makes one of spans that touch.
func united(spans []check.Span) []check.Span {
	slices.SortFunc(spans, func(a, b check.Span) int { return cmp.Compare(a.From, b.From) })
	all := spans[:0]
	for _, s := range spans {
		if last := len(all) - 1; last >= 0 && s.From <= all[last].To {
			all[last].To = max(all[last].To, s.To)
			continue
		}
		all = append(all, s)
	}
	return all
}

// lastAbove is the last instant before the given one until which more than n were needed; 0: never.
func lastAbove(needed []change, n int, before time.Duration) time.Duration {
	last := time.Duration(0)
	for i, c := range needed {
		if c.count > n && c.at < before {
			if last = before; i+1 < len(needed) {
				last = min(before, needed[i+1].at)
			}
		}
	}
	return last
}
