package policy

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func newTestFront(t *testing.T, cfg FrontConfig) *Front {
	t.Helper()
	f, err := NewFront(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const second = Instant(time.Second)

func TestFrontHoldsRequestsWhileAnInstanceStarts(t *testing.T) {
	f := newTestFront(t, FrontConfig{Concurrency: 1, Queue: 2, Timeout: 30 * time.Second})
	for ticket, want := range map[uint64]struct {
		became Arrival
		until  Instant
	}{1: {Queued, 30 * second}} {
		if _, until, became := f.Arrive(0, ticket, Never); became != want.became || until != want.until {
			t.Errorf("ticket %d: %v until %v", ticket, became, until)
		}
	}
	if _, until, became := f.Arrive(0, 2, 5*second); became != Queued || until != 5*second {
		t.Errorf("the nearer deadline ends the wait: %v until %v", became, until)
	}
	if _, _, became := f.Arrive(0, 3, Never); became != Rejected {
		t.Errorf("the queue is full, but it became %v", became)
	}
	if _, _, became := f.Arrive(second, 4, second); became != Expired {
		t.Errorf("its deadline is now, but it became %v", became)
	}
	if d := f.Demand(2*second, nil); d.Queued != 2 || d.InFlight != 0 || d.Load != 4*time.Second || len(d.Idle) != 0 {
		t.Errorf("demand %+v", d)
	}

	turns, expired := f.Add(3*second, 1, nil, nil)
	if want := (Turn{Ticket: 1, Endpoint: 1, Cold: true}); len(turns) != 1 || turns[0] != want || len(expired) != 0 {
		t.Fatalf("turns %+v, expired %v", turns, expired)
	}
	turns, expired = f.Done(6*second, 1, nil, nil)
	if len(turns) != 0 || !slices.Equal(expired, []uint64{2}) {
		t.Errorf("who waited past its deadline gets no turn: %+v, %v", turns, expired)
	}
	if turn, _, became := f.Arrive(7*second, 5, Never); became != Started || turn.Cold {
		t.Errorf("a warm instance: %v %+v", became, turn)
	}
}

func TestFrontIsColdOnlyForTheFirstOfAnInstance(t *testing.T) {
	f := newTestFront(t, FrontConfig{Concurrency: 1, Queue: 10})
	f.Add(0, 1, nil, nil)
	if turn, _, _ := f.Arrive(0, 1, Never); turn.Cold {
		t.Error("who does not wait is not cold: the instance was provisioned")
	}
	f.Arrive(0, 2, Never)
	f.Arrive(0, 3, Never)
	if turns, _ := f.Done(second, 1, nil, nil); len(turns) != 1 || turns[0].Cold || turns[0].Ticket != 2 {
		t.Errorf("a warm one that became free: %+v", turns)
	}
	if turns, _ := f.Add(2*second, 2, nil, nil); len(turns) != 1 || !turns[0].Cold || turns[0].Ticket != 3 {
		t.Errorf("a new one: %+v", turns)
	}
}

func TestFrontRouting(t *testing.T) {
	for routing, want := range map[string]EndpointID{"": 2, "most-recent": 2, "newest": 3, "least-loaded": 1} {
		f := newTestFront(t, FrontConfig{Concurrency: 2, Queue: 1, Routing: routing})
		for id := EndpointID(1); id <= 3; id++ {
			f.Add(Instant(id), id, nil, nil)
		}
		// Instance 2 is used last; 3 has a request, as most recent ones would.
		for _, m := range []EndpointID{3, 2} {
			at, _ := f.find(m)
			f.begin(Instant(10+5-m), &f.members[at], uint64(m), false)
		}
		f.Done(20, 2, nil, nil)
		if turn, _, _ := f.Arrive(21, 9, Never); turn.Endpoint != want {
			t.Errorf("%q went to %d, want %d", routing, turn.Endpoint, want)
		}
	}
	if _, err := NewFront(FrontConfig{Routing: "nearest"}); err == nil {
		t.Error("there is no routing nearest")
	}
}

func TestFrontRetires(t *testing.T) {
	f := newTestFront(t, FrontConfig{Concurrency: 1, Queue: 1})
	f.Add(0, 1, nil, nil)
	f.Add(0, 2, nil, nil)
	busy, _, _ := f.Arrive(0, 1, Never)
	if _, ok := f.Retire(busy.Endpoint, true); ok {
		t.Error("an instance with a request is not idle")
	}
	if drained, ok := f.Retire(busy.Endpoint, false); drained || !ok || f.Drained(busy.Endpoint) {
		t.Error("it drains while it has a request")
	}
	other := 3 - busy.Endpoint
	if drained, ok := f.Retire(other, true); !drained || !ok {
		t.Error("an idle one is drained at once")
	}
	if _, _, became := f.Arrive(1, 2, Never); became != Queued {
		t.Errorf("both retire, but it became %v", became)
	}
	if turns, _ := f.Done(2, busy.Endpoint, nil, nil); len(turns) != 0 || !f.Drained(busy.Endpoint) {
		t.Errorf("who retires serves nobody more: %+v", turns)
	}
	if drained, ok := f.Retire(99, true); !drained || !ok {
		t.Error("one that is not known has nothing to do")
	}
}

func TestFrontTakesBackWhatItsInstanceNeverSaw(t *testing.T) {
	f := newTestFront(t, FrontConfig{Concurrency: 1, Queue: 5})
	f.Add(0, 1, nil, nil)
	f.Arrive(0, 1, Never)
	f.Arrive(0, 2, Never)
	f.Remove(1)
	f.Done(1, 1, nil, nil)
	if _, _, became := f.Return(1, 1, Never); became != Queued {
		t.Error("nobody is there")
	}
	turns, _ := f.Add(2, 2, nil, nil)
	if len(turns) != 1 || turns[0].Ticket != 1 {
		t.Errorf("it keeps its place before the others: %+v", turns)
	}
	if got := f.Refuse(3, 5, nil); !slices.Equal(got, []uint64{2}) {
		t.Errorf("refused %v", got)
	}
}

// TestFrontProperties: no instance has more than it may, everybody who came has
// one end, who waits longer is served first, and the integral of the demand is
// the time that all spent there.
func TestFrontProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := FrontConfig{Concurrency: rapid.IntRange(1, 3).Draw(t, "concurrency"), Queue: rapid.IntRange(1, 5).Draw(t, "queue"),
			Routing: rapid.SampledFrom(Routings()).Draw(t, "routing")}
		f, err := NewFront(cfg)
		if err != nil {
			t.Fatal(err)
		}
		now, ticket, next := Instant(0), uint64(0), EndpointID(0)
		at := map[uint64]EndpointID{}  // who is served, and where
		came := map[uint64]Instant{}   // who is in the system
		up := map[EndpointID]bool{}    // true: it retires
		spent := time.Duration(0)      // by those that have left
		lastServed := uint64(0)        // of those that waited
		leave := func(ticket uint64) { // once
			since, in := came[ticket]
			if !in {
				t.Fatalf("ticket %d ends twice", ticket)
			}
			spent += now.Sub(since)
			delete(came, ticket)
		}
		serve := func(turns []Turn, waited bool) {
			for _, turn := range turns {
				if retires, known := up[turn.Endpoint]; !known || retires {
					t.Fatalf("ticket %d goes to %d, which takes none", turn.Ticket, turn.Endpoint)
				}
				if _, in := came[turn.Ticket]; !in || at[turn.Ticket] != 0 {
					t.Fatalf("ticket %d has no turn to get", turn.Ticket)
				}
				if waited {
					if turn.Ticket < lastServed {
						t.Fatalf("ticket %d overtook %d", lastServed, turn.Ticket)
					}
					lastServed = turn.Ticket
				}
				at[turn.Ticket] = turn.Endpoint
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(*rapid.T) {
				ticket++
				turn, _, became := f.Arrive(now, ticket, Never)
				if became == Rejected {
					return
				}
				came[ticket] = now
				if became == Started {
					serve([]Turn{turn}, false)
				}
			},
			"add": func(*rapid.T) {
				next++
				up[next] = false
				turns, _ := f.Add(now, next, nil, nil)
				serve(turns, true)
			},
			"done": func(*rapid.T) {
				for _, ticket := range slices.Sorted(maps.Keys(at)) {
					id := at[ticket]
					delete(at, ticket)
					leave(ticket)
					turns, _ := f.Done(now, id, nil, nil)
					serve(turns, true)
					return
				}
			},
			"cancel": func(*rapid.T) {
				for _, ticket := range slices.Sorted(maps.Keys(came)) {
					if at[ticket] == 0 {
						if !f.Cancel(now, ticket) {
							t.Fatalf("ticket %d waits, and could not be cancelled", ticket)
						}
						leave(ticket)
						return
					}
				}
			},
			"retire": func(*rapid.T) {
				for _, id := range slices.Sorted(maps.Keys(up)) {
					if !up[id] {
						up[id] = true
						f.Retire(id, false)
						return
					}
				}
			},
			"pass": func(t *rapid.T) { now += Instant(rapid.IntRange(1, 1000).Draw(t, "time")) },
			"": func(*rapid.T) {
				busy := map[EndpointID]int{}
				for _, id := range at {
					if busy[id]++; busy[id] > cfg.Concurrency {
						t.Fatalf("instance %d has %d requests at once", id, busy[id])
					}
				}
				d := f.Demand(now, nil)
				total := spent
				for _, since := range came {
					total += now.Sub(since)
				}
				if d.InFlight != len(at) || d.Queued != len(came)-len(at) || d.Queued > cfg.Queue || d.Load != total {
					t.Fatalf("demand %+v of %d served, %d there, %v spent", d, len(at), len(came), total)
				}
			},
		})
	})
}
