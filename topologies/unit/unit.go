// Package unit holds the typed scalars of windtunnel's files: rates, sizes,
// CPU shares, probabilities, and the two either-or values of a breaker. Each
// parses itself from the text that users write and prints the same text back,
// so that YAML, flags, wire messages and reports never disagree on a spelling.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of events per second. It is written `200/s`, `12000/m`,
// `5/h`; a bare number is not a rate. Zero is a valid rate: nothing happens.
type Rate float64

// UnmarshalText parses a rate.
func (r *Rate) UnmarshalText(text []byte) error {
	number, per, ok := strings.Cut(string(text), "/")
	if !ok {
		return fmt.Errorf("%q is not a rate: write it as 200/s, 3000/m or 10/h", text)
	}
	v, err := parseNumber(number)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a rate: %q is not a number of 0 or more", text, number)
	}
	switch strings.TrimSpace(per) {
	case "s":
	case "m":
		v /= 60
	case "h":
		v /= 3600
	default:
		return fmt.Errorf("%q is not a rate: per %q is none of s, m, h", text, per)
	}
	*r = Rate(v)
	return nil
}

// MarshalText prints the rate per second.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Rate) String() string { return formatNumber(float64(r)) + "/s" }

// Bytes is a size in bytes, written `64Mi`, `1.5Gi`, `10k`, `512`: binary
// suffixes Ki Mi Gi Ti, decimal ones k M G T, with or without a final B.
type Bytes int64

var byteSuffixes = []struct {
	suffix string
	factor float64
}{
	{"Ti", 1 << 40}, {"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10},
	{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3},
}

// UnmarshalText parses a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSuffix(strings.TrimSpace(string(text)), "B")
	factor := 1.0
	for _, f := range byteSuffixes {
		if rest, ok := strings.CutSuffix(s, f.suffix); ok {
			s, factor = rest, f.factor
			break
		}
	}
	v, err := parseNumber(s)
	if err != nil || v < 0 || v*factor > math.MaxInt64/2 {
		return fmt.Errorf("%q is not a size: write it as 64Mi, 1.5Gi or 2k", text)
	}
	*b = Bytes(math.Round(v * factor))
	return nil
}

// MarshalText prints the size with the largest binary suffix that loses nothing.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

func (b Bytes) String() string {
	for _, f := range byteSuffixes[:4] {
		if b != 0 && int64(b)%int64(f.factor) == 0 {
			return strconv.FormatInt(int64(b)/int64(f.factor), 10) + f.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// CPU is an amount of processor: 1 is one core for the whole time. It is
// written `0.5` or `500m`. Zero means no limit.
type CPU float64

// UnmarshalText parses an amount of CPU.
func (c *CPU) UnmarshalText(text []byte) error {
	s, parts := strings.TrimSpace(string(text)), 1.0
	if rest, ok := strings.CutSuffix(s, "m"); ok {
		s, parts = rest, 1000
	}
	v, err := parseNumber(s)
	if err != nil || v < 0 || v/parts > 4096 {
		return fmt.Errorf("%q is not an amount of CPU: write it as 0.5 or 500m", text)
	}
	*c = CPU(v / parts)
	return nil
}

// MarshalText prints the amount in cores.
func (c CPU) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func (c CPU) String() string { return formatNumber(float64(c)) }

// Share is a probability or a part of a whole, from 0 to 1. It is written
// with a percent sign, `0.1%`, so that 50 and 0.5 are never mistaken for each other.
type Share float64

// UnmarshalText parses a share.
func (s *Share) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(text)), "%")
	if !ok {
		return fmt.Errorf("%q is not a share: write it as 0.1%% or 50%%", text)
	}
	v, err := parseNumber(number)
	if err != nil || v < 0 || v > 100 {
		return fmt.Errorf("%q is not a share: it lies between 0%% and 100%%", text)
	}
	*s = Share(v / 100)
	return nil
}

// MarshalText prints the share in percent.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Share) String() string { return formatNumber(float64(s)*100) + "%" }

// CountOrShare is a threshold that is either a number of events, `5`, or a
// part of them, `50%`. At most one of the two is set; both zero means unset.
type CountOrShare struct {
	Count int
	Share Share
}

// UnmarshalText parses either form.
func (c *CountOrShare) UnmarshalText(text []byte) error {
	if strings.HasSuffix(strings.TrimSpace(string(text)), "%") {
		c.Count = 0
		return c.Share.UnmarshalText(text)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is neither a count (5) nor a share (50%%)", text)
	}
	*c = CountOrShare{Count: n}
	return nil
}

// MarshalText prints whichever is set.
func (c CountOrShare) MarshalText() ([]byte, error) {
	if c.Count > 0 {
		return strconv.AppendInt(nil, int64(c.Count), 10), nil
	}
	return c.Share.MarshalText()
}

// CountOrTime is a window that is either the last so many events, `100`, of
// which MaxCount are remembered at most, or the last while, `10s`. Both zero
// means unset.
type CountOrTime struct {
	Count int
	Time  time.Duration
}

// MaxCount bounds a window of events.
const MaxCount = 1_000_000

// UnmarshalText parses either form.
func (c *CountOrTime) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		if n > MaxCount {
			return fmt.Errorf("%q is too long a window: at most %d events", text, MaxCount)
		}
		*c = CountOrTime{Count: n}
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is neither a count (100) nor a time (10s)", text)
	}
	*c = CountOrTime{Time: d}
	return nil
}

// MarshalText prints whichever is set.
func (c CountOrTime) MarshalText() ([]byte, error) {
	if c.Count > 0 {
		return strconv.AppendInt(nil, int64(c.Count), 10), nil
	}
	return []byte(c.Time.String()), nil
}

func parseNumber(s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}

func formatNumber(v float64) string {
	// Twelve digits hide the last bits of v×100 and keep all that a user wrote.
	return strconv.FormatFloat(v, 'g', 12, 64)
}
