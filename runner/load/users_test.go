package load

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Each user asks, waits for the reply, thinks as long as its request's identity
// says, and asks again.
func TestClosedUsers(t *testing.T) {
	noGoroutineLeft(t)
	var now, most atomic.Int64
	address := serve(t, func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
	})
	load := &arrival.Closed{Users: 6, Think: work.Dist{Kind: work.Exponential, A: 20 * time.Millisecond}}
	length := 600 * time.Millisecond
	records, stats := run(t, Options{Seed: 4, Targets: targets(address, "a", "b"), Phases: phase(length, load)})
	if most.Load() > 6 || stats.InFlight > 6 || len(records) < 30 {
		t.Errorf("6 users made %d requests, %d at once", len(records), most.Load())
	}
	byNumber := map[uint64]record.Request{}
	for _, r := range records {
		byNumber[r.Seq] = r
		if r.Cause != policy.OK || r.Intended >= length {
			t.Errorf("%+v", r)
		}
	}
	for u := range load.Users {
		done := time.Duration(0)
		for k := uint64(0); ; k++ {
			seq := load.ClosedSeq(0, u, k)
			r, made := byNumber[seq]
			if !made {
				if k == 0 {
					t.Errorf("user %d asked nothing", u)
				}
				break
			}
			if want := done + load.ThinkBefore(k, arrival.Identity(4, seq)); r.Intended != want {
				t.Errorf("request %d of user %d is meant for %s, want %s", k, u, r.Intended, want)
			}
			done = r.Done
			delete(byNumber, seq)
		}
	}
	if len(byNumber) > 0 {
		t.Errorf("requests of nobody: %v", byNumber)
	}
}

// Users begin with their phase, while replies of the phase before are still
// awaited; and open arrivals are numbered on past them.
func TestPhasesOverlapTheDrain(t *testing.T) {
	frozen := 1500 * time.Millisecond
	began := aheadOf()
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if at := time.Since(began); at < frozen {
			time.Sleep(frozen - at)
		}
	})
	records, _ := run(t, Options{
		Began: began, Targets: targets(address, "e"), MaxInFlight: 1000,
		Phases: []Phase{
			{Name: "open", For: 100 * time.Millisecond, Load: constant(100)},
			{Name: "closed", Begin: 100 * time.Millisecond, For: 100 * time.Millisecond, Load: &arrival.Closed{Users: 3, Think: work.ConstantOf(10 * time.Millisecond)}},
			{Name: "open again", Begin: 200 * time.Millisecond, For: 300 * time.Millisecond, Load: constant(100)},
		},
	})
	count := map[string]int{}
	for _, r := range records {
		count[r.Phase]++
		switch {
		case r.Phase == "closed" && (r.Intended < 100*time.Millisecond || r.Sent >= frozen):
			t.Errorf("a user waited for the drain: %+v", r)
		case r.Phase == "open again" && (r.Seq < 10 || r.Seq >= 40):
			t.Errorf("numbered %d: %+v", r.Seq, r)
		case r.Intended < frozen && r.Done < frozen:
			t.Errorf("answered in the freeze: %+v", r)
		}
	}
	if count["open"] != 10 || count["closed"] != 3 || count["open again"] != 30 {
		t.Errorf("requests by phase: %v", count)
	}
}

// Users are not bounded by what open phases may have in flight.
func TestUsersAreNeverUnsent(t *testing.T) {
	records, _ := run(t, Options{
		Targets: targets(serve(t, slow(10*time.Millisecond)), "e"), MaxInFlight: 1,
		Phases: phase(100*time.Millisecond, &arrival.Closed{Users: 5}),
	})
	if got := causes(records); got[policy.Unsent] > 0 || got[policy.OK] < 5 {
		t.Errorf("%v", got)
	}
}

func TestManyUsers(t *testing.T) {
	load := &arrival.Closed{Users: 300, Think: work.ConstantOf(200 * time.Millisecond)}
	records, _ := run(t, Options{Targets: targets(serve(t, ok), "e"), Phases: phase(400*time.Millisecond, load)})
	asked := map[uint64]bool{}
	for _, r := range records {
		asked[(r.Seq-load.ClosedSeq(0, 0, 0))%300] = true
	}
	// Each begins within the first think time.
	if len(asked) != 300 || causes(records)[policy.OK] != len(records) {
		t.Errorf("%d of 300 users asked: %v", len(asked), causes(records))
	}
}
