package load

import (
	"context"
	"testing"
	"time"

	"windtunnel/scenarios/arrival"
)

// listed is a schedule of single instants.
func listed(at ...time.Duration) func() (arrival.Arriving, bool) {
	k := 0
	return func() (arrival.Arriving, bool) {
		if k == len(at) {
			return arrival.Arriving{}, false
		}
		k++
		return arrival.Arriving{Seq: uint64(k - 1), At: at[k-1]}, true
	}
}

func TestPacerNeverSendsEarly(t *testing.T) {
	ms := time.Millisecond
	instants := []time.Duration{0, 1 * ms, 1 * ms, 1500 * time.Microsecond, 10 * ms, 30 * ms, 30*ms + 1}
	var due []arrival.Arriving
	p := &pacer{ctx: t.Context(), began: time.Now().Add(5 * ms), next: listed(instants...), due: func(a arrival.Arriving) { due = append(due, a) }}
	for k, at := range instants {
		wait, stop := p.Pace(0, uint64(k))
		time.Sleep(wait) // as vegeta does
		if now := time.Since(p.began); stop || now < at || len(due) != k+1 || due[k].Seq != uint64(k) {
			t.Errorf("hit %d, meant for %s, goes at %s (stop is %v)", k, at, now, stop)
		}
	}
	if _, stop := p.Pace(0, uint64(len(instants))); !stop {
		t.Error("the pacer goes on past the schedule")
	}
}

// What is overdue goes at once: the schedule does not move.
func TestPacerCatchesUp(t *testing.T) {
	p := &pacer{ctx: t.Context(), began: time.Now().Add(-time.Hour), next: listed(0, time.Minute, time.Hour), due: func(arrival.Arriving) {}}
	for k := range 2 {
		if wait, stop := p.Pace(0, uint64(k)); wait != 0 || stop {
			t.Errorf("overdue hit %d waits %s (stop is %v)", k, wait, stop)
		}
	}
}

func TestPacerStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := &pacer{ctx: ctx, began: time.Now(), next: listed(0, time.Hour, 2*time.Hour), due: func(arrival.Arriving) {}}
	if _, stop := p.Pace(0, 0); stop {
		t.Error("stopped at once")
	}
	time.AfterFunc(10*time.Millisecond, cancel)
	for k := range uint64(2) {
		if _, stop := p.Pace(0, k+1); !stop {
			t.Error("not stopped")
		}
	}
}

// Dense arrivals are left to vegeta's own sleep, and the mean gap tells which are.
func TestPacerLeavesDenseArrivalsToVegeta(t *testing.T) {
	instants := make([]time.Duration, 1000)
	for k := range instants {
		instants[k] = time.Duration(k) * 20 * time.Microsecond
	}
	p := &pacer{ctx: t.Context(), began: time.Now().Add(time.Millisecond), dense: 100 * time.Microsecond, next: listed(instants...), due: func(arrival.Arriving) {}}
	left := 0
	for k := range instants {
		wait, _ := p.Pace(0, uint64(k))
		if wait > 0 {
			left++
		}
		time.Sleep(wait)
	}
	if left == 0 || p.Rate(0) < 40_000 {
		t.Errorf("%d of 1000 waits were left to vegeta, at %.0f/s", left, p.Rate(0))
	}
}
