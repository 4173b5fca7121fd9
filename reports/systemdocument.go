package reports

import (
	"fmt"
	"slices"
	"strings"
)

// edgeColumns are those of the edges' table that few topologies have a use for:
// each is there where some edge counts something in it.
var edgeColumns = []struct {
	column Column
	of     func(EdgeResult) uint64
}{
	{Column{Title: "turned away", Number: true}, func(e EdgeResult) uint64 { return e.Rejected }},
	{Column{Title: "fallback", Number: true}, func(e EdgeResult) uint64 { return e.Fallbacks }},
	{Column{Title: "hedges", Number: true}, func(e EdgeResult) uint64 { return e.Hedges }},
	{Column{Title: "ejected", Number: true}, func(e EdgeResult) uint64 { return uint64(e.Ejections) }},
}

// edgeSection is about what went between the nodes: retries, hedges, breakers,
// and who was turned away.
func (a *Analysis) edgeSection() Section {
	opened := 0
	table := &Table{
		Columns: []Column{{Title: "edge"}, {Title: "calls", Number: true}, {Title: "attempts", Number: true, Spare: 2},
			{Title: "per call", Number: true}, {Title: "failed", Number: true}, {Title: "mean ms", Number: true, Spare: 1},
			{Title: "opened", Number: true}, {Title: "open s", Number: true}},
	}
	var more []func(EdgeResult) uint64
	for _, c := range edgeColumns {
		if slices.ContainsFunc(a.Edges, func(e EdgeResult) bool { return c.of(e) > 0 }) {
			table.Columns, more = append(table.Columns, c.column), append(more, c.of)
		}
	}
	for _, e := range a.Edges {
		if e.Calls == 0 && e.Attempts == 0 && e.Openings == 0 {
			continue
		}
		opened += e.Openings
		row := []Cell{text(e.From + " > " + e.To), text(count(e.Calls)), text(count(e.Attempts)),
			text(number(e.Amplification)), zeroMuted(e.Failed), text(number(e.LatencyMS)),
			zeroMuted(e.Openings), zeroOr(e.OpenMS / 1000)}
		for _, of := range more {
			row = append(row, zeroMuted(of(e)))
		}
		table.Rows = append(table.Rows, row)
	}
	if len(table.Rows) == 0 {
		return Section{}
	}
	retries := fmt.Sprintf("%s attempts for each call between nodes", number(a.Amplification))
	if a.Amplification == 1 {
		retries = "no call between nodes was tried twice"
	}
	breakers := "no breaker opened"
	if opened > 0 {
		breakers = fmt.Sprintf("breakers opened %s", times(opened))
	}
	return Section{Name: "edges", Title: capital(breakers) + "; " + retries, Blocks: []Block{table}}
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(n) + " times"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func zeroOr(v float64) Cell {
	if v == 0 {
		return muted("0")
	}
	return text(number(v))
}

// nodeSection is about what the nodes consumed.
func (a *Analysis) nodeSection() Section {
	if len(a.Nodes) == 0 {
		return Section{}
	}
	cpu, memory, sampled := 0.0, int64(0), false
	table := &Table{
		Columns: []Column{{Title: "node"}, {Title: "kind", Spare: 3}, {Title: "instances", Number: true}, {Title: "CPU cores", Number: true},
			{Title: "peak cores", Number: true, Spare: 2}, {Title: "CPU limit", Number: true, Spare: 1}, {Title: "peak Mi", Number: true},
			{Title: "limit Mi", Number: true, Spare: 1}, {Title: "served", Number: true, Spare: 4}, {Title: "queue full", Number: true}},
		Note: "Cores and memory of all instances of a node added up; limits are of one instance.",
	}
	for _, n := range a.Nodes {
		cpu, memory, sampled = cpu+n.CPU, memory+n.Memory, sampled || n.Sampled
		table.Rows = append(table.Rows, n.cells())
	}
	title := "The nodes did not tell what they consumed"
	if sampled {
		title = fmt.Sprintf("The nodes used %s cores", number(cpu))
		if memory > 0 { // a simulated one has none
			title += fmt.Sprintf(" and at most %s Mi of memory", mebibytes(memory))
		}
	}
	s := Section{Name: "nodes", Title: title, Blocks: []Block{table}}
	if len(a.Unenforced) > 0 {
		s.Blocks = append(s.Blocks, Paragraph{Text: "Not enforced: " + strings.Join(a.Unenforced, "; "), Tone: Doubt})
	}
	return s
}

func (n *NodeResult) cells() []Cell {
	instances := count(n.Replicas)
	switch {
	case n.Scaler != "":
		instances = fmt.Sprintf("up to %d (%d started)", n.Peak, n.Started)
	case n.Started > n.Replicas:
		instances += fmt.Sprintf(" (%d started)", n.Started)
	}
	cells := []Cell{text(n.Name), text(n.Kind), text(instances)}
	if !n.Sampled {
		return append(cells, muted("–"), muted("–"), limit(n.CPULimit), muted("–"), limit(float64(n.MemoryLimit)/(1<<20)), muted("–"), muted("–"))
	}
	cells = append(cells, text(number(n.CPU)), text(number(n.CPUMax)), limit(n.CPULimit), n.peakMemory(),
		limit(float64(n.MemoryLimit)/(1<<20)))
	if n.Kind == "container" { // it counts nothing for windtunnel
		return append(cells, muted("–"), muted("–"))
	}
	return append(cells, text(count(n.Served)), zeroMuted(n.Rejected))
}

// peakMemory is empty where nothing tells it: a simulated instance has no memory.
func (n *NodeResult) peakMemory() Cell {
	if n.Memory == 0 {
		return Cell{}
	}
	return text(mebibytes(n.Memory))
}

func limit(v float64) Cell {
	if v == 0 {
		return muted("none")
	}
	return text(setting(v))
}

// generatorSection says whether the load was what it should have been.
func (a *Analysis) generatorSection() Section {
	g, all := a.Generator, a.asked.measured()
	if g.LatenessMS == nil {
		return Section{Name: "load", Title: "The load generator sent nothing", Tone: Bad}
	}
	s := Section{Name: "load", Title: "The load generator kept up", Tone: Good}
	if g.Saturated {
		s = Section{Name: "load", Title: "The load generator did not keep up: the figures cannot be trusted", Tone: Bad}
	}
	l := g.LatenessMS
	line := fmt.Sprintf("It sent %s of %s arrivals (%s/s) and dropped %s. Requests left late by %s ms in the median, p99 %s ms, at most %s ms",
		count(all.Sent), count(all.Offered), number(all.Rate), count(g.Dropped), number(l.P50), number(l.P99), number(l.Max))
	if g.MaxLatenessMS > 0 {
		line += fmt.Sprintf("; the limit for p99 is %s ms", setting(g.MaxLatenessMS))
	}
	line += "."
	if g.CPU > 0 || g.HostCPU > 0 {
		line += fmt.Sprintf(" It used %s cores; the machine was busy with %s of %d, and lost %s to its hypervisor.",
			number(g.CPU), number(g.HostCPU), a.Environment.Cores, number(g.Steal))
	}
	s.Blocks = []Block{Paragraph{Text: line}}
	return s
}

func (a *Analysis) warningSection() Section {
	if len(a.Warnings) == 0 {
		return Section{}
	}
	return Section{Name: "warnings", Title: counted(len(a.Warnings), "warning"), Tone: Doubt, Blocks: []Block{List{Items: a.Warnings, Tone: Doubt}}}
}

func (a *Analysis) fileSection() Section {
	if a.Dir == "" {
		return Section{}
	}
	return Section{Blocks: []Block{Paragraph{Text: "All of it is in " + a.Dir, Tone: Muted}}}
}
