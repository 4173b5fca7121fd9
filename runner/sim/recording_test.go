package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"windtunnel/runner/record"
)

// recording is what a run left, from either engine.
type recording struct {
	mu       sync.Mutex
	requests []record.Request
	events   []record.Event // of machines and effects
	nodes    []record.NodeSample
	edges    []record.EdgeSample

	invocations []record.Invocation
	traces      record.Traces
	frozen      bool // the run ended while something was
}

// Request implements record.Recorder.
func (r *recording) Request(q record.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, q)
}

// Event implements record.Recorder.
func (r *recording) Event(e record.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains([]string{record.BreakerState, record.PolicyState, record.EffectState}, e.Kind) {
		r.events = append(r.events, e)
	}
}

// Node implements record.Recorder.
func (r *recording) Node(s record.NodeSample) { r.nodes = append(r.nodes, s) }

// Edge implements record.Recorder.
func (r *recording) Edge(s record.EdgeSample) { r.edges = append(r.edges, s) }

// Invocation implements record.Recorder.
func (r *recording) Invocation(i record.Invocation) { r.invocations = append(r.invocations, i) }

// Traces implements record.Recorder.
func (r *recording) Traces(t record.Traces) { r.traces = t }

// LogFile implements record.Recorder.
func (r *recording) LogFile(string) string { return "" }

// sort orders what the engines tell in an order of their own.
func (r *recording) sort() {
	slices.SortFunc(r.requests, func(a, b record.Request) int { return cmp.Compare(a.Seq, b.Seq) })
	key := func(e record.Event) string {
		return strings.Join([]string{e.Kind, e.Instance, e.Edge, e.Name, e.From, e.To}, "\x00")
	}
	slices.SortStableFunc(r.events, func(a, b record.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(key(a), key(b)))
	})
}

// cut drops the last sample.
func (r *recording) cut() {
	if len(r.nodes) == 0 {
		return
	}
	last := r.nodes[len(r.nodes)-1].At
	r.nodes = slices.DeleteFunc(r.nodes, func(s record.NodeSample) bool { return s.At == last })
	r.edges = slices.DeleteFunc(r.edges, func(s record.EdgeSample) bool { return s.At == last })
}

// String counts how requests ended.
func (r *recording) String() string {
	causes, attempts, calls := map[string]int{}, 0, 0
	for _, q := range r.requests {
		causes[cmp.Or(string(q.Cause), "ok")]++
		attempts, calls = attempts+q.Attempts, calls+q.Calls
	}
	return fmt.Sprintf("%d requests, %v, %d attempts in %d calls, %d events", len(r.requests), causes, attempts, calls, len(r.events))
}
