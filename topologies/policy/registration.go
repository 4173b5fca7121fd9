package policy

import (
	"fmt"
	"time"
)

// Registration keeps one instance entered in a registry: it registers at once,
// and again each heartbeat, which tells that it lives. An instance that crashes
// just stops; one that is to be retired takes its leave first.
type Registration struct {
	heartbeat time.Duration
	due       Instant
	began     Instant // of the message that is out
	out       bool
	entered   bool // the registry has confirmed it once
	unheard   bool // the last heartbeat came to nothing
	leaving   bool
	left      bool
	told      []Transition
}

// NewRegistration returns one that registers at once.
func NewRegistration(heartbeat time.Duration, now Instant) *Registration {
	return &Registration{heartbeat: heartbeat, due: now}
}

// Deadline is when Send is next due, Never while a message is out, and once the
// instance has left.
func (r *Registration) Deadline() Instant {
	if r.out || r.left {
		return Never
	}
	return r.due
}

// Send begins a message where one is due: a heartbeat or, with leave, the last
// one. The host then tells Answered.
func (r *Registration) Send(now Instant) (leave, send bool) {
	if now < r.Deadline() {
		return false, false
	}
	r.out, r.began, r.left = true, now, r.leaving
	return r.leaving, true
}

// Answered tells how the message that is out has ended. A heartbeat that came to
// nothing is followed by the next one in its turn; a farewell is not repeated.
func (r *Registration) Answered(now Instant, cause Cause) {
	if r.out = false; r.left {
		return
	}
	if !r.leaving {
		r.due = max(now, r.began.Add(r.heartbeat))
	}
	failed := cause != OK
	if r.entered && failed != r.unheard {
		if failed {
			r.tell(now, "registered", "unheard", fmt.Sprintf("the registry does not answer (%s)", cause))
		} else {
			r.tell(now, "unheard", "registered", "the registry answers again")
		}
	}
	r.entered, r.unheard = r.entered || !failed, failed && r.entered
}

// Entered says whether the registry has once confirmed the instance.
func (r *Registration) Entered() bool { return r.entered }

// Leave makes the farewell due: now, or once the message that is out has ended.
func (r *Registration) Leave(now Instant) { r.leaving, r.due = true, now }

// Left says whether the farewell has been said.
func (r *Registration) Left() bool { return r.left && !r.out }

func (r *Registration) tell(now Instant, from, to, why string) {
	r.told = append(r.told, Transition{At: now, Machine: "registration", From: from, To: to, Reason: why})
}

// Told appends the transitions that were not yet reported.
func (r *Registration) Told(out []Transition) []Transition {
	out = append(out, r.told...)
	r.told = r.told[:0]
	return out
}

// Hurry makes the next message due now, unless one is out.
func (r *Registration) Hurry(now Instant) { r.due = min(r.due, now) }
