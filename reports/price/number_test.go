package price

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func number(t testing.TB, text string) Number {
	t.Helper()
	var n Number
	if err := n.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNumberReadsWhatIsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "400000": "400000", "0.0000166667": "0.0000166667", "0.20": "0.2", "1.50": "1.5",
	} {
		if got := number(t, text).String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "-1", "1e9", "1/3", "0x10", ".5", "1.", "NaN", "1,000", " 1", "123456789012345678901"} {
		if err := new(Number).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as a number", text)
		}
	}
}

// A third of an hour at a price is exact, which no decimal and no float is.
func TestThirdsAreExact(t *testing.T) {
	third := seconds(20 * time.Minute).Over(Whole(3600)).Times(number(t, "0.04048"))
	if got := third.Plus(third).Plus(third); got.Compare(number(t, "0.04048")) != 0 {
		t.Errorf("three thirds are %s", got)
	}
	if got := third.Cents(); got != "0.01" {
		t.Errorf("a third to the cent is %s", got)
	}
}

func TestCentsRoundHalvesUp(t *testing.T) {
	for text, want := range map[string]string{"0.005": "0.01", "0.0049999999": "0.00", "2.675": "2.68", "1.115": "1.12", "16.425": "16.43"} {
		if got := number(t, text).Cents(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestNumberAsJSON(t *testing.T) {
	text, err := json.Marshal(map[string]Number{"third": Whole(1).Over(Whole(3)), "none": {}, "whole": Whole(-7)})
	if want := `{"none":0,"third":0.333333333333,"whole":-7}`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
}

func TestZeroNumber(t *testing.T) {
	var zero Number
	if zero.Sign() != 0 || zero.Plus(Whole(2)).Compare(Whole(2)) != 0 || zero.String() != "0" || zero.Ceiling().Sign() != 0 {
		t.Error("the zero Number is not 0")
	}
	if got := Whole(3).Over(zero); got.Sign() != 0 {
		t.Errorf("3 over nothing is %s, want 0", got)
	}
	if got := decimal(math.Inf(1)); got.Sign() != 0 {
		t.Errorf("infinity is %s, want 0", got)
	}
}

func TestUpTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Whole(rapid.Int64Range(0, 1e15).Draw(t, "n")).Over(Whole(rapid.Int64Range(1, 1e6).Draw(t, "over")))
		step := Whole(rapid.Int64Range(0, 1e6).Draw(t, "step"))
		got := n.upTo(step)
		switch {
		case got.Compare(n) < 0:
			t.Fatalf("%s up to multiples of %s is %s: less", n, step, got)
		case step.Sign() == 0 && got.Compare(n) != 0:
			t.Fatalf("%s up to any number is %s", n, got)
		case step.Sign() > 0 && (got.Minus(step).Compare(n) >= 0 || got.Over(step).Compare(got.Over(step).Ceiling()) != 0):
			t.Fatalf("%s up to multiples of %s is %s", n, step, got)
		}
	})
}

// Totals beyond what an int64 holds are exact.
func TestTotal128(t *testing.T) {
	var total total128
	for range 4 {
		total.add(math.MaxInt64, math.MaxInt64)
	}
	total.add(-1, time.Hour)
	total.add(1, -time.Hour)
	most := Whole(math.MaxInt64)
	want := most.Times(most).Times(Whole(4)).Over(Whole(int64(time.Second)))
	if got := total.seconds(); got.Compare(want) != 0 {
		t.Errorf("%s s, want %s", got, want)
	}
}
