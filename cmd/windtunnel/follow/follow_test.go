package follow

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

const second = time.Second

// counter is a recorder that counts.
type counter struct {
	mu                             sync.Mutex
	events, requests, nodes, edges int
}

func (c *counter) count(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}
func (c *counter) Event(record.Event)           { c.count(&c.events) }
func (c *counter) Request(record.Request)       { c.count(&c.requests) }
func (c *counter) Node(record.NodeSample)       { c.count(&c.nodes) }
func (c *counter) Edge(record.EdgeSample)       { c.count(&c.edges) }
func (c *counter) Invocation(record.Invocation) {}
func (c *counter) Traces(record.Traces)         {}
func (c *counter) LogFile(string) string        { return "log" }

// plan is of one front before two backs, with a fault on these.
func plan() Plan {
	return Plan{
		Number: 1, Of: 1, Doors: map[string]string{"ask": "front"}, Hits: map[string][]string{"down": {"back"}},
		Identity: record.Identity{Run: "t3st", Engine: record.Live, Scenario: "small", Topology: "small", Entries: []string{"ask"}, Timers: []string{"nightly"},
			Phases: []record.Phase{{Name: "steady", For: record.Millis(20 * second)}},
			Faults: []record.Fault{{Name: "down", At: record.Millis(5 * second), For: record.Millis(5 * second)}, {Name: "elsewhere", At: record.Millis(6 * second)}},
			Checks: []string{"ask.latency.p99 < 100ms"},
			Nodes:  []record.Node{{Name: "front", Replicas: 1}, {Name: "back", Replicas: 2}}},
	}
}

// counted is so many requests that took so long.
func counted(d time.Duration, times int) wire.LatencyCounts {
	var l wire.Latencies
	for range times {
		l.Add(d)
	}
	return l.Take()
}

// A dialogue: what is recorded, and how the run then stands.
func TestRun(t *testing.T) {
	tap := NewTap(&counter{})
	r := New(plan())
	r.Detail()
	step := func(now time.Duration, what func()) *State {
		what()
		r.Take(tap.Take(nil))
		r.Advance(now, now)
		r.Judge()
		return r.State()
	}
	is := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	instance := func(at time.Duration, kind, name, node string) {
		tap.Event(record.Event{At: at, Kind: kind, Node: node, Instance: name})
	}

	s := step(0, func() {
		tap.Deploying(1, 3, []string{"back"})
		tap.Told(record.Event{Kind: record.InstanceReady, Node: "front", Instance: "front-1"})
	})
	is("stage", s.Stage, Starting)
	is("ready", fmt.Sprint(s.Ready, s.Expected, s.Waiting), "1 3 [back]")
	is("front up", s.Nodes[0].Up, 1)
	is("back up", s.Nodes[1].Up, 0)

	s = step(4*second, func() {
		instance(-second, record.InstanceReady, "front-1", "front")
		instance(-second, record.InstanceReady, "back-1", "back")
		instance(-second, record.InstanceReady, "back-2", "back")
		tap.Event(record.Event{At: -100 * time.Millisecond, Kind: record.RunBegan})
		tap.Told(record.Event{Kind: record.InstanceStop, Node: "front", Instance: "front-1"}) // has a time by now: it is recorded
		tap.Event(record.Event{Kind: record.PhaseBegan, Name: "steady"})
		for i := range 40 { // ten a second, every fourth fails
			at := time.Duration(i) * 100 * time.Millisecond
			q := record.Request{Entry: "ask", Intended: at, Sent: at + 1, Done: at + 10*time.Millisecond}
			if i%4 == 0 {
				q.Cause = policy.Timeout
			}
			tap.Request(q)
			q.Entry = "nightly"
			tap.Request(q)
		}
		for at := second; at <= 4*second; at += second {
			tap.Node(record.NodeSample{At: at, Node: "back", Instance: "back-1", Interval: second, CPU: 200 * time.Millisecond, Served: 6, Memory: 1 << 20, InFlight: 2, Latency: counted(2*time.Millisecond, 5)})
			tap.Node(record.NodeSample{At: at, Node: "back", Instance: "back-2", Interval: second, CPU: 100 * time.Millisecond, Failed: 1, Rejected: 1, Memory: 1 << 20, Queued: 3, Latency: counted(at*10, 1)}) // longer each second
			tap.Node(record.NodeSample{At: at, Node: record.HostNode, Interval: second, CPU: second})
			tap.Edge(record.EdgeSample{At: at, From: "front", Instance: "front-1", To: "back", Attempts: 8, Latency: 80 * time.Millisecond, Breaker: "closed"})
		}
	})
	is("stage", s.Stage, Loading)
	total, back := s.Entries[0], s.Nodes[1]
	is("total", fmt.Sprintf("%.0f/s %.2f", total.Rate, total.Errors), "10/s 0.23") // the three whole seconds from 1 s on: 7 of 30
	is("entries", s.Entries[1].Name+" "+s.Entries[2].Name, "ask nightly")
	is("requests", fmt.Sprint(s.Requests, s.Failed), "40 10")
	is("trend", len(total.Trend), 4)
	if d := total.P99; d < 9900*time.Microsecond || d > 10100*time.Microsecond {
		t.Errorf("p99 %s", d)
	}
	is("back", fmt.Sprintf("%d/%d %.0f/s %.2f %.1f cores %d %d %d Mi %s", back.Up, back.Planned, back.Rate, back.Errors, back.CPU, back.InFlight, back.Queued, back.Memory>>20, back.Mean),
		"2/2 8/s 0.25 0.3 cores 2 3 2 Mi 10ms")
	is("back's p50 and p99 are of three seconds", fmt.Sprintf("%d %v %v", back.Answered, back.P50.Round(time.Millisecond), back.P99.Round(time.Second)), "18 2ms 30s")
	is("front tells none", s.Nodes[0].Answered, uint64(0))
	is("front's callers are outside", s.Nodes[0].Mean, 10*time.Millisecond)
	is("breaker", back.Breaker, "closed")
	is("check", string(s.Checks[0].Verdict), "pass")
	is("events", len(s.Events), 1) // what was there from the begin is none

	s = step(6*second, func() {
		tap.Event(record.Event{At: 5 * second, Kind: record.FaultBegan, Name: "down"})
		tap.Event(record.Event{At: 5 * second, Kind: record.FaultSkipped, Name: "elsewhere", Reason: "not here"})
		instance(5*second, record.InstanceStop, "back-1", "back")
		instance(5*second, record.InstanceStart, "back-3", "back")
		tap.Event(record.Event{At: 5500 * time.Millisecond, Kind: record.BreakerState, Node: "front", Instance: "front-1", Edge: "front>back", From: "closed", To: "open"})
		tap.Event(record.Event{At: 5500 * time.Millisecond, Kind: record.BreakerState, Node: "front", Instance: "front-2", Edge: "front>back", From: "closed", To: "open"})
	})
	back = s.Nodes[1]
	is("back", fmt.Sprintf("%d/%d +%d %v %s %d", back.Up, back.Planned, back.Starting, back.Faults, back.Breaker, back.Open), "1/2 +1 [down] open 2")
	is("front has no fault", len(s.Nodes[0].Faults), 0)
	is("fault", fmt.Sprint(s.Faults[0].Holds(), s.Faults[0].From, s.Faults[1].Skipped), "true 5s true")

	s = step(11*second, func() {
		tap.Event(record.Event{At: 10100 * time.Millisecond, Kind: record.FaultHealed, Name: "down"})
		instance(10200*time.Millisecond, record.InstanceStop, "front-2", "front") // its breaker goes with it
	})
	is("healed", fmt.Sprint(s.Faults[0].Healed, s.Faults[0].To, len(s.Nodes[1].Faults), s.Nodes[1].Open), "true 10.1s 0 1")
	is("nothing was asked of late", fmt.Sprint(s.Entries[0].Rate, s.Entries[0].Answered), "0 0")

	s = step(21*second, func() {})
	is("stage", s.Stage, Draining)
	s = step(21*second, func() { tap.Event(record.Event{At: 21 * second, Kind: record.RunEnded}) })
	is("stage", s.Stage, Removing)

	r.Judged("pass")
	seconds := r.Seconds()
	sum := 0.0
	for i, one := range seconds {
		is("second", one.At, time.Duration(i+1)*second)
		sum += one.Entries[0].Rate
	}
	is("seconds", len(seconds), 22)
	is("back's p99 in the third one", fmt.Sprintf("%d %v", seconds[2].Nodes[1].Answered, seconds[2].Nodes[1].P99.Round(time.Second)), "6 30s")
	is("back in the fifth one", seconds[4].Nodes[1].Answered, uint64(0))
	is("requests of all seconds", sum, 40.0)
	is("news", len(r.News()), 10)
}

// A simulation may have its samples so seldom that most seconds have none: what
// they tell is then spread over the seconds that they are of.
func TestSamplesOverSeveralSeconds(t *testing.T) {
	const every = 4 * second
	p := plan()
	p.Engine = record.Simulated
	tap, r := NewTap(&counter{}), New(p)
	r.Detail()
	tap.Event(record.Event{Kind: record.RunBegan})
	for at := second; at <= 20*second; at += second {
		tap.Request(record.Request{Entry: "ask", Intended: at - second/2, Sent: at - second/2, Done: at - second/2 + time.Millisecond})
		if length := min(every, 18*second-at+every); at%every == 0 && at < 20*second || at == 18*second {
			if at == 18*second { // the run ends there
				length = 2 * second
			}
			n := uint64(length / second)
			tap.Node(record.NodeSample{At: at, Node: "back", Instance: "back-1", Interval: length, CPU: length / 2, Served: 10 * n, Failed: 10 * n, Latency: counted(at, int(10*n))})
			tap.Edge(record.EdgeSample{At: at, From: "front", Instance: "front-1", To: "back", Attempts: 20 * n, Latency: 10 * length})
		}
		if at == 18*second {
			break
		}
		r.Take(tap.Take(nil))
		r.Advance(at, at)
		s := r.State()
		switch back := s.Nodes[1]; {
		case at < every && back.Sampled:
			t.Errorf("at %v it has told already", at)
		case at >= 8*second && (back.Rate != 20 || back.Errors != 0.5 || back.CPU != 0.5 || back.Mean != second/2 || len(back.Trend) != int(at/second)-4):
			t.Errorf("at %v: %+v", at, back)
		case at >= 8*second && (back.P99 > at || back.P50 < at-2*every-second/10):
			t.Errorf("at %v: p50 %v, p99 %v", at, back.P50, back.P99)
		}
	}
	r.Take(tap.Take(nil))
	r.Judged("pass")
	seconds := r.Seconds()
	if len(seconds) != 19 {
		t.Fatalf("%d seconds", len(seconds))
	}
	for i, one := range seconds[:18] {
		if back := one.Nodes[1]; one.At != time.Duration(i+1)*second || back.Rate != 20 || back.Errors != 0.5 || back.CPU != 0.5 || back.Answered == 0 ||
			back.P99.Round(second) != (one.At-1).Truncate(every)+every && back.P99.Round(second) != 18*second || one.Entries[0].Rate != 1 || one.Entries[0].Answered != 1 {
			t.Errorf("second %d: %+v, %+v", i+1, back, one.Entries[0])
		}
	}
}

// Everything is recorded whatever becomes of who follows, who is told what was
// dropped.
func TestTap(t *testing.T) {
	c := &counter{}
	tap := NewTap(c)
	var recording sync.WaitGroup
	const each = 30_000
	for range 4 {
		recording.Go(func() {
			for range each {
				tap.Request(record.Request{Entry: "ask", Done: second})
			}
			tap.Event(record.Event{Kind: record.Note, Reason: "x"})
			tap.Node(record.NodeSample{Node: "back"})
			tap.Edge(record.EdgeSample{To: "back"})
		})
	}
	recording.Wait()
	if c.requests != 4*each || c.events != 4 || c.nodes != 4 || c.edges != 4 {
		t.Errorf("recorded: %+v", c)
	}
	r := New(plan())
	taken := tap.Take(nil)
	r.Take(taken)
	if s := r.State(); s.Requests != room || s.Dropped != 4*each-room {
		t.Errorf("followed %d, dropped %d", s.Requests, s.Dropped)
	}
	if again := tap.Take(taken); len(again.order) > 0 || again.Dropped > 0 {
		t.Errorf("it hands out twice: %d", len(again.order))
	}
	tap.Request(record.Request{Entry: "ask", Done: second})
	if next := tap.Take(nil); !slices.Equal(next.order, []kind{aRequest}) {
		t.Errorf("got %v", next.order)
	}
	if tap.LogFile("x") != "log" {
		t.Error("logs are the recorder's")
	}
}

// A ring forgets what is long gone, and never takes it for something new.
func TestRing(t *testing.T) {
	var r ring[int]
	for s := range int64(3 * seconds) {
		*r.at(s) += int(s)
		if old := s - seconds; old >= 0 && (r.kept(old) != nil || r.at(old) != nil) {
			t.Fatalf("at %d, %d is still there", s, old)
		}
		for k := max(0, s-seconds+1); k <= s; k++ {
			if got := r.kept(k); got == nil || *got != int(k) {
				t.Fatalf("at %d, %d holds %v", s, k, got)
			}
		}
	}
	if r.at(-1) != nil || r.kept(-1) != nil || r.kept(10*seconds) != nil {
		t.Error("it keeps what never was")
	}
}

// BenchmarkSecond is a second of a run with 20 requests and two instances, and
// all that is told of it.
func BenchmarkSecond(b *testing.B) {
	p := plan()
	p.Phases[0].For = record.Millis(time.Duration(b.N+1) * second)
	tap, r := NewTap(&counter{}), New(p)
	r.Detail()
	var spare *Batch
	b.ReportAllocs()
	for at := second; b.Loop(); at += second {
		for i := range 20 {
			begin := at - second + time.Duration(i)*50*time.Millisecond
			tap.Request(record.Request{Entry: "ask", Intended: begin, Sent: begin, Done: begin + time.Duration(1+i*i)*time.Millisecond})
		}
		for i := range 2 {
			tap.Node(record.NodeSample{At: at, Node: "back", Instance: fmt.Sprint("back-", i), Interval: second, Served: 10, Latency: wire.LatencyCounts{1000, 3, 1100, 5, 1200, 2}})
		}
		taken := tap.Take(spare)
		r.Take(taken)
		r.Advance(at, at)
		r.Seconds()
		spare = taken
	}
}
