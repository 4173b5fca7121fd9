package load

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"sync"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// attack has vegeta send the open arrivals, and returns when all have ended.
func (g *generator) attack(ctx context.Context) {
	next, stop := iter.Pull(g.schedule())
	defer stop()
	hit(ctx, &pacer{ctx: ctx, began: g.Began, dense: dense, next: next}, func(a arriving) { g.ask(ctx, a, true) })
}

// hit has vegeta call ask, from a worker, for each arrival as the pacer lets it go.
func hit(ctx context.Context, p *pacer, ask func(arriving)) {
	t := &transport{ask: ask, due: map[uint64]arriving{}}
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

// transport is where vegeta's hits become the arrivals of the schedule: hit k is
// arrival k. It holds those that are due and not yet taken by a worker.
type transport struct {
	ask func(arriving)

	mu  sync.Mutex
	due map[uint64]arriving
}

func (t *transport) expect(a arriving) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due[a.seq] = a
}

// RoundTrip implements http.RoundTripper: it sends the hit's own request and
// reads the reply. vegeta gets an empty one.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(r.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("vegeta's hit has no number: %w", err)
	}
	t.mu.Lock()
	a, ok := t.due[seq]
	delete(t.due, seq)
	t.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("hit %d is not due", seq)
	}
	t.ask(a)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
}
