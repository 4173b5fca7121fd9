package sim

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"windtunnel/scenarios"
)

// TestHostsOfDrawnPlans draws plans, by seed. `-run TestHostsOfDrawnPlans/^17$` replays one.
func TestHostsOfDrawnPlans(t *testing.T) {
	agreeOnDrawn(t, 0, 160)
}

// TestHostsOfDrawnPolicies draws plans with every policy. What waits for a
// bulkhead or a hedge has a timer of its own, which takes no turns and which a pause
// does not stop: so nothing is frozen there, and nothing is a tie.
func TestHostsOfDrawnPolicies(t *testing.T) {
	total := 0
	for seed := range uint64(160) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			text := drawPlan(t, seed, true)
			loaded, err := loadPlan(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			total += len(agree(t, loaded[0], hops, seed, false).requests)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
	t.Logf("%d requests", total)
}

// TestSoakHostsOfDrawnPlans is the same, for hours if need be.
func TestSoakHostsOfDrawnPlans(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("set WINDTUNNEL_SOAK=1: it takes ten minutes")
	}
	agreeOnDrawn(t, 160, 20_000)
}

func agreeOnDrawn(t *testing.T, from, to uint64) {
	costs := []Costs{hops, hops, even, {}}
	total := 0
	for seed := from; seed < to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			text := drawPlan(t, seed, false)
			loaded, err := loadPlan(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			conducted := seed%4 != 1 || strings.Contains(text, "pause") // all that thaws does so at one instant
			total += len(agree(t, loaded[0], costs[seed%4], seed, conducted).requests)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
	t.Logf("%d requests", total)
}

// loadPlan is load for a text that is not known to be right.
func loadPlan(text string) ([]scenarios.Loaded, error) {
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"x.yaml"}, ReadFile: func(name string) ([]byte, error) {
		if name != "x.yaml" {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}})
	return loaded, problems.Err()
}
