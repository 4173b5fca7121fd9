package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"windtunnel/topologies/unit"
)

// longest bounds a limit in time, so that its nanoseconds survive a float64.
const longest = 100 * time.Hour

// notation is how the limits of one unit are written and read.
type notation struct {
	unit   Unit
	noun   string // "a time"
	like   string // "250ms or 1.5s"
	parse  func(string) (float64, error)
	format func(float64) string
}

// notations are in the order in which a limit of the wrong unit is recognised.
var notations = []notation{
	{Millis, "a time", "250ms or 1.5s", parseMillis, func(v float64) string {
		return time.Duration(math.Round(v * float64(time.Millisecond))).String()
	}},
	{Share, "a share", "0.1% or 50%", parseShare, func(v float64) string { return unit.Share(v).String() }},
	{Rate, "a rate", "200/s", parseRate, func(v float64) string { return unit.Rate(v).String() }},
	{Count, "a number", "5", parsePlain, formatPlain},
	{Ratio, "a ratio", "1.3", parsePlain, formatPlain},
	{Cores, "an amount of CPU", "0.5 or 500m", parseCores, func(v float64) string { return unit.CPU(v).String() }},
	{Size, "a size", "64Mi or 1.5Gi", parseSize, func(v float64) string { return unit.Bytes(v).String() }},
}

func (u Unit) notation() notation {
	for _, n := range notations {
		if n.unit == u {
			return n
		}
	}
	panic("check: unit " + string(u) + " has no notation")
}

// Format prints a value of the unit as a limit is written: 250ms, 0.1%, 64Mi.
func (u Unit) Format(v float64) string { return u.notation().format(v) }

// Brief prints a value of the unit to four significant digits, for readers: 12.35ms, 117.7Mi.
func (u Unit) Brief(v float64) string {
	switch {
	case math.IsNaN(v), math.IsInf(v, 0), u == Millis && math.Abs(v) > float64(longest/time.Millisecond):
		return strconv.FormatFloat(v, 'g', 4, 64)
	case u == Size:
		return briefSize(v)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		short = v
	}
	return u.Format(short)
}

func briefSize(v float64) string {
	suffixes := []string{"", "Ki", "Mi", "Gi", "Ti"}
	i := 0
	for i < len(suffixes)-1 && math.Abs(v) >= 1024 {
		v /= 1024
		i++
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + suffixes[i]
}

// parse reads a limit. Its error says what would fit, and what was written instead.
func (u Unit) parse(text string) (float64, error) {
	want := u.notation()
	v, err := want.parse(text)
	if err == nil {
		return v, nil
	}
	for _, other := range notations {
		if _, otherErr := other.parse(text); otherErr == nil {
			return 0, fmt.Errorf("%q is %s, and here belongs %s: write it as %s", text, other.noun, want.noun, want.like)
		}
	}
	return 0, fmt.Errorf("%q is not %s: write it as %s", text, want.noun, want.like)
}

func parseMillis(text string) (float64, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > longest {
		return 0, fmt.Errorf("%q is not a time of 0 to %s", text, longest)
	}
	return float64(d) / float64(time.Millisecond), nil
}

func parseShare(text string) (float64, error) {
	var s unit.Share
	err := s.UnmarshalText([]byte(text))
	return twelveDigits(float64(s)), err
}

func parseRate(text string) (float64, error) {
	var r unit.Rate
	err := r.UnmarshalText([]byte(text))
	return twelveDigits(float64(r)), err
}

func parseCores(text string) (float64, error) {
	var c unit.CPU
	err := c.UnmarshalText([]byte(text))
	return twelveDigits(float64(c)), err
}

func parseSize(text string) (float64, error) {
	var b unit.Bytes
	if err := b.UnmarshalText([]byte(text)); err != nil {
		return 0, err
	}
	if b > 1<<53 {
		return 0, fmt.Errorf("%q is more than any machine has", text)
	}
	return float64(b), nil
}

func parsePlain(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0, fmt.Errorf("%q is not a number of 0 or more", text)
	}
	return twelveDigits(v), nil
}

func formatPlain(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }

// twelveDigits keeps of a limit what is also printed of it, so that a check
// that is printed and read again is the same check.
func twelveDigits(v float64) float64 {
	kept, err := strconv.ParseFloat(strings.TrimSpace(formatPlain(v)), 64)
	if err != nil {
		return v // rounded up past the largest float: no limit that anybody means
	}
	return kept
}
