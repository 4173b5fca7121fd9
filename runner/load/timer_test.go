package load

import (
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// alternating is an open process whose arrivals ask its entries in turn.
type alternating struct {
	arrival.Constant
	entries []string
}

func (a *alternating) Asks() []string { return a.entries }

func (a *alternating) Routes(length time.Duration, id work.Identity) iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		k := 0
		for at := range a.Arrivals(length, id) {
			if !yield(at, k%len(a.entries)) {
				return
			}
			k++
		}
	}
}

// paths serves and counts what is asked for by path, and keeps the identities.
type paths struct {
	mu   sync.Mutex
	seen map[string][]string
}

func (p *paths) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[r.URL.Path] = append(p.seen[r.URL.Path], r.Header.Get(wire.HeaderIdentity))
}

// on gives each entry its own path at one address.
func on(address string, entries ...string) map[string]Target {
	m := targets(address, entries...)
	for _, e := range entries {
		t := m[e]
		t.Path = "/" + e
		m[e] = t
	}
	return m
}

// identities are those that requests are to carry, by entry.
func identities(seed uint64, records []record.Request) map[string][]string {
	m := map[string][]string{}
	for _, r := range records {
		hex := strconv.FormatUint(uint64(arrival.Identity(seed, r.Seq)), 16)
		m["/"+r.Entry] = append(m["/"+r.Entry], strings.Repeat("0", 16-len(hex))+hex)
	}
	return m
}

// Timers ask their own targets at their instants, in phases of either kind, and
// carry identities of their own; what visitors send is what they send without.
func TestTimersAsk(t *testing.T) {
	noGoroutineLeft(t)
	p := &paths{seen: map[string][]string{}}
	address := serve(t, p.serve)
	o := Options{
		Seed: 7, Targets: on(address, "home", "cart", "tick", "tock"),
		Phases: []Phase{
			{Name: "open", For: 600 * time.Millisecond, Load: &arrival.Poisson{PerSecond: 300}},
			{Name: "closed", Begin: 600 * time.Millisecond, For: 400 * time.Millisecond, Load: &arrival.Closed{Users: 2, Think: work.ConstantOf(50 * time.Millisecond)}},
		},
		Timers: []arrival.Timer{{Name: "tick", Every: 100 * time.Millisecond}, {Name: "tock", Every: time.Hour, First: 700 * time.Millisecond}},
	}
	records, _ := run(t, o)
	var ticks []time.Duration
	for _, r := range records {
		switch r.Entry {
		case "tick":
			ticks = append(ticks, r.Intended)
			if want := map[bool]string{true: "open", false: "closed"}[r.Intended < 600*time.Millisecond]; r.Phase != want {
				t.Errorf("tick at %s is recorded in phase %s", r.Intended, r.Phase)
			}
		case "tock":
			if r.Intended != 700*time.Millisecond || r.Seq != arrival.TimerSeq(1, 0) {
				t.Errorf("tock: %+v", r)
			}
		}
	}
	if len(ticks) != 10 || ticks[0] != 0 || ticks[9] != 900*time.Millisecond {
		t.Errorf("ticks at %v", ticks)
	}
	want := identities(o.Seed, records)
	for path, got := range p.seen {
		slices.Sort(got)
		slices.Sort(want[path])
		if !slices.Equal(got, want[path]) {
			t.Errorf("%s was asked %d times with other identities than the records have", path, len(got))
		}
	}
	if len(p.seen["/tock"]) != 1 {
		t.Errorf("tock was asked %d times", len(p.seen["/tock"]))
	}
	visitors := func(records []record.Request) (asked []string) {
		for _, r := range records {
			if r.Phase == "open" && r.Entry != "tick" && r.Entry != "tock" {
				asked = append(asked, strconv.FormatUint(r.Seq, 10)+r.Entry+r.Intended.String())
			}
		}
		slices.Sort(asked)
		return asked
	}
	o.Timers, o.Targets = nil, on(address, "home", "cart")
	plain, _ := run(t, o)
	if a, b := visitors(records), visitors(plain); !slices.Equal(a, b) {
		t.Errorf("%d visitors with timers, %d without", len(a), len(b))
	}
}

// A process that knows its entries is not asked by the mix, and keeps its numbers.
func TestRoutedArrivals(t *testing.T) {
	noGoroutineLeft(t)
	p := &paths{seen: map[string][]string{}}
	address := serve(t, p.serve)
	load := &alternating{arrival.Constant{PerSecond: 200}, []string{"home", "cart"}}
	o := Options{Targets: on(address, "home", "cart", "never"), Mix: []Share{{"never", 1}}, Phases: phase(500*time.Millisecond, load)}
	records, _ := run(t, o)
	for k, r := range records {
		if r.Seq != uint64(k) || r.Entry != load.entries[k%2] {
			t.Errorf("arrival %d: %+v", k, r)
		}
	}
	if len(records) != 100 || len(p.seen["/home"]) != 50 || len(p.seen["/cart"]) != 50 {
		t.Errorf("%d records, home was asked %d times, cart %d times", len(records), len(p.seen["/home"]), len(p.seen["/cart"]))
	}
}

func TestTimersAndRoutesWithoutTargets(t *testing.T) {
	o := Options{Targets: targets("127.0.0.1:1", "home", "idle"),
		Phases: phase(time.Second, &alternating{arrival.Constant{PerSecond: 1}, []string{"home", "cart"}}),
		Timers: []arrival.Timer{{Name: "tick", Every: time.Second}, {Name: "idle"}}}
	_, err := Run(t.Context(), o, nil)
	for _, want := range []string{"no target for entry cart", "timer tick", "timer idle"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q too", err, want)
		}
	}
}
