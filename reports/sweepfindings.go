package reports

import (
	"fmt"
	"slices"
	"strings"
)

// reached is the efficiency of a load above which all that was offered was served.
const reached = 0.99

// find says what the curve means, the knee first.
func (c *Curve) find(s *Scaling) {
	c.Findings = []string{}
	switch left := len(c.LeftOut); {
	case s.Load:
		c.knee(s)
	case left == len(c.Points):
		c.say("The load was served at every value: %s makes no difference to the throughput at this load. Offer more to see how it scales.", s.Param)
		return
	case left > 0:
		c.say("All that was offered was served at %s = %s: that tells the load and not the capacity, and %s left out of the scalability law. "+
			"Offer more to see how it scales there.", s.Param, strings.Join(c.LeftOut, ", "), plural(left, "it is", "they are"))
	}
	c.scalability(s.Load)
}

func (c *Curve) say(format string, args ...any) {
	c.Findings = append(c.Findings, fmt.Sprintf(format, args...))
}

// knee finds the load at which the power, throughput in mean latency, is
// largest (Kleinrock, Power and deterministic rules of thumb for probabilistic
// problems in computer communications, ICC 1979): beyond it waiting grows
// faster than throughput. At the last load there is none yet.
func (c *Curve) knee(s *Scaling) {
	best, at := 0.0, -1
	for i, p := range c.Points {
		if p.OK.Median == nil || p.Mean.Median == nil || *p.Mean.Median <= 0 {
			continue
		}
		if power := *p.OK.Median / *p.Mean.Median; power > best {
			best, at = power, i
		}
	}
	last := len(c.Points) - 1
	switch {
	case at < 0:
		c.say("No request succeeded.")
		return
	case at == last:
		c.say("There is no knee up to %s = %s: throughput still grows faster than waiting.", s.Param, c.Points[last].Text)
	default:
		c.Knee = &c.Points[at].Value
		c.say("The knee is at %s = %s: beyond it waiting grows faster than throughput. p99 is %s ms there, and %s ms at %s.", s.Param,
			c.Points[at].Text, figure(c.Points[at].P99.Median), figure(c.Points[at+1].P99.Median), c.Points[at+1].Text)
	}
	for _, p := range c.Points {
		if p.Efficiency != nil && *p.Efficiency < reached {
			c.say("From %s = %s on not all is served: %s of the requests fail there.", s.Param, p.Text, percent(1-*p.Efficiency))
			break
		}
	}
}

func figure(v *float64) string {
	if v == nil {
		return "–"
	}
	return number(*v)
}

// scalability says what the law tells of contention and coherency.
func (c *Curve) scalability(load bool) {
	u := c.USL
	switch {
	case u == nil && len(c.LeftOut) > 0:
		left := len(c.Points) - len(c.LeftOut)
		c.say("The scalability law cannot be fitted: that needs three values, and %d %s left.", left, plural(left, "is", "are"))
	case u == nil:
		c.say("The scalability law cannot be fitted: that needs three values with successes.")
	case u.Alpha.Low == nil:
		c.say("The scalability law has as many parameters as there are runs: it meets them all and proves nothing.")
	case u.superlinear():
		c.say("The scalability law does not hold: its contention α would be below 0 (%s to %s), as the throughput grows more than in proportion. "+
			"What starves at the first values does not show how it scales.", shareOf(u.Alpha.Low), shareOf(u.Alpha.High))
	case !u.holds():
		c.say("The scalability law does not hold: no coherency β of 0 or more fits (%s to %s).", shareOf(u.Beta.Low), shareOf(u.Beta.High))
	default:
		c.contention()
		c.coherency(load)
	}
}

func (c *Curve) contention() {
	alpha := &c.USL.Alpha
	if alpha.sure() {
		c.say("Contention α is %s (%s to %s): of the work of each, so much waits for something that all share.", percent(alpha.Value),
			shareOf(alpha.Low), shareOf(alpha.High))
		return
	}
	c.say("No contention is found: α is %s (%s to %s).", shareOf(&alpha.Value), shareOf(alpha.Low), shareOf(alpha.High))
}

// coherency says where the curve goes: to a peak, to a level, or further up. What
// lies beyond the runs, or against them, is said to be no measurement.
func (c *Curve) coherency(load bool) {
	u, most := c.USL, c.most()
	level := u.Gamma.Value / u.Alpha.Value
	switch {
	case !u.Beta.sure() && u.Alpha.sure() && u.Alpha.Value < 1:
		c.say("No cost of coherency is found: the throughput levels off towards γ/α = %s/s.", number(level))
		if level > beyondSeen*most {
			c.say("That level is an extrapolation: the highest throughput measured is %s/s.", number(most))
		}
		return
	case !u.Beta.sure() || u.Peak == nil || u.Peak.Low == nil:
		c.say("No cost of coherency is found, and no peak.")
		return
	}
	of := ""
	if load {
		of = " requests in flight"
	}
	at := fmt.Sprintf("N = %s%s (%s to %s)", number(u.Peak.Value), of, number(*u.Peak.Low), figure(u.Peak.High))
	cost := fmt.Sprintf("Coherency β is %s (%s to %s)", percent(u.Beta.Value), shareOf(u.Beta.Low), shareOf(u.Beta.High))
	if unseen := c.unseen(load); unseen != "" {
		c.say("%s. By the law the throughput would peak at %s/s with %s; %s", cost, number(u.PeakX), at, unseen)
		return
	}
	c.say("%s: with %s the throughput peaks at %s/s and falls beyond.", cost, at, number(u.PeakX))
}

// unseen says why the peak of the law is none that was measured, and what to do;
// "" where it is one.
func (c *Curve) unseen(load bool) string {
	u, most := c.USL, c.most()
	switch {
	case u.Peak.Value > u.MostN:
		return fmt.Sprintf("that is an extrapolation: no run went beyond N = %s. Queues alone bend the curve too; drive it further to know.", number(u.MostN))
	case u.PeakX > beyondSeen*most || !c.falls(load):
		return fmt.Sprintf("no run shows that peak: the highest throughput measured is %s/s. Try values between those where the curve bends.", number(most))
	}
	return ""
}

// falls says whether the throughput was seen to be lower at the largest N than it
// was at another.
func (c *Curve) falls(load bool) bool {
	largest, there := 0.0, 0.0
	for _, p := range c.Points {
		n := p.Value
		if load && p.InFlight.Median != nil {
			n = *p.InFlight.Median
		}
		if p.OK.Median != nil && n > largest && !slices.Contains(c.LeftOut, p.Text) {
			largest, there = n, *p.OK.Median
		}
	}
	return there < c.most()
}

// beyondSeen is how much higher than what was measured a peak may be and still
// be read off the curve.
const beyondSeen = 1.1

// most is the highest throughput that was measured of what was fitted, by medians.
func (c *Curve) most() float64 {
	most := 0.0
	for _, p := range c.Points {
		if p.OK.Median != nil && !slices.Contains(c.LeftOut, p.Text) {
			most = max(most, *p.OK.Median)
		}
	}
	return most
}

// sure says that the whole interval is above 0.
func (f *Fitted) sure() bool { return f.Low != nil && *f.Low > 0 }
func shareOf(v *float64) string {
	switch {
	case v == nil:
		return "–"
	case *v < 0:
		return "-" + percent(-*v)
	}
	return percent(*v)
}
