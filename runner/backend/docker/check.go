package docker

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/system"

	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/unit"
)

// What Docker takes as a limit at the least.
const (
	leastMemory = 6 * unit.Bytes(1<<20)
	leastCPU    = unit.CPU(0.01)
)

// Check finds what no Docker daemon can do.
func (Backend) Check(p *runner.Plan) decode.Problems {
	var problems decode.Problems
	for _, n := range p.Graph.Topology.Nodes {
		if n.Memory > 0 && n.Memory < leastMemory {
			problems.Addf(n.Pos, "docker limits memory to %s at the least: %s asks for %s", leastMemory, n.Name, n.Memory)
		}
		if n.CPU > 0 && n.CPU < leastCPU {
			problems.Addf(n.Pos, "docker limits CPU to %s at the least: %s asks for %s", leastCPU, n.Name, n.CPU)
		}
		if own, ok := n.Spec.(*topologies.Container); ok && own.Image == "" {
			problems.Addf(n.Pos, "docker needs an image for %s: its command alone runs with --on process", n.Name)
		}
	}
	return problems
}

// fits says what of the plan this daemon cannot do, as far as Docker would
// refuse it at each start.
func fits(d *daemon, p *runner.Plan) error {
	for _, n := range p.Graph.Topology.Nodes {
		if float64(n.CPU) > float64(d.info.NCPU) {
			return &runner.EnvironmentError{
				Doing: "deploy " + n.Name,
				Err:   fmt.Errorf("it asks for %s cores, and the Docker daemon has %d", n.CPU, d.info.NCPU),
			}
		}
	}
	return nil
}

// Limits says which of the plan's limits this daemon does not enforce.
func (d *deployment) Limits() string {
	var cpu, memory bool
	for _, n := range d.plan.Graph.Topology.Nodes {
		cpu, memory = cpu || n.CPU > 0, memory || n.Memory > 0
	}
	return missing(d.daemon.info, cpu, memory)
}

// missing says which of the limits asked for a daemon has no means for.
func missing(info system.Info, cpu, memory bool) string {
	var lacks []string
	if cpu && !info.CPUCfsQuota {
		lacks = append(lacks, "CPU")
	}
	if memory && !info.MemoryLimit {
		lacks = append(lacks, "memory")
	}
	if len(lacks) == 0 {
		return ""
	}
	return "the Docker daemon has no means to limit " + strings.Join(lacks, " and ")
}
