package follow

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sync"
	"time"

	"windtunnel/reports"
	"windtunnel/runner/record"
)

//go:embed lines.go
var linesSource []byte

// LinesSchema is the JSON schema of one line of Lines.
func LinesSchema() ([]byte, error) {
	return reports.SchemaOf("one line of windtunnel's progress, as NDJSON", reflect.TypeFor[JSONLine](), linesSource)
}

// JSONLine is one line: a run begins, something happens in it, a second of it is
// over, or it has ended. Several simulated runs may go on at once.
type JSONLine struct {
	Kind   string        `json:"kind"`             // run-begun, event, second or run-ended
	Run    string        `json:"run"`              // the run's short id
	At     record.Millis `json:"at_ms"`            // since the run's begin, in its own time; of a second, its end; 0 before it
	Begun  *JSONRun      `json:"begun,omitempty"`  // of run-begun
	Event  *record.Event `json:"event,omitempty"`  // of event: as events.ndjson has it, without at_ms
	Second *JSONSecond   `json:"second,omitempty"` // of second
	Ended  *JSONEnd      `json:"ended,omitempty"`  // of run-ended
}

// JSONRun is what a run is a run of.
type JSONRun struct {
	Number   int           `json:"number"` // which run of the command, from 1
	Of       int           `json:"of"`     // how many there are
	Scenario string        `json:"scenario"`
	Topology string        `json:"topology"`
	Engine   string        `json:"engine"` // live or simulated
	Seed     uint64        `json:"seed"`
	Length   record.Millis `json:"length_ms"` // of all phases
	Dir      string        `json:"dir"`       // the run directory
}

// JSONSecond is what ended within one second.
type JSONSecond struct {
	Entries []JSONEntry         `json:"entries"` // total first
	Nodes   []JSONNode          `json:"nodes"`
	Checks  []reports.LiveCheck `json:"checks"`  // as they stood when the line was written
	Dropped uint64              `json:"dropped"` // requests and samples, since the run's begin, that came too fast to be followed
}

// JSONEntry is what became of an entry's requests.
type JSONEntry struct {
	Name   string         `json:"name"`
	Rate   float64        `json:"rate"`   // that ended, per second
	Errors float64        `json:"errors"` // the share of them that failed
	P50    *record.Millis `json:"p50_ms"` // of the successes, from the intended send; null: there were none
	P99    *record.Millis `json:"p99_ms"`
}

// JSONNode is what a node did.
type JSONNode struct {
	Name     string         `json:"name"`
	Up       int            `json:"up"`       // instances that serve
	Starting int            `json:"starting"` // instances
	Rate     float64        `json:"rate"`     // requests that ended, per second
	Errors   float64        `json:"errors"`   // the share of them that failed or was rejected
	P50      *record.Millis `json:"p50_ms"`   // of those it served, from their arrival at an instance to the reply; null: there were none, or it does not tell
	P99      *record.Millis `json:"p99_ms"`
	Mean     *record.Millis `json:"mean_ms"` // of an attempt to ask it, as its callers saw it; null: nobody did
	InFlight int            `json:"in_flight"`
	Queued   int            `json:"queued"`
	CPU      float64        `json:"cpu_cores"`
	Memory   int64          `json:"memory_bytes"`
	Breaker  string         `json:"breaker,omitempty"` // the worst state among its callers' breakers
	Faults   []string       `json:"faults,omitempty"`  // that hold on it
}

// JSONEnd is how a run ended.
type JSONEnd struct {
	Verdict reports.Verdict `json:"verdict,omitempty"` // missing where there is no report
	Error   string          `json:"error,omitempty"`   // why it was not carried out
}

// Lines writes runs as lines of JSON. It is safe for concurrent use. What cannot
// be written is dropped: progress is no reason to end a run.
type Lines struct {
	mu sync.Mutex
	w  io.Writer
}

// NewLines writes to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Begin tells that a run begins, whose directory is dir.
func (l *Lines) Begin(p *Plan, dir string) {
	l.write(JSONLine{Kind: record.RunBegan, Run: p.Run, Begun: &JSONRun{Number: p.Number, Of: p.Of, Scenario: p.Scenario,
		Topology: p.Topology, Engine: p.Engine, Seed: p.Seed, Length: record.Millis(p.Length()), Dir: dir}})
}

// Follow tells what a run has kept: call Detail on it first.
func (l *Lines) Follow(r *Run) {
	for _, e := range r.News() {
		l.write(JSONLine{Kind: "event", Run: r.plan.Run, At: record.Millis(e.At), Event: &e})
	}
	for _, s := range r.Seconds() {
		l.write(JSONLine{Kind: "second", Run: r.plan.Run, At: record.Millis(s.At), Second: secondLine(&s, r)})
	}
}

// End tells that a run has ended.
func (l *Lines) End(r *Run, err error) {
	end := &JSONEnd{Verdict: r.verdict}
	if err != nil {
		end.Error = err.Error()
	}
	l.write(JSONLine{Kind: record.RunEnded, Run: r.plan.Run, At: record.Millis(r.now), Ended: end})
}

func (l *Lines) write(line JSONLine) {
	text, err := json.Marshal(line)
	if err != nil { // a value that is no number, which nothing here should have
		text = fmt.Appendf(nil, "{\"kind\":%q,\"run\":%q}", line.Kind, line.Run)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.w.Write(append(text, '\n'))
}

func secondLine(s *Second, r *Run) *JSONSecond {
	line := &JSONSecond{Checks: r.checks, Dropped: r.dropped}
	for _, e := range s.Entries {
		one := JSONEntry{Name: e.Name, Rate: e.Rate, Errors: e.Errors}
		if e.Answered > 0 {
			one.P50, one.P99 = millis(e.P50), millis(e.P99)
		}
		line.Entries = append(line.Entries, one)
	}
	for _, n := range s.Nodes {
		one := JSONNode{Name: n.Name, Up: n.Up, Starting: n.Starting, Rate: n.Rate, Errors: n.Errors, InFlight: n.InFlight,
			Queued: n.Queued, CPU: n.CPU, Memory: n.Memory, Breaker: n.Breaker, Faults: n.Faults}
		if n.Answered > 0 {
			one.P50, one.P99 = millis(n.P50), millis(n.P99)
		}
		if n.Asked {
			one.Mean = millis(n.Mean)
		}
		line.Nodes = append(line.Nodes, one)
	}
	return line
}

func millis(d time.Duration) *record.Millis {
	m := record.Millis(d)
	return &m
}
