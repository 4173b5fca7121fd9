package load

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"sync"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"windtunnel/scenarios/arrival"
)

// attack has vegeta send the open arrivals while they are coming, and returns when all have ended.
func (g *generator) attack(ctx, coming context.Context) {
	schedule := g.schedule()
	next, stop := iter.Pull(schedule.All())
	defer stop()
	hit(ctx, &pacer{ctx: coming, began: g.Began, dense: dense, next: next}, func(a arrival.Arriving) { g.ask(ctx, a, true) })
}

// hit has vegeta call ask, from a worker, for each arrival as the pacer lets it go.
func hit(ctx context.Context, p *pacer, ask func(arrival.Arriving)) {
	t := &transport{ask: ask, due: map[uint64]arrival.Arriving{}}
	p.due = t.expect
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: t}), vegeta.MaxBody(0))
	defer context.AfterFunc(ctx, func() { attacker.Stop() })()
	for range attacker.Attack(aim, p, 0, "") { // its results know no intended time: ours are the records
	}
}

// aim gives vegeta its targets. They are all alike: which entry is asked
// depends on the hit's number, which a Targeter is not told.
func aim(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://arrival.invalid/"
	return nil
}

// transport is where vegeta's hits become the requests of the schedule: hit k is
// its k-th, whatever number that has. It holds those that are due and not yet
// taken by a worker.
type transport struct {
	ask func(arrival.Arriving)

	mu   sync.Mutex
	hits uint64
	due  map[uint64]arrival.Arriving // by hit
}

func (t *transport) expect(a arrival.Arriving) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due[t.hits] = a
	t.hits++
}

// RoundTrip implements http.RoundTripper: it sends the hit's own request and
// reads the reply. vegeta gets an empty one.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	hit, err := strconv.ParseUint(r.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("vegeta's hit has no number: %w", err)
	}
	t.mu.Lock()
	a, ok := t.due[hit]
	delete(t.due, hit)
	t.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("hit %d is not due", hit)
	}
	t.ask(a)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
}
