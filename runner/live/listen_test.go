package live

import (
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// TestAnInstanceThatHangsUpIsReplaced: it lives, but can be told of no fault and
// tells nothing any more.
func TestAnInstanceThatHangsUpIsReplaced(t *testing.T) {
	s := newStage(t)
	s.leaves = func(p *player, d wire.Down) []wire.Up {
		if p.name == "back-1" && d.Apply != nil {
			return []wire.Up{{Ack: &wire.Ack{Error: "enough"}}}
		}
		return nil
	}
	m, err := s.perform(t.Context(), duo((ackTimeout+time.Second).String(), "{name: slow, at: 100ms, for: 300ms, delay: {node: back, by: 5ms}}", 1))
	if err != nil {
		t.Fatal(err)
	}
	if s.count("back") != 2 || s.count("front") != 1 {
		t.Errorf("started %v", s.started)
	}
	told := false
	for _, e := range m.eventsOf(record.Note) {
		told = told || e.Node == "back" && e.Instance == "back-1" && strings.Contains(e.Reason, "enough")
	}
	if !told {
		t.Errorf("nobody told why: %+v", m.eventsOf(record.Note))
	}
}

// TestTheFirstSampleIsOfTheRunAlone: what a user's own instance used while it
// came up belongs to no second of the run.
func TestTheFirstSampleIsOfTheRunAlone(t *testing.T) {
	s, used := newStage(t), 40*time.Second
	s.usage = func() []runner.Usage {
		used += time.Second / 2
		return []runner.Usage{{Instance: "own-1", CPU: used}}
	}
	g := &topologies.Graph{Application: &topologies.Application{}, Topology: &topologies.Topology{Nodes: []*topologies.Node{
		{Name: "own", Kind: "container", Replicas: 1, Spec: &topologies.Container{}}}}}
	m := &memory{}
	r := newRun(&Engine{}, runner.NewPlan("own", scenario(time.Second, &arrival.Constant{PerSecond: 1}), g, 1, 1), m)
	r.deployment = s
	r.makeSlots()
	r.nodes["own"].slots[0].instance = &runner.Instance{Name: "own-1"}
	own := r.ownUsage(t.Context())
	for second := range 3 {
		r.sampleOwn(t.Context(), time.Duration(second)*time.Second, time.Second, own)
	}
	if len(m.nodes) != 3 {
		t.Fatalf("recorded %+v", m.nodes)
	}
	for _, sample := range m.nodes {
		if sample.CPU != time.Second/2 {
			t.Errorf("at %v it used %v, want half a second", sample.At, sample.CPU)
		}
	}
}

// heldUp is a terminal that takes nothing for a while once the load has begun.
type heldUp struct{ events []record.Event }

func (h *heldUp) Deploying(int, int, []string) {}
func (h *heldUp) Began(time.Duration)          {}
func (h *heldUp) Event(e record.Event) {
	if e.Kind == record.PhaseBegan {
		time.Sleep(1500 * time.Millisecond)
	}
	h.events = append(h.events, e)
}

// TestATerminalThatIsHeldUpHoldsUpNothing: faults begin and heal in time, all is
// recorded, and what could not be shown meanwhile is shown in the end.
func TestATerminalThatIsHeldUpHoldsUpNothing(t *testing.T) {
	s, screen := newStage(t), &heldUp{}
	var begun, healed time.Time // as the node hears it
	s.heard = func(_ *player, d wire.Down) bool {
		switch {
		case d.Apply != nil:
			begun = time.Now()
		case d.Heal != nil && d.Heal.ID != understood:
			healed = time.Now()
		}
		return true
	}
	one, m := loadYAML(t, duo("1s", "{name: slow, at: 200ms, for: 300ms, delay: {node: back, by: 5ms}}", 1))[0], &memory{}
	err := (&Engine{Backend: s, Progress: screen}).Run(t.Context(), runner.NewPlan("stage", one.Scenario, one.Graph, 1, 1), m)
	if err != nil {
		t.Fatal(err)
	}
	if held := healed.Sub(begun); begun.IsZero() || held < 200*time.Millisecond || held > 700*time.Millisecond {
		t.Errorf("begun at %v, healed %v later; want 300 ms", begun, held)
	}
	if len(screen.events) != len(m.events) {
		t.Errorf("shown %d of %d events", len(screen.events), len(m.events))
	}
}
