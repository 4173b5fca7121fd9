package policy

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A mean over steps that were told one by one is exact, and one in between is
// never further off than the load of the steps that the window cuts.
func TestHistoryMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		origin := Instant(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "origin"))
		length := time.Duration(rapid.IntRange(1, 12).Draw(t, "length")) * time.Second
		h := newHistory(origin, 5*time.Second, length, time.Second)
		w := meanWindow{length: length}
		w.restart(origin, 5*time.Second)
		if _, known := w.mean(h); known {
			t.Fatal("a mean over no time")
		}
		var loads []int // by second
		total := 5 * time.Second
		for second := range rapid.IntRange(1, 60).Draw(t, "seconds") {
			load := rapid.IntRange(0, 50).Draw(t, "load")
			loads = append(loads, load)
			if rapid.Bool().Draw(t, "also in between") {
				h.tell(origin.Add(time.Duration(second)*time.Second+time.Second/4), total+time.Duration(load)*time.Second/4)
			}
			total += time.Duration(load) * time.Second
			h.tell(origin.Add(time.Duration(second+1)*time.Second), total)
			recent := loads[max(0, len(loads)-int(length/time.Second)):]
			sum := 0
			for _, l := range recent {
				sum += l
			}
			mean, known := w.mean(h)
			if want := float64(sum) / float64(len(recent)); !known || math.Abs(mean-want) > 1e-8 {
				t.Fatalf("%g instead of %g over %v", mean, want, recent)
			}
		}
	})
}

// What was slept through counts as spread evenly.
func TestHistoryAfterAGap(t *testing.T) {
	h := newHistory(0, 0, 4*time.Second, time.Second)
	w := meanWindow{length: 4 * time.Second}
	for _, c := range []struct {
		at, load time.Duration
		want     float64
	}{
		{time.Second, 2 * time.Second, 2},
		{4 * time.Second, 8 * time.Second, 2},
		{time.Hour, 8 * time.Second, 0},
		{time.Hour + 2*time.Second, 18 * time.Second, 2.5},
		{time.Hour + 2500*time.Millisecond, 18 * time.Second, 2.5},
		{time.Hour + 4500*time.Millisecond, 18 * time.Second, 1.875},
	} {
		h.tell(Instant(c.at), c.load)
		if mean, _ := w.mean(h); math.Abs(mean-c.want) > 1e-8 {
			t.Errorf("at %s %g instead of %g", c.at, mean, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	k := ticks{every: 2 * time.Second}
	k.begin(Instant(time.Second))
	for _, c := range []struct {
		at   time.Duration
		due  bool
		next time.Duration
	}{
		{time.Second, false, 3 * time.Second},
		{3*time.Second - 1, false, 3 * time.Second},
		{3 * time.Second, true, 5 * time.Second},
		{3 * time.Second, false, 5 * time.Second},
		{9*time.Second + 1, true, 11 * time.Second}, // late, and those missed are gone
	} {
		if due := k.due(Instant(c.at)); due != c.due || k.next != Instant(c.next) {
			t.Errorf("at %s due %v, next at %s", c.at, due, time.Duration(k.next))
		}
	}
}

// Against the plain way: all that was told, looked through each time.
func TestHighest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := highest{length: time.Duration(rapid.IntRange(1, 20).Draw(t, "length"))}
		var all []dated
		var now Instant
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += Instant(rapid.IntRange(0, 8).Draw(t, "gap"))
			n := rapid.IntRange(0, 9).Draw(t, "n")
			h.add(now, n)
			all = append(all, dated{now, n})
			want := 0
			for _, d := range all {
				if d.at.Add(h.length) > now {
					want = max(want, d.n)
				}
			}
			if got := h.read(); got != want {
				t.Fatalf("%d instead of %d", got, want)
			}
		}
	})
}
