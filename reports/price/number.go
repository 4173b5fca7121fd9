package price

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"windtunnel/topologies/unit"
)

// Number is an exact rational number: a price, a quantity or an amount of
// money. A float64 has no 0.0000166667, and sums of it depend on their order;
// fixed decimals have no third of an hour. The zero Number is 0. Numbers are
// values: no method changes its receiver.
type Number struct{ rat *big.Rat }

// Whole returns n as a Number.
func Whole(n int64) Number { return Number{new(big.Rat).SetInt64(n)} }

// seconds returns a duration in seconds.
func seconds(d time.Duration) Number { return Number{big.NewRat(int64(d), int64(time.Second))} }

// decimal returns the shortest decimal that reads back as v: 0.1 is a tenth.
func decimal(v float64) Number {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'g', -1, 64))
	return Number{r} // not finite: 0
}

var plainDecimal = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?$`)

// UnmarshalText parses a decimal of 0 or more, such as 0.0000166667.
func (n *Number) UnmarshalText(text []byte) error {
	if !plainDecimal.Match(text) {
		return fmt.Errorf("%.60q is no number of 0 or more, written out such as 0.0000166667", text)
	}
	n.rat, _ = new(big.Rat).SetString(string(text))
	return nil
}

// Words says what a file may hold.
func (Number) Words() string { return "a number of 0 or more such as 0.20" }

func (n Number) value() *big.Rat {
	if n.rat == nil {
		return new(big.Rat)
	}
	return n.rat
}

// Plus returns n + m.
func (n Number) Plus(m Number) Number { return Number{new(big.Rat).Add(n.value(), m.value())} }

// Minus returns n − m.
func (n Number) Minus(m Number) Number { return Number{new(big.Rat).Sub(n.value(), m.value())} }

// Times returns n × m.
func (n Number) Times(m Number) Number { return Number{new(big.Rat).Mul(n.value(), m.value())} }

// Over returns n / m; 0 where m is 0.
func (n Number) Over(m Number) Number {
	if m.Sign() == 0 {
		return Number{}
	}
	return Number{new(big.Rat).Quo(n.value(), m.value())}
}

// Sign returns -1, 0 or 1.
func (n Number) Sign() int { return n.value().Sign() }

// Compare returns -1, 0 or 1 as n is less than, equal to or more than m.
func (n Number) Compare(m Number) int { return n.value().Cmp(m.value()) }

// atLeast returns the larger of two Numbers.
func (n Number) atLeast(m Number) Number {
	if n.Compare(m) < 0 {
		return m
	}
	return n
}

// atMost returns the smaller of two Numbers.
func (n Number) atMost(m Number) Number {
	if n.Compare(m) > 0 {
		return m
	}
	return n
}

// Ceiling returns the smallest whole number that is not less than n.
func (n Number) Ceiling() Number {
	r := n.value()
	q, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return Number{new(big.Rat).SetInt(q)}
}

// upTo returns the smallest multiple of step that is not less than n; n itself
// where step is 0.
func (n Number) upTo(step Number) Number {
	if step.Sign() == 0 {
		return n
	}
	return n.Over(step).Ceiling().Times(step)
}

// Float returns the nearest float64, for drawing.
func (n Number) Float() float64 {
	f, _ := n.value().Float64()
	return f
}

// Text prints n rounded to so many decimals, halves away from 0.
func (n Number) Text(decimals int) string { return n.value().FloatString(decimals) }

// Cents prints an amount of money to the cent, as a bill does.
func (n Number) Cents() string { return n.Text(2) }

// String prints up to twelve decimals, without zeros at the end.
func (n Number) String() string {
	s := n.Text(12)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// spaced is String with its thousands apart.
func (n Number) spaced() string { return unit.Grouped(n.String()) }

// MarshalJSON writes a JSON number of up to twelve decimals.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }

// sum adds up.
func sum(numbers []Number) Number {
	total := new(big.Rat)
	for _, n := range numbers {
		total.Add(total, n.value())
	}
	return Number{total}
}
