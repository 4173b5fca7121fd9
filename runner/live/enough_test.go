package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// Whoever has seen enough gets a record of what happened until then: each
// request answered, each fault healed, the end told.
func TestEnough(t *testing.T) {
	s := newStage(t)
	s.enough = make(chan struct{})
	time.AfterFunc(400*time.Millisecond, func() { close(s.enough) })
	began := time.Now()
	m, err := s.perform(t.Context(), duo("20s", "{name: bad, at: 100ms, for: 10s, delay: {node: back, by: 1ms}}", 2))
	if !errors.Is(err, ErrEnough) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it went on for %s", took)
	}
	if begun, healed := len(m.eventsOf(record.FaultBegan)), len(m.eventsOf(record.FaultHealed)); begun != 1 || healed != 1 {
		t.Errorf("%d faults begun, %d healed", begun, healed)
	}
	if ended := m.eventsOf(record.RunEnded); len(ended) != 1 {
		t.Errorf("its end is told %d times", len(ended))
	}
	requests := m.bySeq()
	if len(requests) == 0 {
		t.Error("nothing was recorded")
	}
	for _, r := range requests {
		if r.Cause != policy.OK {
			t.Errorf("%+v", r)
		}
	}
}

// Nothing was sent yet: there is nothing to wait for.
func TestEnoughWhileItStarts(t *testing.T) {
	s := newStage(t)
	s.enough = make(chan struct{})
	s.start = func(ctx context.Context, name string) error {
		if name == "back-1" {
			close(s.enough)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	if _, err := s.perform(t.Context(), duo("20s", "", 1)); !errors.Is(err, ErrEnough) {
		t.Errorf("got %v", err)
	}
}
