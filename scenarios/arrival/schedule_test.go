package arrival_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/scenarios/arrival"
	"windtunnel/topologies"
)

// script lists requests in lines such as "#3 1:browse @2.5s" (number, phase,
// entry, instant); the number of a timer's request is told as "timer 0.2".
func script(s arrival.Schedule) []string {
	var lines []string
	for a := range s.All() {
		number := fmt.Sprintf("#%d", a.Seq)
		for timer := range s.Timers {
			for k := range uint64(100) {
				if a.Seq == arrival.TimerSeq(timer, k) {
					number = fmt.Sprintf("timer %d.%d", timer, k)
				}
			}
		}
		lines = append(lines, fmt.Sprintf("%s %d:%s @%s", number, a.Phase, a.Entry, a.At))
	}
	return lines
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func stretch(begin, length float64, load arrival.Process) arrival.Stretch {
	return arrival.Stretch{Begin: seconds(begin), For: seconds(length), Load: load}
}

func TestSchedule(t *testing.T) {
	even := &arrival.Constant{PerSecond: 0.5}
	tick := arrival.Timer{Name: "tick", Every: 2 * time.Second}
	for _, c := range []struct {
		name string
		s    arrival.Schedule
		want []string
	}{
		{"nothing", arrival.Schedule{}, nil},
		{"phases one after another", arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 4, even), stretch(4, 2, even)}},
			[]string{"#0 0: @1s", "#1 0: @3s", "#2 1: @5s"}},
		{"a timer among them", arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 4, even), stretch(4, 2, even)}, Timers: []arrival.Timer{tick}},
			[]string{"timer 0.0 0:tick @0s", "#0 0: @1s", "timer 0.1 0:tick @2s", "#1 0: @3s", "timer 0.2 1:tick @4s", "#2 1: @5s"}},
		{"later first, and first of two at one instant",
			arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 4, even)}, Timers: []arrival.Timer{
				{Name: "late", Every: 10 * time.Second, First: 3 * time.Second}, {Name: "odd", Every: 2 * time.Second, First: time.Second}}},
			[]string{"timer 1.0 0:odd @1s", "#0 0: @1s", "timer 0.0 0:late @3s", "timer 1.1 0:odd @3s", "#1 0: @3s"}},
		{"closed phases have none of the schedule but its timers",
			arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 3, &arrival.Closed{Users: 5}), stretch(3, 2, even)}, Timers: []arrival.Timer{tick}},
			[]string{"timer 0.0 0:tick @0s", "timer 0.1 0:tick @2s", "timer 0.2 1:tick @4s", "#0 1: @4s"}},
		{"a gap belongs to the phase before", arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 1, even), stretch(3, 1, even)},
			Timers: []arrival.Timer{tick}}, []string{"timer 0.0 0:tick @0s", "timer 0.1 0:tick @2s"}},
	} {
		if got := script(c.s); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

// A schedule can be left early, also between two timers of one instant.
func TestScheduleIsLeft(t *testing.T) {
	s := arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 10, &arrival.Constant{PerSecond: 1})},
		Timers: []arrival.Timer{{Name: "a", Every: time.Second}, {Name: "b", Every: time.Second}}}
	for n := range 25 {
		left := 0
		for range s.All() {
			if left++; left > n {
				break
			}
		}
		if left != n+1 {
			t.Errorf("left after %d, not %d", left, n+1)
		}
	}
}

// Whatever timers there are: requests come in order, what visitors send is what
// they send without any, and each timer asks as often as Firings says.
func TestTimersDisturbNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := arrival.Schedule{Seed: rapid.Uint64().Draw(t, "seed"), Stretches: []arrival.Stretch{
			stretch(0, 2, &arrival.Poisson{PerSecond: 20}), stretch(2, 1, &arrival.Closed{Users: 1}), stretch(3, 2, &arrival.Poisson{PerSecond: 20})}}
		timed := plain
		for i := range rapid.IntRange(1, 5).Draw(t, "timers") {
			timed.Timers = append(timed.Timers, arrival.Timer{Name: fmt.Sprint("t", i),
				Every: time.Duration(rapid.IntRange(1, 3000).Draw(t, "every")) * time.Millisecond,
				First: time.Duration(rapid.IntRange(0, 6000).Draw(t, "first")) * time.Millisecond})
		}
		var visitors []arrival.Arriving
		seen := map[uint64]bool{}
		asked := map[string]uint64{}
		last := time.Duration(0)
		for a := range timed.All() {
			if a.At < last || a.At >= 5*time.Second || seen[a.Seq] {
				t.Fatalf("%+v after %s", a, last)
			}
			last, seen[a.Seq] = a.At, true
			if a.Entry == "" {
				visitors = append(visitors, a)
			}
			asked[a.Entry]++
		}
		if want := slices.Collect(plain.All()); !slices.Equal(visitors, want) {
			t.Fatalf("%d visitors, %d without timers", len(visitors), len(want))
		}
		for _, timer := range timed.Timers {
			if n := timer.Firings(5 * time.Second); asked[timer.Name] != n {
				t.Fatalf("%+v asks %d times, Firings says %d", timer, asked[timer.Name], n)
			}
		}
	})
}

// The numbers of timers meet no others, and a float64 holds them exactly.
func TestTimerSeqIsUnique(t *testing.T) {
	const longest = uint64(1000 * time.Hour / time.Millisecond)
	closed := (&arrival.Closed{Users: arrival.MaxUsers}).ClosedSeq(999, arrival.MaxUsers-1, 1_000_000)
	last := closed
	for _, timer := range []int{0, 1, topologies.MaxSchedules - 1} {
		for _, k := range []uint64{0, 1, longest} {
			seq := arrival.TimerSeq(timer, k)
			if seq <= last || seq > 1<<53 || uint64(float64(seq)) != seq {
				t.Errorf("request %d of timer %d has number %d, after %d", k, timer, seq, last)
			}
			last = seq
		}
	}
	if arrival.Identity(1, arrival.TimerSeq(0, 0)) == arrival.Identity(1, 0) {
		t.Error("a timer draws what the first visitor draws")
	}
}

func BenchmarkSchedule(b *testing.B) {
	for name, timers := range map[string][]arrival.Timer{"plain": nil, "timers": {{Name: "t", Every: time.Second}, {Name: "u", Every: time.Minute}}} {
		b.Run(name, func(b *testing.B) {
			s := arrival.Schedule{Stretches: []arrival.Stretch{stretch(0, 1e6, &arrival.Poisson{PerSecond: 1e6})}, Timers: timers}
			left := b.N
			for range s.All() {
				if left--; left <= 0 {
					break
				}
			}
		})
	}
}
