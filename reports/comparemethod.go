package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"windtunnel/topologies"
)

// method says what the comparison rests on: how many runs, how they were
// judged, and how many would tell more.
func (c *Comparison) method() []string {
	fewest, most := c.repetitions()
	runs := fmt.Sprintf("%d runs each", most)
	if fewest != most {
		runs = fmt.Sprintf("%d to %d runs each", fewest, most)
	}
	switch {
	case most == 1:
		return []string{fmt.Sprintf("One run each: no statistics. What differs may be chance. With --runs %d or more an interval says how sure it is.", fewestRuns)}
	case fewest < fewestRuns:
		return []string{fmt.Sprintf("%s, median and range. An interval needs %d each: what differs may be chance.", runs, fewestRuns)}
	case len(c.Columns) < 2:
		return []string{runs + ": medians with their 95 % intervals."}
	}
	return append([]string{fmt.Sprintf("%s: medians, and the shift of Hodges and Lehmann with its exact 95 %% interval. A difference counts where it is clear of %s "+
		"(shares: %s percentage points) also after Holm's correction for %d tests.",
		runs, c.marginWords(), setting(pointMargin), c.Tests)}, c.advice()...)
}

func (c *Comparison) marginWords() string {
	if c.Margin == 0 {
		return "nothing"
	}
	return "a margin of " + setting(round(100*c.Margin, 3)) + " %"
}

func (c *Comparison) repetitions() (fewest, most int) {
	fewest = math.MaxInt
	for _, s := range c.Columns {
		fewest, most = min(fewest, len(s.Runs)), max(most, len(s.Runs))
	}
	return fewest, most
}

// sought is the difference that advice is given for: a tenth beyond the margin
// is what people ask of a change.
const sought = 0.10

// advice says how many runs would find what these could not.
func (c *Comparison) advice() []string {
	var notes []string
	wanted := c.Margin + sought
	for _, r := range c.Rows {
		if r.Group != "all" || r.Metric != "p99" {
			continue
		}
		most := 0
		for i := range r.Differences {
			most = max(most, r.Differences[i].runsFor(wanted, c.Tests))
		}
		if most > 0 {
			notes = append(notes, fmt.Sprintf("A p99 that is %s %% higher is found four times out of five with about %s each.",
				setting(round(100*wanted, 3)), counted(most, "run")))
		}
	}
	return notes
}

// seeds warns where the sides did not meet the same arrivals.
func seeds(groups []*runGroup) []string {
	of := func(g *runGroup) string {
		all := []uint64{}
		for _, a := range g.runs {
			all = append(all, a.Seed)
		}
		slices.Sort(all)
		return fmt.Sprint(all)
	}
	for _, g := range groups {
		if of(g) != of(groups[0]) {
			return []string{"The seeds differ: the topologies did not meet the same arrivals."}
		}
	}
	return nil
}

// budgets says whether the topologies were given the same CPU and memory.
func budgets(groups []*runGroup) []string {
	same, parts := true, []string{}
	for _, g := range groups {
		given := budget(g.runs[0])
		same = same && given == budget(groups[0].runs[0])
		parts = append(parts, g.label+" "+given)
	}
	switch {
	case len(groups) < 2:
		return nil
	case same:
		return []string{"Each topology has the same in total: " + budget(groups[0].runs[0]) + "."}
	}
	return []string{"The topologies do not have the same in total: " + strings.Join(parts, "; ") + "."}
}

// budget adds up the limits of all instances of a topology, and names the
// nodes that have none.
func budget(a *Analysis) string {
	cpu, memory := 0.0, int64(0)
	var unlimited, scaled []string
	for _, n := range a.run.Identity.Nodes {
		switch {
		case n.Scaler != "":
			scaled = append(scaled, n.Name)
			continue
		case topologies.Provided(n.Kind):
			continue // the provider's
		}
		instances := max(n.Replicas, 1)
		cpu += n.CPU * float64(instances)
		memory += n.Memory * int64(instances)
		if n.CPU == 0 || n.Memory == 0 {
			unlimited = append(unlimited, n.Name)
		}
	}
	given := fmt.Sprintf("%s, %s Mi", cores(cpu), mebibytes(memory))
	switch {
	case cpu == 0 && memory == 0:
		given = "no limits"
	case len(unlimited) > 0:
		given += " and no limit for " + strings.Join(unlimited, ", ")
	}
	if len(scaled) > 0 {
		given += ", and what the scalers of " + strings.Join(scaled, ", ") + " start"
	}
	return given
}
