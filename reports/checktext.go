package reports

import (
	"math"
	"strings"

	"windtunnel/scenarios/check"
)

// observed prints what was found, in the unit of the check.
func (c *CheckResult) observed() string {
	switch {
	case c.Observed != nil:
		return inUnit(*c.Observed, check.Unit(c.Unit))
	case c.Samples > 0:
		return "beyond"
	}
	return "–"
}

// interval prints the 95 % interval; nothing where the value was counted.
func (c *CheckResult) interval() string {
	if c.Observed == nil || c.Low != nil && c.High != nil && *c.Low == *c.High {
		return ""
	}
	low, high := "…", "…"
	if c.Low != nil {
		low = inUnit(*c.Low, check.Unit(c.Unit))
	}
	if c.High != nil {
		high = inUnit(*c.High, check.Unit(c.Unit))
	}
	return low + " to " + high
}

// why is the reason, unless it repeats the value that stands beside it.
func (c *CheckResult) why() string {
	if c.Observed != nil && strings.HasPrefix(c.Reason, "observed ") {
		return ""
	}
	return c.Reason
}

// inUnit prints a value of a check's unit.
func inUnit(v float64, unit check.Unit) string {
	switch unit {
	case check.Millis:
		return inWords(v)
	case check.Share:
		return percent(v)
	case check.Rate:
		return number(v) + "/s"
	case check.Count:
		return count(int64(math.Round(v)))
	case check.Size:
		return mebibytes(int64(v)) + " Mi"
	case check.Cores:
		return number(v) + " cores"
	}
	return number(v)
}

// gauge sets the value against the check's limit; nil where it has none to be
// drawn, or has to be exactly the limit.
func (c *CheckResult) gauge() *Gauge {
	parsed, err := check.Parse(c.That)
	if err != nil || c.Observed == nil || strings.HasSuffix(parsed.Op, "=") && !strings.ContainsAny(parsed.Op, "<>") {
		return nil
	}
	return &Gauge{Observed: *c.Observed, Limit: parsed.Limit, Low: c.Low, High: c.High, Under: parsed.Op[0] == '<'}
}
