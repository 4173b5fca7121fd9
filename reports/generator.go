package reports

import (
	"fmt"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
)

// The limits past which a measurement is not believed.
const (
	minSentShare  = 0.999 // of the arrivals, sent
	maxStealShare = 0.2   // of the machine's cores, taken away by its hypervisor, where the record does not tell
)

// generatorResult says how well the load was made in the phase all.
func generatorResult(run *record.Run, asked *counts, late *values, sc scope) GeneratorResult {
	g := GeneratorResult{
		LatenessMS:    quantiles(late, asked.each),
		MaxLatenessMS: ms(run.Identity.Generator.MaxLateness.Duration()),
		MaxSteal:      maxStealShare,
		Dropped:       asked.byCause[unsentIndex],
		CPU:           usageOf(run.Nodes, record.GeneratorNode, sc).cpu,
		HostCPU:       usageOf(run.Nodes, record.HostNode, sc).cpu,
		Steal:         usageOf(run.Nodes, record.StealNode, sc).cpu,
	}
	if told := run.Identity.Generator.MaxSteal; told != nil {
		g.MaxSteal = *told
	}
	if g.MaxLatenessMS > 0 {
		g.LateShare = share(late.above(g.MaxLatenessMS), late.count())
	}
	g.Saturated = len(g.doubts(asked.offered(), run.Identity.Environment.Cores)) > 0
	return g
}

// doubts say why the load was not what it should have been.
func (g *GeneratorResult) doubts(offered, cores int) []string {
	var doubts []string
	if l := g.LatenessMS; l != nil && g.MaxLatenessMS > 0 && l.P99 > g.MaxLatenessMS {
		doubts = append(doubts, fmt.Sprintf("the load generator was saturated: its p99 lateness is %s ms, the limit %s ms",
			number(l.P99), setting(g.MaxLatenessMS)))
	}
	if sent := offered - g.Dropped; offered > 0 && float64(sent) < minSentShare*float64(offered) {
		doubts = append(doubts, fmt.Sprintf("the load generator sent %s of the arrivals, less than %s",
			percent(share(sent, offered)), percent(minSentShare)))
	}
	if cores > 0 && g.Steal > g.MaxSteal*float64(cores) {
		doubts = append(doubts, fmt.Sprintf("the hypervisor took %s of %d cores away, more than %s",
			number(g.Steal), cores, percent(g.MaxSteal)))
	}
	return doubts
}

// littleDiffers holds the requests in flight that Little's law asks for against
// those that were counted at the door, second by second. The law is exact; what
// differs is that one side is measured by the caller and the other by the node.
func littleDiffers(law float64, counted []float64) bool {
	if len(counted) < 5 {
		return false
	}
	low, high := stats.MeanInterval(counted)
	mean := stats.Mean(counted)
	slack := 2*(high-low) + 0.25*max(law, mean) + 1
	return law > mean+slack || law < mean-slack
}
