package docker

import (
	"slices"
	"testing"

	"windtunnel/runner/backend"
	"windtunnel/topologies/wire"
)

// Sweep is what comes after a windtunnel that was killed: it knows the run alone.
func TestSweep(t *testing.T) {
	b := deploy(t, Backend{}, service("payments"))
	first := b.start("payments", 1)
	second := b.start("payments", 2)
	b.apply(wire.Pause, "payments")

	found, err := Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []backend.Leftover{
		{Run: b.plan.Run, Kind: "container", Name: "windtunnel-" + b.plan.Run + "-payments-1", Owned: true},
		{Run: b.plan.Run, Kind: "network", Name: b.network.name, Owned: true},
	} {
		if !slices.Contains(found, want) {
			t.Errorf("%v is not among %v", want, found)
		}
	}
	for range 2 {
		if left, err := Sweep(t.Context(), b.plan.Run); left != 0 || err != nil {
			t.Errorf("%d are left, %v", left, err)
		}
	}
	nothingLeft(t, b.daemon, b.plan.Run)
	within(t, "the first has ended", first.Exited)
	within(t, "the second has ended", second.Exited)
}

func TestSweepOfARunThatNeverWas(t *testing.T) {
	needDocker(t)
	if left, err := Sweep(t.Context(), "never-was"); left != 0 || err != nil {
		t.Errorf("%d are left, %v", left, err)
	}
}
