package record

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Identity says what a run is a run of: everything that two runs must share to
// be compared. It is written first, as identity.json. Times are since Began.
type Identity struct {
	Format      int               `json:"format"` // Create sets it
	Run         string            `json:"run"`    // the short id
	Began       time.Time         `json:"began"`  // UTC
	Engine      string            `json:"engine"` // Live or Simulated
	Backend     string            `json:"backend,omitempty"`
	Scenario    string            `json:"scenario"`
	Topology    string            `json:"topology"`
	Application string            `json:"application,omitempty"`
	Work        string            `json:"work,omitempty"` // SHA-256 of the application as it was run: topologies that are compared do the same
	Params      map[string]string `json:"params,omitempty"`
	Set         []string          `json:"set,omitempty"` // settings of a suite's case, as after --set
	Seed        uint64            `json:"seed"`
	Command     []string          `json:"command,omitempty"` // the arguments as given, the program first
	Digest      string            `json:"digest,omitempty"`  // SHA-256 of the resolved input, which Create fills where it is empty
	Version     string            `json:"version,omitempty"` // of windtunnel
	Environment Environment       `json:"environment"`
	SpinPerMS   float64           `json:"spin_per_ms,omitempty"`         // calibration of compute
	Calibration string            `json:"calibration,omitempty"`         // of the simulated engine: what its costs are from; two runs with the same text have the same
	Unenforced  []string          `json:"limits_not_enforced,omitempty"` // in plain words; known only later: a NoteLimits event
	Phases      []Phase           `json:"phases,omitempty"`
	Mix         []MixShare        `json:"mix,omitempty"`
	Entries     []string          `json:"entries,omitempty"`
	Timers      []string          `json:"timers,omitempty"` // the application's schedules, whose requests are no visitors'
	Faults      []Fault           `json:"faults,omitempty"`
	Checks      []string          `json:"checks,omitempty"`       // as written
	CheckPlaces []string          `json:"check_places,omitempty"` // of each: "outage.yaml:14:5"
	Strict      bool              `json:"strict,omitempty"`       // a limit inside a check's interval is inconclusive
	Nodes       []Node            `json:"nodes,omitempty"`
	Edges       []Edge            `json:"edges,omitempty"`
	Generator   Generator         `json:"generator"`
	Sampling    Sampling          `json:"sampling,omitzero"` // of the requests in the record
}

// The engines.
const (
	Live      = "live"
	Simulated = "simulated"
)

// NoteLimits names the Note event whose Reason says, in plain words, which
// limits of the plan are not enforced: a backend knows that only once it stands.
const NoteLimits = "limits-not-enforced"

// NoteCalibration names the Note events of a simulated run that say what its
// costs rest on, where that is in doubt.
const NoteCalibration = "calibration"

// Phase is a stretch of the run with one kind of load.
type Phase struct {
	Name   string  `json:"name"`
	Begin  Millis  `json:"begin_ms"`
	For    Millis  `json:"for_ms"`
	Warmup bool    `json:"warmup,omitempty"`
	Load   string  `json:"load,omitempty"`          // in words: "poisson 200/s"
	Rate   float64 `json:"declared_rate,omitempty"` // mean over the phase, per second; 0: it depends on the replies
}

// End returns when the phase is over.
func (p Phase) End() time.Duration { return p.Begin.Duration() + p.For.Duration() }

// MixShare is how much of the load goes to one entry, relative to the others.
type MixShare struct {
	Entry  string  `json:"entry"`
	Weight float64 `json:"weight"`
}

// Fault is a fault as planned; events say when it really held.
type Fault struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`             // "kill"
	Target string `json:"target,omitempty"` // in words: "component payments"
	At     Millis `json:"at_ms"`
	For    Millis `json:"for_ms,omitempty"` // 0: never healed by the timeline
}

// Node is a deployed node as planned.
type Node struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Hosts    []string `json:"hosts,omitempty"`
	Replicas int      `json:"replicas,omitempty"`
	CPU      float64  `json:"cpu_cores,omitempty"`    // for each instance; 0: no limit
	Memory   int64    `json:"memory_bytes,omitempty"` // for each instance; 0: no limit
	// Concurrency is what an instance of a function is sent at once, and what one of
	// a service with a scaler works on; 0 elsewhere, and where it is unbounded.
	Concurrency int    `json:"concurrency,omitempty"`
	Scaler      string `json:"scaler,omitempty"` // in words; "": a fixed number of instances
	// Provisioned is how many instances a function keeps at all times, used or idle;
	// 0 elsewhere, and in records that are older than it.
	Provisioned int `json:"provisioned,omitempty"`
}

// Edge is a pair of nodes of which one calls the other.
type Edge struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Policy string `json:"policy,omitempty"` // in words
	// Discovery says, in words, how the caller finds instances, where the topology
	// says so: "dns 5s".
	Discovery string `json:"discovery,omitempty"`
}

// Generator is how the load generator was bounded.
type Generator struct {
	Timeout        Millis   `json:"timeout_ms,omitempty"`
	MaxLateness    Millis   `json:"max_lateness_ms,omitempty"` // a run whose p99 lateness is above it is inconclusive; 0: no limit
	MaxSteal       *float64 `json:"max_steal,omitempty"`       // a run from whose machine its hypervisor took a larger share of the cores is inconclusive; nil, as in older records: 0.2
	MaxConnections int      `json:"max_connections,omitempty"`
	MaxInFlight    int      `json:"max_in_flight,omitempty"`
}

// FormatError says that a run directory has a format that this program does not read.
type FormatError struct {
	Dir    string
	Format int
}

func (e *FormatError) Error() string {
	if e.Format > Format {
		return fmt.Sprintf("%s has format %d, this windtunnel reads up to %d: use a newer one", e.Dir, e.Format, Format)
	}
	return fmt.Sprintf("%s has format %d, which is no format of a run directory: the oldest is 1", e.Dir, e.Format)
}

// readIdentity returns a *FormatError for a format that is not known, and any
// other error where the file is missing or broken.
func readIdentity(dir string) (Identity, error) {
	text, err := os.ReadFile(filepath.Join(dir, identityFile))
	if err != nil {
		return Identity{}, err
	}
	// The format is read alone first: the rest may look different in another one.
	var head struct{ Format int }
	if err := json.Unmarshal(text, &head); err != nil {
		return Identity{}, err
	}
	if head.Format != Format {
		return Identity{}, &FormatError{Dir: dir, Format: head.Format}
	}
	var id Identity
	if err := json.Unmarshal(text, &id); err != nil {
		return Identity{}, err
	}
	return id, nil
}
