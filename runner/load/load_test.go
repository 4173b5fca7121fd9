package load

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// serve starts a server and returns its address.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func ok(http.ResponseWriter, *http.Request) {}

// to is an entry that one address serves.
func to(address string) Target {
	return Target{Address: func(uint64) string { return address }}
}

func targets(address string, entries ...string) map[string]Target {
	m := map[string]Target{}
	for _, e := range entries {
		m[e] = to(address)
	}
	return m
}

func constant(perSecond unit.Rate) arrival.Process { return &arrival.Constant{PerSecond: perSecond} }

func phase(length time.Duration, load arrival.Process) []Phase {
	return []Phase{{Name: "steady", For: length, Load: load}}
}

// run runs the load and checks what holds for every run that ends by itself:
// each arrival has one record, whose instants are in order.
func run(t testing.TB, o Options) ([]record.Request, Stats) {
	t.Helper()
	var records []record.Request
	stats, err := Run(t.Context(), o, func(r record.Request) { records = append(records, r) })
	if err != nil {
		t.Fatal(err)
	}
	unsent := uint64(0)
	seen := map[uint64]bool{}
	for _, r := range records {
		if seen[r.Seq] {
			t.Errorf("arrival %d has two records", r.Seq)
		}
		seen[r.Seq] = true
		if r.Cause == policy.Unsent {
			unsent++
		} else if r.Sent < r.Intended || r.Done < r.Sent || r.FirstByte > r.Done {
			t.Errorf("instants out of order: %+v", r)
		}
	}
	if n := uint64(len(records)); n != stats.Offered || stats.Sent+stats.Unsent != n || stats.Unsent != unsent || stats.Abandoned != 0 {
		t.Errorf("%d records of which %d unsent, but %+v", n, unsent, stats)
	}
	slices.SortFunc(records, func(a, b record.Request) int { return int(a.Intended - b.Intended) })
	return records, stats
}

// causes counts records by cause.
func causes(records []record.Request) map[policy.Cause]int {
	m := map[policy.Cause]int{}
	for _, r := range records {
		m[r.Cause]++
	}
	return m
}

// noGoroutineLeft fails where more goroutines run at the test's end than at
// its begin. Servers must be closed before, so call it first.
func noGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		var now int
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			if now = runtime.NumGoroutine(); now <= before {
				return
			}
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
	})
}

func TestDeclaredIsAchieved(t *testing.T) {
	noGoroutineLeft(t)
	address := serve(t, ok)
	o := Options{
		Seed: 7, Targets: targets(address, "browse", "checkout"), Mix: []Share{{"browse", 8}, {"checkout", 2}},
		Phases: []Phase{
			{Name: "warm-up", For: 500 * time.Millisecond, Load: constant(200)},
			{Name: "steady", Begin: 500 * time.Millisecond, For: 1500 * time.Millisecond, Load: &arrival.Poisson{PerSecond: 1000}},
		},
	}
	records, stats := run(t, o)
	var want []time.Duration
	for i, p := range o.Phases {
		for at := range p.Load.(arrival.Open).Arrivals(p.For, arrival.PhaseIdentity(o.Seed, i)) {
			want = append(want, p.Begin+at)
		}
	}
	if len(records) != len(want) {
		t.Fatalf("%d records of %d arrivals", len(records), len(want))
	}
	checkouts := 0
	for i, r := range records {
		name := "warm-up"
		if r.Intended >= 500*time.Millisecond {
			name = "steady"
		}
		if r.Seq != uint64(i) || r.Intended != want[i] || r.Phase != name || r.Status != 200 || r.Cause != policy.OK || r.FirstByte == 0 {
			t.Fatalf("arrival %d, meant for %s: %+v", i, want[i], r)
		}
		if r.Entry == "checkout" {
			checkouts++
		}
	}
	n := float64(len(records))
	if share, sd := float64(checkouts)/n, math.Sqrt(0.2*0.8/n); math.Abs(share-0.2) > 4*sd {
		t.Errorf("a share of %.3f went to checkout, which is to have 0.2", share)
	}
	if stats.InFlight == 0 || stats.Connections == 0 || runtime.GOOS == "linux" && stats.CPU == 0 {
		t.Errorf("the generator did not measure itself: %+v", stats)
	}
}

func TestTheSameSeedAsksTheSame(t *testing.T) {
	address := serve(t, ok)
	asked := func() []string {
		records, _ := run(t, Options{
			Seed: 3, Targets: targets(address, "a", "b", "c"),
			Phases: phase(300*time.Millisecond, &arrival.Poisson{PerSecond: 500}),
		})
		var list []string
		for _, r := range records {
			list = append(list, fmt.Sprint(r.Seq, r.Entry, r.Intended))
		}
		return list
	}
	if first, second := asked(), asked(); !slices.Equal(first, second) {
		t.Errorf("two runs with one seed differ:\n%v\n%v", first, second)
	}
}

func TestRequestCarriesIdentityAndTrace(t *testing.T) {
	var mu sync.Mutex
	var got []*http.Request
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Clone(context.Background()))
	})
	target := to(address)
	target.Method, target.Path, target.Body = "POST", "/op/cart.add?a=b%20c", []byte("hello")
	target.Header = http.Header{"Host": {"shop.example"}, "X-Own": {"yes"}, wire.HeaderIdentity: {"forged"}}
	run(t, Options{Seed: 9, Targets: map[string]Target{"add": target}, Phases: phase(50*time.Millisecond, constant(100))})
	slices.SortFunc(got, func(a, b *http.Request) int { return int(a.ContentLength - b.ContentLength) })
	identities, traces := map[string]bool{}, map[string]bool{}
	for _, r := range got {
		identities[r.Header.Get(wire.HeaderIdentity)] = true
		trace := r.Header.Get(wire.HeaderTrace)
		traces[trace] = true
		if r.Method != "POST" || r.URL.String() != target.Path || r.Host != "shop.example" || r.Header.Get("X-Own") != "yes" || r.ContentLength != 5 {
			t.Errorf("%s %s of %s, %d bytes, %v", r.Method, r.URL, r.Host, r.ContentLength, r.Header)
		}
		if len(trace) != 55 || !strings.HasPrefix(trace, "00-") || !strings.HasSuffix(trace, "-01") || strings.Contains(trace, "0000000000000000") {
			t.Errorf("trace context %q", trace)
		}
	}
	if len(identities) != 5 || len(traces) != 5 {
		t.Errorf("5 arrivals came with identities %v and traces %v", identities, traces)
	}
	for seq := range uint64(5) {
		if id := fmt.Sprintf("%016x", uint64(work.Root(9).Child(seq))); !identities[id] {
			t.Errorf("no request came with %s, arrival %d's identity", id, seq)
		}
	}
}

func TestReplyHeadersAreTold(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(wire.HeaderAttempts, "7/3")
		w.Header().Set(wire.HeaderCold, "1500")
		w.Header().Set(wire.HeaderPath, "edge>checkout")
		w.Header().Set(wire.HeaderCause, r.URL.Query().Get("cause"))
		if r.URL.Query().Has("cause") {
			w.WriteHeader(503)
		}
		fmt.Fprint(w, "twelve bytes")
	})
	for query, want := range map[string]policy.Cause{
		"/":                        policy.OK,
		"/?cause=rejected-breaker": policy.RejectedBreaker,
		"/?cause=declared":         policy.Declared,
		"/?cause=":                 policy.Status,
		"/?cause=unsent":           policy.Status,
		"/?cause=nonsense":         policy.Status,
	} {
		target := to(address)
		target.Path = query
		records, _ := run(t, Options{Targets: map[string]Target{"e": target}, Phases: phase(10*time.Millisecond, constant(100))})
		r := records[0]
		if r.Cause != want || r.Attempts != 7 || r.Calls != 3 || r.Cold != 1500*time.Microsecond || r.Path != "edge>checkout" || r.Bytes != 12 {
			t.Errorf("%s: %+v", query, r)
		}
	}
}

func TestExpect(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(302)
	})
	for _, c := range []struct {
		expect []int
		want   policy.Cause
	}{{nil, policy.OK}, {[]int{200, 302}, policy.OK}, {[]int{200}, policy.Status}} {
		target := to(address)
		target.Expect = c.expect
		records, _ := run(t, Options{Targets: map[string]Target{"e": target}, Phases: phase(20*time.Millisecond, constant(50))})
		if r := records[0]; r.Cause != c.want || r.Status != 302 {
			t.Errorf("302 where %v is expected: %+v", c.expect, r)
		}
	}
}
