package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// slow answers after a while, or when its client has gone.
func slow(d time.Duration) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
	}
}

// More arrivals than may be in flight: each has its record, those too many as unsent.
func TestOverloadIsCounted(t *testing.T) {
	noGoroutineLeft(t)
	records, stats := run(t, Options{
		Targets: targets(serve(t, slow(300*time.Millisecond)), "e"), MaxInFlight: 10,
		Phases: phase(time.Second, constant(500)),
	})
	got := causes(records)
	if len(records) != 500 || got[policy.Unsent] < 300 || got[policy.OK] < 10 || stats.InFlight != 10 {
		t.Errorf("%d records, %v, %+v", len(records), got, stats)
	}
	for _, r := range records {
		if r.Cause == policy.Unsent && (r.Sent != 0 || r.Done < r.Intended || r.Phase != "steady" || r.Entry != "e") {
			t.Errorf("unsent: %+v", r)
		}
	}
}

// A generator that begins late sends what is due as fast as it can, and the
// latency of these requests tells of it.
func TestLateArrivalsCountTheirLateness(t *testing.T) {
	late := 300 * time.Millisecond
	records, _ := run(t, Options{
		Began: time.Now().Add(-late), Targets: targets(serve(t, ok), "e"), Phases: phase(400*time.Millisecond, constant(100)),
	})
	if len(records) != 40 {
		t.Fatalf("%d records of 40 arrivals", len(records))
	}
	for _, r := range records {
		if due := late - r.Intended; r.Sent-r.Intended < due || r.Latency() < due {
			t.Errorf("sent %s and done %s after its instant, at least %s late", r.Sent-r.Intended, r.Latency(), due)
		}
	}
}

// What is later than the timeout when its turn comes is not sent any more.
func TestTooLateIsUnsent(t *testing.T) {
	records, _ := run(t, Options{
		Began: time.Now().Add(-2 * time.Second), Timeout: time.Second,
		Targets: targets(serve(t, ok), "e"), Phases: phase(2*time.Second, constant(10)),
	})
	got := causes(records)
	// One that is sent in the last moment may be answered too late.
	if got[policy.Unsent] < 10 || got[policy.Unsent]+got[policy.OK]+got[policy.Timeout] != 20 {
		t.Errorf("20 arrivals, half of them a second late: %v", got)
	}
}

// The bound on connections holds, and the wait for one is part of the latency.
func TestMaxConnections(t *testing.T) {
	var open, most atomic.Int64
	server := httptest.NewUnstartedServer(slow(20 * time.Millisecond))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			most.Store(max(most.Load(), open.Add(1)))
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.Start()
	defer server.Close()
	records, stats := run(t, Options{
		Targets: targets(strings.TrimPrefix(server.URL, "http://"), "e"), MaxConnections: 3,
		Phases: phase(time.Second, constant(300)),
	})
	if most.Load() != 3 || stats.Connections != 3 {
		t.Errorf("%d connections at once, %d in all, want 3", most.Load(), stats.Connections)
	}
	// 3 connections serve 150/s at most, so the last of 300 requests waits a second for its turn.
	last := records[len(records)-1]
	if len(records) != 300 || last.Latency() < 900*time.Millisecond || causes(records)[policy.OK] != 300 {
		t.Errorf("%d records, the last after %s: %v", len(records), last.Latency(), causes(records))
	}
	// A stall of the machine is no other order: it meets a few, who then seem overtaken.
	latest, overtook, late := time.Duration(0), 0, 0
	for _, r := range records {
		if latest = max(latest, r.Done); r.Done < latest-200*time.Millisecond {
			overtook++
		}
		if r.Sent-r.Intended > 500*time.Millisecond {
			late++
		}
	}
	if overtook > len(records)/3 {
		t.Errorf("%d of %d were served before some who had asked 200 ms earlier", overtook, len(records))
	}
	if late > len(records)/3 {
		t.Errorf("the wait for a connection counts as lateness of the generator, for %d of %d", late, len(records))
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	_, stats := run(t, Options{Targets: targets(serve(t, ok), "a", "b"), MaxConnections: 2, Phases: phase(500*time.Millisecond, constant(200))})
	if stats.Connections > 2 {
		t.Errorf("%d connections for 100 requests of two entries, 2 at once", stats.Connections)
	}
}

// Waiting in vain for a connection gives the place up; nothing is lost of the bound.
func TestPoolKeepsItsBooks(t *testing.T) {
	ps := newPools(3)
	defer ps.close()
	p := ps.at(serve(t, ok), nil)
	var users sync.WaitGroup
	for u := range 30 {
		users.Go(func() {
			for k := range 40 {
				id := work.Root(uint64(u)).Child(uint64(k))
				patience := time.Duration(id.Intn(3000)) * time.Microsecond
				c, err := p.get(t.Context(), time.Now().Add(patience))
				if err != nil {
					continue
				}
				time.Sleep(time.Duration(id.Child(1).Intn(300)) * time.Microsecond)
				p.put(c, id.Child(2).Intn(4) > 0)
			}
		})
	}
	users.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slots != len(p.idle) || p.slots > 3 || p.waiting.Len() != 0 || len(ps.open) != p.slots {
		t.Errorf("%d slots, %d idle, %d open, %d waiting", p.slots, len(p.idle), len(ps.open), p.waiting.Len())
	}
}

func TestAddressIsAskedForEachRequest(t *testing.T) {
	addresses := []string{serve(t, ok), serve(t, ok)}
	var asked [2]atomic.Int64
	target := Target{Address: func(seq uint64) string {
		asked[seq%2].Add(1)
		return addresses[seq%2]
	}}
	records, stats := run(t, Options{Targets: map[string]Target{"e": target}, Phases: phase(200*time.Millisecond, constant(100))})
	if n := causes(records)[policy.OK]; n != 20 || asked[0].Load() != 10 || asked[1].Load() != 10 || stats.Connections < 2 {
		t.Errorf("%d of 20 succeeded: %v", n, causes(records))
	}
}

// Addresses come and go: a new one is the occasion to close what is dead of the others.
func TestDeadConnectionsAreSwept(t *testing.T) {
	ps := newPools(0)
	defer ps.close()
	server := httptest.NewServer(http.HandlerFunc(ok))
	for _, address := range []string{strings.TrimPrefix(server.URL, "http://"), serve(t, ok)} {
		p := ps.at(address, nil)
		c, err := p.get(t.Context(), time.Now().Add(5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		p.put(c, true)
	}
	server.CloseClientConnections()
	server.Close()
	for k, end := 0, time.Now().Add(10*time.Second); len(ps.open) != 1; k++ { // the end must travel first
		if time.Now().After(end) {
			t.Fatalf("%d connections are open, want the living one", len(ps.open))
		}
		ps.at(strings.Repeat("x", k+1)+":1", nil)
		runtime.Gosched()
	}
}

// When the context ends, nothing waits for hung requests, and nothing is left.
func TestCancel(t *testing.T) {
	far := time.Now().Add(time.Hour)
	for name, o := range map[string]Options{
		"with requests under way":    {Phases: phase(time.Hour, constant(500))},
		"at the bound":               {Phases: phase(time.Hour, constant(500)), MaxConnections: 2},
		"before it begins":           {Phases: phase(time.Hour, constant(500)), Began: far},
		"before the users begin":     {Phases: phase(time.Hour, &arrival.Closed{Users: 9}), Began: far},
		"with users under way":       {Phases: phase(time.Hour, &arrival.Closed{Users: 9})},
		"with users deep in thought": {Phases: phase(time.Hour, &arrival.Closed{Users: 9, Think: work.ConstantOf(time.Hour)})},
		"at a rate too high":         {Phases: phase(1000*time.Hour, constant(1_000_000)), MaxInFlight: 50},
	} {
		t.Run(name, func(t *testing.T) {
			noGoroutineLeft(t)
			var arrived atomic.Int64
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if o.Began == far || strings.HasSuffix(name, "thought") {
				ctx, cancel = context.WithTimeout(ctx, 30*time.Millisecond)
				defer cancel()
			}
			o.Targets = targets(serve(t, func(_ http.ResponseWriter, r *http.Request) {
				if n := arrived.Add(1); n == 5 || o.MaxConnections == int(n) {
					cancel()
				}
				<-r.Context().Done()
			}), "e")
			n := uint64(0)
			began := time.Now()
			stats, err := Run(ctx, o, func(record.Request) { n++ })
			if !errors.Is(err, ctx.Err()) || ctx.Err() == nil {
				t.Errorf("the error is %v", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s to stop", took)
			}
			if stats.Offered != stats.Sent+stats.Unsent || n != stats.Offered-stats.Abandoned {
				t.Errorf("%d records, but %+v", n, stats)
			}
			if quiet := o.Began == far || strings.HasSuffix(name, "thought"); quiet != (stats.Offered == 0) || quiet != (stats.Abandoned == 0) {
				t.Errorf("%+v", stats)
			}
		})
	}
}

// A schedule of hours is not held in memory.
func TestLongScheduleIsStreamed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Run(ctx, Options{
		Targets: targets(serve(t, ok), "e"),
		Phases:  phase(1000*time.Hour, &arrival.Poisson{PerSecond: 300}),
	}, func(r record.Request) {
		if r.Seq == 50 {
			cancel()
		}
	})
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 50<<20 {
		t.Errorf("%d MiB for the first arrivals of a billion", grown>>20)
	}
}
