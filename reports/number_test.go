package reports

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1.00", 12: "12.0", 123: "123", 1234.5: "1,234", 1234567: "1,234,567",
		0.1234: "0.123", 0.0123456: "0.012", 0.001: "0.001", 0.0009: "<0.001", 1e-12: "<0.001",
		9.996: "10.0", 99.96: "100", 999.6: "1,000", 0.9996: "1.00", -2.5: "-2.50",
		math.Inf(1): "–", math.NaN(): "–",
	} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50.0 %", 0.0123: "1.23 %", 0.00001: "0.001 %", 1e-9: "<0.001 %",
		0.999: "99.9 %", 0.9999: "99.99 %", 0.99996: "99.996 %", 0.999999999: ">99.9999 %", 0.995: "99.5 %",
	} {
		if got := percent(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

// Only nothing reads as 0 and only everything reads as 100.
func TestPercentNeverRoundsToTheEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1e9).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		got := percent(share(k, n))
		if (got == "0 %") != (k == 0) || strings.HasPrefix(got, "100") != (k == n) {
			t.Fatalf("%d of %d is %s", k, n, got)
		}
	})
}

func TestCounted(t *testing.T) {
	for got, want := range map[string]string{
		counted(1, "request"): "1 request", counted(0, "request"): "0 requests",
		counted(1234, "success"): "1,234 successes", count(-1234567): "-1,234,567", setting(0.25): "0.25", cores(0.4 + 0.4 + 0.4): "1.2 cores", setting(1500): "1,500",
		inWords(999.4): "999 ms", inWords(2310): "2.31 s", inWords(0): "0 ms", times(1): "once", times(2): "twice", times(3): "3 times",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
