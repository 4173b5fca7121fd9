package record

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Millis is a duration that files hold as a number of milliseconds, to the
// nanosecond: 1500000 ns is 1.5. It may be negative: what happened before a
// run began did so at a negative time.
type Millis time.Duration

// Duration returns it as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) }

// MarshalJSON writes the number of milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) { return appendMillis(nil, time.Duration(m)), nil }

// UnmarshalJSON reads the number of milliseconds.
func (m *Millis) UnmarshalJSON(text []byte) error {
	d, err := parseMillis(text)
	*m = Millis(d)
	return err
}

// appendMillis appends d in milliseconds with up to six decimals, so that
// nothing is lost and whole milliseconds stay short.
func appendMillis(b []byte, d time.Duration) []byte {
	n := uint64(d)
	if d < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendUint(b, n/1e6, 10)
	rest := n % 1e6
	if rest == 0 {
		return b
	}
	digits := [7]byte{'.'}
	for i := 6; i > 0; i-- {
		digits[i] = byte('0' + rest%10)
		rest /= 10
	}
	end := len(digits)
	for digits[end-1] == '0' {
		end--
	}
	return append(b, digits[:end]...)
}

var errMillis = errors.New("not a number of milliseconds")

// parseMillis reads what appendMillis writes without going through a float,
// and any other spelling of a number by way of one.
func parseMillis(s []byte) (time.Duration, error) {
	whole, i, negative := int64(0), 0, false
	if len(s) > 0 && s[0] == '-' {
		negative, i = true, 1
	}
	start := i
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9' && i-start < 12; i++ {
		whole = whole*10 + int64(s[i]-'0')
	}
	if i == start {
		return 0, fmt.Errorf("%q is %w", s, errMillis)
	}
	nanos := whole * 1e6
	if i < len(s) && s[i] == '.' {
		i++
		for unit := int64(1e5); i < len(s) && unit > 0 && s[i] >= '0' && s[i] <= '9'; i++ {
			nanos += unit * int64(s[i]-'0')
			unit /= 10
		}
	}
	if i < len(s) {
		return parseFloatMillis(string(s))
	}
	if negative {
		nanos = -nanos
	}
	return time.Duration(nanos), nil
}

func parseFloatMillis(s string) (time.Duration, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/2e6 {
		return 0, fmt.Errorf("%q is %w", s, errMillis)
	}
	return time.Duration(math.Round(f * 1e6)), nil
}
