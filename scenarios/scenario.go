package scenarios

import (
	"time"

	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/unit"
)

// Scenario is one experiment.
type Scenario struct {
	Name       string
	Topologies Topologies    // what it runs on where the command names none; may be empty
	Mix        []MixShare    // in the file's order; empty: every entry, equally
	Phases     []Phase       // at least one
	Faults     []FaultPlan   // in the file's order
	Checks     []check.Check // of a loaded one, those that apply to its topology
	Generator  Generator
	Traces     Traces
	Pos        decode.Pos

	checkPlaces []decode.Pos  // of Checks
	checkOn     [][]string    // of Checks: the topologies that each is a promise of; none: of every one
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

	loadPlace decode.Pos
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
	MaxSteal       unit.Share    `yaml:"max_steal" default:"20%" doc:"a run from whose machine the hypervisor took more of its cores is inconclusive; 100%: none is"`
}

// Traces says which requests are traced. All are watched; what is kept of them
// is bounded.
type Traces struct {
	Sample unit.Share    `yaml:"sample" default:"1%" doc:"of the requests, those that are kept whatever becomes of them; the same ones on every topology and engine"`
	Slow   time.Duration `yaml:"slow" doc:"a request is slow that takes so long; 0: the slowest of each entry are"`
	Limit  int           `yaml:"limit" default:"200" min:"0" max:"10000" doc:"traces kept at most: half of them slow, a quarter failed, the rest sampled; 0: nothing is traced"`
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
