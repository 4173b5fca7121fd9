package live

import (
	"sync"
	"time"

	"windtunnel/runner/record"
)

// journal turns instants into times since the run's begin. What happens before
// the begin is known (the deployment) is held back until then, and has a
// negative time.
type journal struct {
	mu       sync.Mutex
	recorder record.Recorder
	teller   *teller
	began    time.Time // zero: not yet
	held     []heldEvent
}

type heldEvent struct {
	at    time.Time
	event record.Event
}

// event records an event that happened at an instant.
func (j *journal) event(at time.Time, e record.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.began.IsZero() {
		j.held = append(j.held, heldEvent{at, e})
	} else {
		e.At = at.Sub(j.began)
		j.recorder.Event(e)
	}
	j.teller.tell(func(p Progress) { p.Event(e) })
}

// flush fixes the run's begin, once, and records what was held back.
func (j *journal) flush(began time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.began.IsZero() {
		return
	}
	j.began = began
	for _, h := range j.held {
		h.event.At = h.at.Sub(began)
		j.recorder.Event(h.event)
	}
	j.held = nil
}

// origin is the run's begin, zero before that is known.
func (j *journal) origin() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.began
}

// since returns an instant as time since the begin, and whether that is known.
func (j *journal) since(at time.Time) (time.Duration, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return at.Sub(j.began), !j.began.IsZero()
}
