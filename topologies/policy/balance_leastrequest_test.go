package policy

import (
	"testing"

	"windtunnel/topologies/work"
)

// The table of attempts in flight forgets endpoints that have gone, but none
// that still owes an answer.
func TestInFlightForgetsTheGone(t *testing.T) {
	b := &leastRequest{}
	b.Pick(0, []Endpoint{{ID: 1}}, 0) // never returned
	for i := EndpointID(2); i < 10_000; i++ {
		up := []Endpoint{{ID: i}, {ID: i + 1}}
		b.Done(0, b.Pick(0, up, work.Root(uint64(i))), Outcome{})
		if len(b.flying) > 2*2+16+1 {
			t.Fatalf("%d entries for two endpoints", len(b.flying))
		}
	}
	if at, known := b.flying.find(1); !known || b.flying[at].n != 1 {
		t.Error("the endpoint that owes an answer is forgotten")
	}
	for range 2 { // a second return does not count below zero
		b.Done(0, 1, Outcome{})
	}
	if at, _ := b.flying.find(1); b.flying[at].n != 0 {
		t.Errorf("%d in flight", b.flying[at].n)
	}
}
