package load

import (
	"context"
	"crypto/tls"
	"net/http"
	"sync"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/work"
)

// The bounds where Options leave them at 0.
const (
	DefaultTimeout     = 30 * time.Second
	DefaultMaxInFlight = 20_000
)

// Target is how one entry is asked for, over HTTP/1.1. A redirect is a reply
// like any other and is not followed.
type Target struct {
	Entry   string
	Method  string                  // empty: GET
	Scheme  string                  // "http" or "https"; empty: http
	Path    string                  // with the query; empty: /
	Address func(seq uint64) string // host:port, asked for each request, by several goroutines; "" (no instance is up) is recorded as refused
	Header  http.Header             // a Host replaces the address there
	Body    []byte
	Expect  []int                              // the statuses of success; empty: 200 to 399
	TLS     *tls.Config                        // https: nil for the system's defaults
	Key     func(arrival work.Identity) uint64 // what a request is about, for wire.HeaderKey; nil: nothing
	// Untraced says in the trace context that nothing of the request is recorded.
	Untraced bool
}

// Phase is a stretch of the schedule. Open phases that follow each other are
// one schedule: nothing pauses between them.
type Phase struct {
	Name       string
	Begin, For time.Duration // Begin is since the run's begin
	Load       arrival.Process
}

// Share is an entry's weight among all.
type Share struct {
	Entry  string
	Weight float64
}

// Options are all that a run of load needs.
type Options struct {
	Seed           uint64
	Began          time.Time       // the origin of all offsets; it may lie ahead. Zero: now
	Phases         []Phase         // in order, not overlapping
	Mix            []Share         // empty: every target but those of timers, equally
	Timers         []arrival.Timer // each asks the target of its name
	Targets        map[string]Target
	Timeout        time.Duration // from the intended instant; 0: DefaultTimeout
	MaxConnections int           // to each address; the wait for one is part of the latency. 0: no bound
	MaxInFlight    int           // an open arrival beyond it is unsent; 0: DefaultMaxInFlight

	Enough <-chan struct{} // once it is closed nobody comes any more, and Run ends when those under way have; nil: never
}

// coming is ctx for as long as somebody is to come. The function ends it.
func (g *generator) coming(ctx context.Context) (context.Context, context.CancelFunc) {
	coming, cancel := context.WithCancel(ctx)
	if g.Enough == nil {
		return coming, cancel
	}
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-g.Enough:
			cancel()
		case <-coming.Done():
		}
	})
	return coming, func() { cancel(); waiting.Wait() }
}

// Stats is what the generator tells of itself. Each arrival that was offered is
// sent or unsent, and has a record unless it was abandoned.
type Stats struct {
	Offered     uint64        // arrivals whose instant came
	Sent        uint64        // of them, set on their way
	Unsent      uint64        // of them, given up: too many in flight, no socket to be had, or more than the timeout late
	Abandoned   uint64        // sent, and cut off by the end of the context; they have no record
	Connections uint64        // opened
	InFlight    int           // the most at any time
	Puzzles     []Puzzle      // the first error of each cause whose name tells too little, sorted by cause
	CPU         time.Duration // of this process during the run, user and system; 0 where the system does not tell
}

// Run offers the load and returns once every request is answered or timed out.
// sink gets one record for each arrival, in order of completion, from one
// goroutine; a slow sink delays no request until thousands of records wait.
//
// In a record, Sent is when the generator set the request on its way: Sent less
// Intended is its own lateness. A wait for a connection, or for a dial, comes
// after it and belongs to the latency, which counts from Intended. Arrivals of
// open phases are numbered 0, 1, 2, … over the run; for those of closed phases
// see arrival.Closed.ClosedSeq, for what timers ask arrival.TimerSeq. The status of a reply that began is told even
// where the reply then broke off.
//
// When ctx ends, Run closes every connection and returns at once with ctx's
// error: requests under way are counted as abandoned. Any other error says
// what is wrong with the options; nothing was sent then.
func Run(ctx context.Context, o Options, sink func(record.Request)) (Stats, error) {
	g, err := newGenerator(o)
	if err != nil {
		return Stats{}, err
	}
	cpu := cpuTime()
	var sinking, asking sync.WaitGroup
	sinking.Go(func() {
		for r := range g.records {
			sink(r)
		}
	})
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		g.pools.close()
	})
	coming, enough := g.coming(ctx)
	asking.Go(func() { g.attack(ctx, coming) })
	for i, p := range g.Phases {
		if load, ok := p.Load.(*arrival.Closed); ok {
			asking.Go(func() { g.users(ctx, coming, i, load) })
		}
	}
	asking.Wait()
	enough()
	if !stop() {
		<-closed
	}
	g.pools.close()
	close(g.records)
	sinking.Wait()
	stats := g.stats()
	stats.CPU = cpuTime() - cpu
	return stats, ctx.Err()
}
