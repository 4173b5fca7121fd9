package reports

import (
	"fmt"
	"slices"
)

// reached is the efficiency of a load above which all that was offered was served.
const reached = 0.99

// find says what the curve means, the knee first.
func (c *Curve) find(s *Scaling) {
	c.Findings = []string{}
	if s.Load {
		c.knee(s)
	} else if !slices.ContainsFunc(c.Points, func(p Point) bool {
		return p.OK.Median != nil && p.Offered.Median != nil && *p.OK.Median < reached**p.Offered.Median
	}) {
		c.say("The load was served at every value: %s makes no difference to the throughput at this load. Offer more to see how it scales.", s.Param)
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
	if u == nil {
		c.say("The scalability law cannot be fitted: that needs three values with successes.")
		return
	}
	of := ""
	if load {
		of = " requests in flight"
	}
	if u.Alpha.Low == nil {
		c.say("The scalability law has as many parameters as there are runs: it meets them all and proves nothing.")
		return
	}
	contention, coherency := u.Alpha.sure(), u.Beta.sure()
	switch {
	case contention:
		c.say("Contention α is %s (%s to %s): of the work of each, so much waits for something that all share.", percent(u.Alpha.Value),
			shareOf(u.Alpha.Low), shareOf(u.Alpha.High))
	case u.Alpha.High != nil && *u.Alpha.High < 0:
		c.say("Contention α is below 0 (%s to %s): it gains more than in proportion, which the law does not explain.", shareOf(u.Alpha.Low), shareOf(u.Alpha.High))
	default:
		c.say("No contention is found: the interval of α, %s to %s, holds 0.", shareOf(u.Alpha.Low), shareOf(u.Alpha.High))
	}
	switch {
	case coherency && u.Peak != nil && u.Peak.Low != nil:
		c.say("Coherency β is %s (%s to %s): with N = %s%s (%s to %s) the throughput peaks at %s/s and falls beyond.", percent(u.Beta.Value),
			shareOf(u.Beta.Low), shareOf(u.Beta.High), number(u.Peak.Value), of, number(*u.Peak.Low), figure(u.Peak.High), number(u.PeakX))
	case contention && u.Alpha.Value < 1:
		c.say("No cost of coherency is found: the throughput levels off towards γ/α = %s/s.", number(u.Gamma.Value/u.Alpha.Value))
	default:
		c.say("No cost of coherency is found, and no peak.")
	}
	switch most := c.most(); {
	case !coherency || u.Peak == nil:
	case u.Peak.Value > u.MostN:
		c.say("That peak is an extrapolation: no run went beyond N = %s. Queues alone bend the curve too; drive it further to know.", number(u.MostN))
	case u.PeakX > beyondSeen*most:
		c.say("No run came near that peak: the highest throughput measured is %s/s. Try values between those where the curve bends.", number(most))
	}
}

// beyondSeen is how much higher than what was measured a peak may be and still
// be read off the curve.
const beyondSeen = 1.1

// most is the highest throughput that was measured, by medians.
func (c *Curve) most() float64 {
	most := 0.0
	for _, p := range c.Points {
		if p.OK.Median != nil {
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
