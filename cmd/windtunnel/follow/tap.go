package follow

import (
	"sync"
	"time"

	"windtunnel/runner/record"
)

// room is how much of one kind may wait for who follows. A live run stays far
// below it; of a simulated one that is faster some are dropped, and counted.
const room = 1 << 16

// Tap hands everything that an engine records on to another Recorder, and keeps
// it for who follows the run. It never waits for that one.
type Tap struct {
	record.Recorder

	mu    sync.Mutex
	batch Batch
	began time.Time // zero: not yet
}

var _ record.Recorder = (*Tap)(nil)

// Batch is what was recorded since the last one, in its order.
type Batch struct {
	order    []kind
	events   []record.Event
	requests []record.Request
	nodes    []record.NodeSample
	edges    []record.EdgeSample

	Dropped         uint64 // requests and samples for which there was no room
	Ready, Expected int    // instances of the deployment; Expected 0: nothing is told yet
	Waiting         []string
}

// kind says which slice the next of a batch is in.
type kind uint8

const (
	anEvent kind = iota
	aRequest
	aNode
	anEdge
)

// NewTap records into to.
func NewTap(to record.Recorder) *Tap { return &Tap{Recorder: to} }

// Event implements record.Recorder. The run's begin tells when on the wall its
// time is 0.
func (t *Tap) Event(e record.Event) {
	t.Recorder.Event(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Kind == record.RunBegan {
		t.began = time.Now().Add(-e.At)
	}
	put(&t.batch, &t.batch.events, anEvent, e)
}

// Request implements record.Recorder.
func (t *Tap) Request(q record.Request) {
	t.Recorder.Request(q)
	t.mu.Lock()
	defer t.mu.Unlock()
	put(&t.batch, &t.batch.requests, aRequest, q)
}

// Node implements record.Recorder.
func (t *Tap) Node(s record.NodeSample) {
	t.Recorder.Node(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	put(&t.batch, &t.batch.nodes, aNode, s)
}

// Edge implements record.Recorder.
func (t *Tap) Edge(s record.EdgeSample) {
	t.Recorder.Edge(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	put(&t.batch, &t.batch.edges, anEdge, s)
}

func put[T any](b *Batch, list *[]T, k kind, one T) {
	if len(*list) >= room {
		b.Dropped++
		return
	}
	*list = append(*list, one)
	b.order = append(b.order, k)
}

// Deploying is told how many instances are ready.
func (t *Tap) Deploying(ready, total int, waiting []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.batch.Ready, t.batch.Expected, t.batch.Waiting = ready, total, waiting
}

// Told is told what happens before the run's begin, when nothing has a time yet.
// It is recorded later, with one.
func (t *Tap) Told(e record.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.began.IsZero() {
		e.At = -1
		put(&t.batch, &t.batch.events, anEvent, e)
	}
}

// Take returns what came since the last time. Its memory is used again once
// spare, which is what was taken before, is handed back; nil for none.
func (t *Tap) Take(spare *Batch) *Batch {
	if spare == nil {
		spare = &Batch{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.batch
	t.batch = Batch{order: spare.order[:0], events: spare.events[:0], requests: spare.requests[:0],
		nodes: spare.nodes[:0], edges: spare.edges[:0],
		Ready: taken.Ready, Expected: taken.Expected, Waiting: taken.Waiting}
	return &taken
}

// Began is when on the wall the run's time was 0; zero where it has not begun.
func (t *Tap) Began() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.began
}

// each hands over everything in its order.
func (b *Batch) each(event func(record.Event), request func(*record.Request), node func(*record.NodeSample), edge func(*record.EdgeSample)) {
	var next [anEdge + 1]int
	for _, k := range b.order {
		i := next[k]
		next[k]++
		switch k {
		case anEvent:
			event(b.events[i])
		case aRequest:
			request(&b.requests[i])
		case aNode:
			node(&b.nodes[i])
		case anEdge:
			edge(&b.edges[i])
		}
	}
}
