package scenarios

import (
	"time"

	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies/decode"
)

// Scenario is one experiment.
type Scenario struct {
	Name      string
	Topology  string      // the topology it runs on where the command names none; may be empty
	Mix       []MixShare  // in the file's order; empty: every entry, equally
	Phases    []Phase     // at least one
	Faults    []FaultPlan // in the file's order
	Checks    []check.Check
	Generator Generator
	Pos       decode.Pos

	checkPlaces []decode.Pos  // of Checks
	targets     []targetPlace // of Faults
}

// targetPlace is where a fault names something.
type targetPlace struct {
	fault, name string
	pos         decode.Pos
}

// MixShare is how much of the load goes to one entry, relative to the others.
type MixShare struct {
	Entry  string
	Weight float64
	Pos    decode.Pos
}

// Phase is a stretch of time with one kind of load.
type Phase struct {
	Name   string          `yaml:"name" required:"true" doc:"unique in the scenario"`
	For    time.Duration   `yaml:"for" required:"true" doc:"how long it lasts"`
	Load   arrival.Process `yaml:"load" required:"true" doc:"the arrival process"`
	Warmup bool            `yaml:"warmup" doc:"left out of the results of phase all"`
	Pos    decode.Pos      `yaml:"-"`
}

// FaultPlan is one fault on the scenario's timeline.
type FaultPlan struct {
	Name  string        // unique in the scenario
	At    time.Duration // since the run's begin
	For   time.Duration // 0: until the run ends; a kill without it is over at once, and the supervisor replaces what died
	Fault fault.Fault
	Pos   decode.Pos
}

// Generator bounds the load generator.
type Generator struct {
	Timeout        time.Duration `yaml:"timeout" default:"30s" doc:"a request unanswered for so long has failed; also the longest drain at the end"`
	MaxConnections int           `yaml:"max_connections" min:"0" doc:"connections to each host; 0: as many as there are requests in flight"`
	MaxInFlight    int           `yaml:"max_in_flight" default:"20000" min:"1" doc:"requests in flight; an arrival beyond it is counted as unsent"`
	MaxLateness    time.Duration `yaml:"max_lateness" default:"50ms" doc:"a run whose p99 lateness is above it is inconclusive"`
}

// Begin returns when phase i begins, since the run's begin.
func (s *Scenario) Begin(i int) time.Duration {
	at := time.Duration(0)
	for _, p := range s.Phases[:i] {
		at += p.For
	}
	return at
}

// Length returns how long all phases last.
func (s *Scenario) Length() time.Duration { return s.Begin(len(s.Phases)) }

// PhaseAt returns the index of the phase at a time since the run's begin; past the end it is the last.
func (s *Scenario) PhaseAt(t time.Duration) int {
	end := time.Duration(0)
	for i, p := range s.Phases {
		if end += p.For; t < end {
			return i
		}
	}
	return len(s.Phases) - 1
}
