package sim

import (
	"fmt"
	"slices"
	"strings"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
)

// uncalibrated is what is said of a run with no costs at all.
const uncalibrated = "the simulation is not calibrated: messages take no time and no CPU, waits end when they are due, " +
	"instances start at once, and every instance has cores of its own; `windtunnel calibrate RUN…` fits these costs to live runs"

// Outside says in plain words where a plan lies outside what the calibration
// was fitted on. The backend and the environment are those that the simulation
// stands for; an empty backend and the zero Environment stand for none in particular.
func (c *Calibration) Outside(p *runner.Plan, backend string, e record.Environment) []string {
	if c == nil {
		return []string{uncalibrated}
	}
	f := &c.FittedOn
	var out []string
	say := func(format string, args ...any) {
		out = append(out, "outside the calibration: "+fmt.Sprintf(format, args...))
	}
	if backend != "" && backend != f.Backend {
		say("it was fitted on %s, and this is to stand for %s", f.Backend, backend)
	}
	if e.Host != "" && e.Host != f.Environment.Host {
		say("it was fitted on another machine")
	}
	if e.Cores > 0 && e.Cores != f.Environment.Cores {
		say("it was fitted on %d cores, and this machine has %d", f.Environment.Cores, e.Cores)
	}
	if e.Go != "" && e.Go != f.Environment.Go {
		say("it was fitted on programs built with %s, and this one is built with %s", f.Environment.Go, e.Go)
	}
	if unseen := f.unseenKinds(p); len(unseen) > 0 {
		say("it has seen no node of kind %s, which is taken to cost what a %s does", strings.Join(unseen, " or "), f.firstKind())
	}
	if name := p.Graph.Topology.Name; !slices.Contains(f.Topologies, name) {
		say("it was fitted on the topology %s, and this is %s", strings.Join(f.Topologies, " and "), name)
	}
	if peak, phase := peakRate(p.Scenario); peak > f.Rate.High*rateSlack {
		say("its highest rate was %.4g/s, and phase %s goes up to %.4g/s", f.Rate.High, phase, peak)
	}
	if least, phase := leastRate(p.Scenario); least > 0 && least*farBelow < f.Rate.Low {
		say("its lowest rate was %.4g/s, and phase %s has %.4g/s", f.Rate.Low, phase, least)
	}
	return out
}

// rateSlack is how much beyond the highest rate counts as the same: rates of
// random arrivals vary.
const rateSlack = 1.1

// farBelow is how many times less than the lowest rate counts as another load: a
// machine that idles in between wakes up later, and does everything from cold caches.
const farBelow = 2

func (f *FittedOn) unseenKinds(p *runner.Plan) []string {
	var unseen []string
	for _, n := range p.Graph.Topology.Nodes {
		if !slices.Contains(f.Kinds, n.Kind) && !slices.Contains(unseen, n.Kind) {
			unseen = append(unseen, n.Kind)
		}
	}
	return unseen
}

func (f *FittedOn) firstKind() string {
	if len(f.Kinds) == 0 {
		return "node in a perfect world"
	}
	return f.Kinds[0]
}

// peakRate is the highest declared rate of a scenario, and in which phase it is.
// Users have none: their rate depends on the replies.
func peakRate(s *scenarios.Scenario) (peak float64, phase string) {
	for _, p := range s.Phases {
		if open, ok := p.Load.(arrival.Open); ok {
			if rate := open.Highest(p.For); rate > peak {
				peak, phase = rate, p.Name
			}
		}
	}
	return peak, phase
}

// leastRate is the lowest mean rate that a measured phase declares, and which
// phase that is; 0 where none declares any.
func leastRate(s *scenarios.Scenario) (least float64, phase string) {
	for _, p := range s.Phases {
		open, ok := p.Load.(arrival.Open)
		if !ok || p.Warmup {
			continue
		}
		if rate := arrival.MeanRate(open, p.For); rate > 0 && (least == 0 || rate < least) {
			least, phase = rate, p.Name
		}
	}
	return least, phase
}
