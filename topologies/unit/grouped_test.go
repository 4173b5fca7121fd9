package unit_test

import (
	"testing"

	"windtunnel/topologies/unit"
)

func TestGrouped(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "0": "0", "999": "999", "1000": "1,000", "-1000": "-1,000", "-123": "-123", "1234567.891": "1,234,567.891", "0.1234": "0.1234",
	} {
		if got := unit.Grouped(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
