package svg

import (
	"math"
	"strconv"
	"strings"

	"windtunnel/reports"
)

// scale places the values of an axis between two coordinates.
type scale struct {
	kind     reports.Spacing
	whole    bool    // values are counts
	min, max float64 // values
	from, to float64 // coordinates
}

// tick is a labelled value of an axis.
type tick struct {
	value float64
	label string
}

// fit makes a scale that holds the finite values and what the axis asks for. Of
// a logarithmic one only values above 0 count; it ends at powers of ten where
// those are near.
func fit(a reports.Axis, values []float64) scale {
	s := scale{kind: a.Spacing, whole: a.Whole, min: math.Inf(1), max: math.Inf(-1)}
	for _, v := range values {
		s.hold(v)
	}
	if a.Min != 0 || a.Max != 0 {
		s.hold(a.Min)
		s.hold(a.Max)
	}
	if s.min > s.max {
		s.min, s.max = 0, 1
		if s.kind == reports.Log {
			s.min = 0.1
		}
	}
	return s.widened()
}

func (s *scale) hold(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) || s.kind == reports.Log && v <= 0 {
		return
	}
	s.min, s.max = min(s.min, v), max(s.max, v)
}

// widened leaves some room where all values are the same.
func (s scale) widened() scale {
	switch {
	case s.max > s.min:
	case s.kind == reports.Log:
		s.min, s.max = s.min/2, s.max*2
	case s.max == 0:
		s.max = 1
	default:
		s.min, s.max = min(0, s.min), max(0, s.max)
	}
	return s
}

// rounded widens the scale to its next ticks, for an axis that is read by them.
func (s scale) rounded() scale {
	switch s.kind {
	case reports.Linear:
		step := s.step(4)
		s.min, s.max = math.Floor(s.min/step+1e-9)*step, math.Ceil(s.max/step-1e-9)*step
	case reports.Log:
		s.min, s.max = logStep(s.min, false), logStep(s.max, true)
		if s.max/s.min < 10 { // less than a decade shows noise as mountains
			s.max = s.min * 10
		}
	}
	return s
}

// logStep rounds to 1, 2 or 5 times a power of ten, up or down.
func logStep(v float64, up bool) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	if up {
		for _, m := range []float64{1, 2, 5, 10} {
			if v <= m*power*(1+1e-9) {
				return m * power
			}
		}
	}
	for _, m := range []float64{5, 2, 1} {
		if v >= m*power*(1-1e-9) {
			return m * power
		}
	}
	return power
}

// place puts a value in the unit of the scale's spacing.
func (s scale) place(v float64) float64 {
	switch s.kind {
	case reports.Log:
		return math.Log10(max(v, s.min))
	case reports.Nines:
		return -math.Log10(max(100-v, 1e-9))
	}
	return v
}

// at returns the coordinate of a value; what lies outside is put at the end.
func (s scale) at(v float64) float64 {
	low, high := s.place(s.min), s.place(s.max)
	if high <= low {
		return s.from
	}
	share := (s.place(v) - low) / (high - low)
	return s.from + min(max(share, 0), 1)*(s.to-s.from)
}

// ticks returns about so many labelled values, inside the scale.
func (s scale) ticks(about int) []tick {
	switch s.kind {
	case reports.Log:
		return s.logTicks(about)
	case reports.Nines:
		return s.nineTicks()
	}
	step := s.step(about)
	var all []tick
	for k := math.Ceil(s.min/step - 1e-9); k*step <= s.max+step*1e-9; k++ {
		all = append(all, tick{k * step, label(k*step, step)})
	}
	return all
}

// step is the distance of about so many ticks.
func (s scale) step(about int) float64 {
	step := niceStep((s.max - s.min) / float64(max(about, 1)))
	if s.whole {
		return max(step, 1)
	}
	return step
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	return logStep(v, true)
}

// logTicks are the powers of ten: what lies between too where those are few,
// and only some where they are many.
func (s scale) logTicks(about int) []tick {
	between, factor := []float64{1}, 10.0
	decades := math.Log10(s.max / s.min)
	if decades*3 <= float64(about)+2 {
		between = []float64{1, 2, 5}
	} else {
		factor = math.Pow(10, max(1, math.Ceil(decades/float64(about+2))))
	}
	var all []tick
	for power := math.Pow(10, math.Floor(math.Log10(s.min)-1e-9)); power <= s.max*(1+1e-9); power *= factor {
		for _, m := range between {
			if v := m * power; v >= s.min*(1-1e-9) && v <= s.max*(1+1e-9) {
				all = append(all, tick{v, label(v, v)})
			}
		}
	}
	return all
}

func (s scale) nineTicks() []tick {
	var all []tick
	for _, v := range []float64{0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999} {
		if v >= s.min && v <= s.max {
			all = append(all, tick{v, strconv.FormatFloat(v, 'f', -1, 64)})
		}
	}
	return all
}

// label writes a tick's value with the digits that its step has.
func label(v, step float64) string {
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	text := strconv.FormatFloat(v, 'f', min(decimals, 9), 64)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	whole, rest, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return whole + "." + rest
	}
	return whole
}
