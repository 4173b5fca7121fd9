package runner

import (
	"testing"
	"time"

	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies"
)

func timedPlan() *Plan {
	return &Plan{
		Seed: 3,
		Scenario: &scenarios.Scenario{Phases: []scenarios.Phase{
			{Name: "a", For: 10 * time.Second, Load: &arrival.Constant{PerSecond: 1}},
			{Name: "b", For: 10 * time.Second, Load: &arrival.Poisson{PerSecond: 5}},
		}},
		Graph: &topologies.Graph{
			Entries: []topologies.EntryPoint{{Name: "home"}, {Name: "cart"}},
			Timers:  []topologies.Timer{{EntryPoint: topologies.EntryPoint{Name: "tick"}, Every: 3 * time.Second, First: time.Second}},
		},
	}
}

// The plan's schedule is its phases and its timers, with its seed.
func TestPlanSchedule(t *testing.T) {
	p := timedPlan()
	s := p.Schedule()
	if s.Seed != 3 || len(s.Stretches) != 2 || s.Stretches[1].Begin != 10*time.Second || s.Stretches[1].For != 10*time.Second {
		t.Errorf("%+v", s)
	}
	ticks := []time.Duration{}
	for a := range s.All() {
		if a.Entry == "tick" {
			ticks = append(ticks, a.At)
			if want := int(a.At / (10 * time.Second)); a.Phase != want {
				t.Errorf("tick at %s belongs to phase %d, want %d", a.At, a.Phase, want)
			}
		}
	}
	if len(ticks) != 7 || ticks[0] != time.Second || ticks[6] != 19*time.Second {
		t.Errorf("ticks at %v", ticks)
	}
	if n := p.ExpectedRequests(); n < 66 || n > 68 {
		t.Errorf("%.1f requests are expected, want 10 + 50 + 7", n)
	}
	if timers := (&Plan{Scenario: p.Scenario}).Timers(); timers != nil {
		t.Errorf("no graph has timers %v", timers)
	}
}

// Without a mix all entries are asked alike, and no timer is among them.
func TestPlanMix(t *testing.T) {
	p := timedPlan()
	if mix := p.Mix(); len(mix) != 2 || mix[0].Entry != "home" || mix[1].Weight != 1 {
		t.Errorf("%v", mix)
	}
	p.Scenario.Mix = []scenarios.MixShare{{Entry: "cart", Weight: 7}}
	if mix := p.Mix(); len(mix) != 1 || mix[0].Entry != "cart" {
		t.Errorf("%v", mix)
	}
}
