package sim

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"windtunnel/topologies/work"
)

// fitTime finds what messages, waits and wake-ups take beyond what is declared,
// by simulating the runs until they agree (a fit by simulated quantiles). What
// is held against each other is the excess of each request: what it took longer
// than in a perfect world. Its low quantiles tell the least that a hop or a
// wait costs; the rest of its distribution is made of wake-ups, of which each
// request has as many as there are messages and waits on its way.
func fitTime(ctx context.Context, replays []*replay, c *Costs) error {
	f := &timeFit{replays: replays, costs: c, wake: newQuantiles(time.Microsecond, time.Millisecond)}
	c.Late = lateness(replays)
	if err := f.sensitivities(ctx); err != nil {
		return err
	}
	for round := range fitRounds {
		c.Wake = f.wake.dist()
		if err := f.simulate(ctx); err != nil {
			return err
		}
		f.shift()
		if round >= shiftRounds {
			f.stretch()
		}
	}
	c.Wake = f.wake.dist()
	if !f.hops() {
		c.Hop = c.EntryHop
	}
	return nil
}

// fitRounds is after how many rounds of simulation the fit changes no more
// than the measurement is worth.
const (
	fitRounds   = 15
	shiftRounds = 3 // of them, before wake-ups get longer than next to nothing
)

// timeFit is the fit under way.
type timeFit struct {
	replays []*replay
	costs   *Costs
	wake    *quantiles
	groups  []*group
}

// group is the requests of one entry in one run.
type group struct {
	entry string
	of    *replay
	live  []float64 // excess in seconds, sorted
	sim   []float64
	// how much the excess grows with each cost, per second of it
	perEntry, perHop, perWait, perWake float64
	// and with the CPU time of requests, per share of it that is on their way
	perPath float64
}

const fewestRequests = 50

// sensitivities makes the groups and finds out how often each cost befalls
// their requests, by making it a little dearer.
func (f *timeFit) sensitivities(ctx context.Context) error {
	const little = time.Microsecond
	aside := *f.costs
	aside.Late, aside.Aside = work.Dist{}, 1
	onWay := aside
	onWay.Aside = 0
	for _, r := range f.replays {
		f.groups = append(f.groups, r.groups()...)
	}
	return each(ctx, f.replays, func(ctx context.Context, r *replay) error {
		for _, probe := range []struct {
			costs Costs
			scale float64
			into  func(*group) *float64
		}{
			{Costs{EntryHop: work.ConstantOf(little)}, little.Seconds(), func(g *group) *float64 { return &g.perEntry }},
			{Costs{Hop: work.ConstantOf(little)}, little.Seconds(), func(g *group) *float64 { return &g.perHop }},
			{Costs{Wait: work.ConstantOf(little)}, little.Seconds(), func(g *group) *float64 { return &g.perWait }},
			{Costs{Wake: work.ConstantOf(little)}, little.Seconds(), func(g *group) *float64 { return &g.perWake }},
			{onWay, 1, func(g *group) *float64 { return &g.perPath }},
			{aside, -1, func(g *group) *float64 { return &g.perPath }},
		} {
			k, err := r.simulate(ctx, probe.costs)
			if err != nil {
				return err
			}
			for _, g := range f.groups {
				if g.of == r {
					*probe.into(g) += g.mean(k) / probe.scale
				}
			}
		}
		return nil
	})
}

// mean is the mean excess of a simulation in seconds.
func (g *group) mean(k *kept) float64 {
	sum, n := 0.0, 0
	for _, a := range g.of.asked {
		if took, ok := k.took[a.seq]; ok && a.entry == g.entry {
			sum += (took - a.declared).Seconds()
			n++
		}
	}
	return sum / float64(max(n, 1))
}

func (r *replay) groups() []*group {
	by := map[string]*group{}
	for _, a := range r.asked {
		if by[a.entry] == nil {
			by[a.entry] = &group{entry: a.entry, of: r}
		}
		by[a.entry].live = append(by[a.entry].live, (a.live - a.declared).Seconds())
	}
	var groups []*group
	for _, entry := range slices.Sorted(maps.Keys(by)) {
		if g := by[entry]; len(g.live) >= fewestRequests {
			slices.Sort(g.live)
			groups = append(groups, g)
		}
	}
	return groups
}

// simulate fills in the excess of the simulated requests.
func (f *timeFit) simulate(ctx context.Context) error {
	return each(ctx, f.replays, func(ctx context.Context, r *replay) error {
		k, err := r.simulate(ctx, *f.costs)
		if err != nil {
			return err
		}
		by := map[string]*group{}
		for _, g := range f.groups {
			if g.of == r {
				g.sim = g.sim[:0]
				by[g.entry] = g
			}
		}
		for _, a := range r.asked {
			if took, ok := k.took[a.seq]; ok && by[a.entry] != nil {
				by[a.entry].sim = append(by[a.entry].sim, (took - a.declared).Seconds())
			}
		}
		for _, g := range by {
			slices.Sort(g.sim)
		}
		return nil
	})
}

// lowQuantile is where the excess holds next to no wake-ups.
const lowQuantile = 0.05

// shift moves the constant costs, and the share of CPU time that is on the way,
// so that the low quantiles agree. Where that can be put down to either, it is
// CPU time: that is known to be spent, and messages on one machine take hardly
// any time of their own.
func (f *timeFit) shift() {
	const weakly = 0.02
	var s system
	c := f.costs
	onWay := 1 - c.Aside
	s.expect("on the way", onWay, slightly)
	for _, name := range []string{"entry", "hop", "wait"} {
		s.expect(name, 0, weakly)
	}
	for _, g := range f.groups {
		if len(g.sim) == 0 {
			continue
		}
		// What the costs of now explain, plus what they do not.
		explained := g.perPath*onWay + g.perEntry*c.EntryHop.A.Seconds() + g.perHop*c.Hop.A.Seconds() + g.perWait*c.Wait.A.Seconds()
		missing := quantile(g.live, lowQuantile) - quantile(g.sim, lowQuantile)
		s.equation(explained+missing, float64(len(g.live)),
			term{"on the way", g.perPath}, term{"entry", g.perEntry}, term{"hop", g.perHop}, term{"wait", g.perWait})
	}
	x := s.solve()
	c.EntryHop, c.Hop, c.Wait = constant(x["entry"]), constant(x["hop"]), constant(x["wait"])
	c.Aside = 1 - min(x["on the way"], 1)
}

func constant(seconds float64) work.Dist { return work.ConstantOf(secondsOf(seconds)) }

// stretch makes wake-ups longer or shorter, quantile by quantile. Long ones
// come alone: a request with n wake-ups exceeds a long time where one of them
// does, so that the quantile 1-u of one belongs to 1-(1-(1-u)ⁿ) of the requests.
func (f *timeFit) stretch() {
	for i, u := range f.wake.above {
		sum, weights := 0.0, 0.0
		for _, g := range f.groups {
			if len(g.sim) == 0 || g.perWake < 0.5 {
				continue
			}
			share := 1 - math.Pow(1-u, g.perWake)
			beyond := share * float64(len(g.live))
			if beyond < 3 {
				continue
			}
			base := min(quantile(g.live, 0.01), quantile(g.sim, 0.01))
			live, sim := quantile(g.live, 1-share)-base, quantile(g.sim, 1-share)-base
			if live <= 0 || sim <= 0 {
				continue
			}
			sum += beyond * math.Log(live/sim)
			weights += beyond
		}
		if weights > 0 {
			f.wake.at[i] *= math.Exp(min(max(sum/weights, -1), 1))
		} else if i > 0 {
			f.wake.at[i] = max(f.wake.at[i], f.wake.at[i-1])
		}
	}
	slices.Sort(f.wake.at)
}

func (f *timeFit) hops() bool {
	return slices.ContainsFunc(f.groups, func(g *group) bool { return g.perHop > 0.5 })
}

// lateness is the empirical lateness of the generator.
func lateness(replays []*replay) work.Dist {
	var all []float64
	for _, r := range replays {
		for _, late := range r.late {
			all = append(all, late.Seconds())
		}
	}
	slices.Sort(all)
	return thinned(all)
}
