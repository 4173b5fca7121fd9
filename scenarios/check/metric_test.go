package check

import (
	"math"
	"slices"
	"strings"
	"testing"

	"windtunnel/topologies/policy"
)

func TestMetrics(t *testing.T) {
	all := Metrics()
	if !slices.IsSortedFunc(all, func(a, b Known) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not in order of their names")
	}
	for _, k := range all {
		if k.Doc == "" || strings.Contains(k.Doc, "\n") || k.Of.String() == "" {
			t.Errorf("%s is not documented in one line", k.Name)
		}
		if k.Unit.Format(1) == "" { // panics where the unit has no notation
			t.Errorf("%s prints nothing", k.Name)
		}
	}
	for _, cause := range policy.Causes() {
		if !slices.ContainsFunc(all, func(k Known) bool { return k.Name == "errors."+string(cause)+".count" }) {
			t.Errorf("no count of %s", cause)
		}
	}
}

func TestBrief(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Millis, 12.345678, "12.35ms"},
		{Millis, 0, "0s"},
		{Millis, 61234, "1m1.23s"},
		{Millis, 1e12, "1e+12"},
		{Millis, math.NaN(), "NaN"},
		{Millis, math.Inf(1), "+Inf"},
		{Share, 0.0123456, "1.235%"},
		{Rate, 149.9987, "150/s"},
		{Count, 3, "3"},
		{Ratio, 4.0 / 3, "1.333"},
		{Cores, 0.251999, "0.252"},
		{Size, 123456789, "117.7Mi"},
		{Size, 512, "512"},
		{Size, math.NaN(), "NaN"},
	} {
		if got := c.unit.Brief(c.v); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
