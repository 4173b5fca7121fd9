package reports

import (
	"fmt"

	"windtunnel/reports/stats"
)

// cell is the difference in a table: "+18 % (12 to 25)", "~ (-3 to 9 %)", "=".
func (d *Difference) cell(r *Row) Cell {
	switch d.Outcome {
	case NotThere, TooFew:
		return muted("–")
	case Equivalent:
		if d.P == nil {
			return muted("=")
		}
		return muted("= " + d.interval(r.Unit, true))
	case NotFound:
		switch {
		case d.w.beyond:
			return muted("~")
		case d.alone():
			return muted("? " + d.signed(r.Unit, *d.Estimate) + d.interval(r.Unit, false))
		}
		return muted("~ " + d.interval(r.Unit, true))
	}
	c := Cell{Text: "differs", Tone: Plain}
	up := d.w.larger()
	if d.Estimate != nil {
		c.Text = d.signed(r.Unit, *d.Estimate) + d.interval(r.Unit, false)
	}
	if worse, known := r.higherIsWorse(); known && worse == up {
		c.Tone = Bad
	} else if known {
		c.Tone = Good
	}
	return c
}

// larger says whether the other side is the larger one, also where it is so
// without end.
func (w *weighing) larger() bool {
	above := 0
	for _, x := range w.other {
		for _, y := range w.reference {
			switch {
			case x > y:
				above++
			case x < y:
				above--
			}
		}
	}
	return above > 0
}

// alone says that a difference is clear of the margin by itself, and not after
// the correction for all that were asked.
func (d *Difference) alone() bool {
	return d.Outcome == NotFound && d.P != nil && *d.P <= 1-stats.Level && d.clear()
}

// interval is set behind an estimate, which has the unit, or alone with it.
// Nothing behind one that is the same in every run.
func (d *Difference) interval(of string, alone bool) string {
	low, high, unit := *d.Low, *d.High, behind(of)
	switch {
	case low == high && !alone:
		return ""
	case d.Scale == Relative && *d.Estimate >= 1:
		return fmt.Sprintf(" (%s to %s)", brief(1+low), brief(1+high))
	case d.Scale == Relative:
		low, high, unit = 100*low, 100*high, " %"
	case d.Scale == Points:
		unit = " pp"
	}
	if !alone {
		return fmt.Sprintf(" (%s to %s)", brief(low), brief(high))
	}
	return fmt.Sprintf("(%s to %s%s)", brief(low), brief(high), unit)
}

// signed is the estimate with its sign.
func (d *Difference) signed(of string, v float64) string {
	sign := "+"
	if v < 0 {
		sign = ""
	}
	switch {
	case d.Scale == Relative && v >= 1:
		return brief(1+v) + "×"
	case d.Scale == Relative:
		return sign + brief(100*v) + " %"
	case d.Scale == Points:
		return sign + brief(v) + " pp"
	}
	return sign + brief(v) + behind(of)
}

// behind is a unit as it stands behind a figure; counts and ratios have none.
func behind(unit string) string {
	if unit == countUnit || unit == ratioUnit {
		return ""
	}
	return " " + unit
}
