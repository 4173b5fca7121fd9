package sim

import (
	"context"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
)

// rows is a recorder that counts the rows of the series.
type rows struct {
	nodes, operations, edges int
	served                   uint64
	covered                  time.Duration
	last                     time.Duration
	notes                    []string
	latencies                int
}

func (r *rows) Request(record.Request)       {}
func (r *rows) Traces(record.Traces)         {}
func (r *rows) LogFile(string) string        { return "" }
func (r *rows) Edge(record.EdgeSample)       { r.edges++ }
func (r *rows) Invocation(record.Invocation) {}
func (r *rows) Event(e record.Event) {
	if e.Kind == record.Note {
		r.notes = append(r.notes, e.Reason)
	}
}

func (r *rows) Node(s record.NodeSample) {
	r.nodes++
	r.operations += len(s.Operations)
	r.served += s.Served
	r.latencies += len(s.Latency)
	if s.Instance == "crowd-1" {
		r.covered += s.Interval
		if r.last+s.Interval != s.At {
			panic("a gap in the series")
		}
		r.last = s.At
	}
}

const crowd = `
application: crowd
components: {crowd: {operations: {ask: []}}}
entries: {ask: crowd.ask}
---
topology: crowd
application: crowd
nodes: {crowd: {kind: service, hosts: [crowd], replicas: REPLICAS}}
---
scenario: crowd
topology: crowd
phases: [{name: steady, for: 3000s, load: {constant: 1/s}}]
`

// A crowd of instances is looked at more seldom, so that the series stays of a
// size that can be read; nothing is left out.
func TestSeriesOfACrowd(t *testing.T) {
	for replicas, every := range map[string]time.Duration{"2": time.Second, "300": 4 * time.Second} {
		l := load(t, strings.Replace(crowd, "REPLICAS", replicas, 1))[0]
		r := &rows{}
		if err := (&Engine{Costs: Costs{Cores: 2}}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
			t.Fatal(err)
		}
		if total := r.nodes + r.operations + r.edges; total > maxRows+maxRows/10 || r.served != 3000 || r.covered < 2999*time.Second {
			t.Errorf("%s instances: %d rows, %d served, %v covered", replicas, total, r.served, r.covered)
		}
		if r.latencies > 0 {
			t.Error("latencies are told, which nobody asks for")
		}
		if said := len(r.notes) == 1 && strings.Contains(r.notes[0], "every "+every.String()); said != (every > sampleEvery) {
			t.Errorf("%s instances: %q", replicas, r.notes)
		}
	}
}
