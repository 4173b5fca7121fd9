package view

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

var update = flag.Bool("update", false, "write the frames anew")

const second = time.Second

// nowhere is a recorder that keeps nothing.
type nowhere struct{}

func (nowhere) Event(record.Event)           {}
func (nowhere) Request(record.Request)       {}
func (nowhere) Invocation(record.Invocation) {}
func (nowhere) Node(record.NodeSample)       {}
func (nowhere) Edge(record.EdgeSample)       {}
func (nowhere) Traces(record.Traces)         {}
func (nowhere) LogFile(string) string        { return "" }

// outage is the plan of a shop whose payments fail.
func outage() follow.Plan {
	return follow.Plan{
		Number: 2, Of: 6, Title: "run 2 of 6: payments-outage on shop-microservices",
		Doors: map[string]string{"browse": "gateway", "checkout": "gateway"},
		Hits:  map[string][]string{"payments-down": {"payments"}},
		Identity: record.Identity{
			Run: "demo", Engine: record.Live, Backend: "process", Scenario: "payments-outage", Topology: "shop-microservices", Seed: 1,
			Phases: []record.Phase{
				{Name: "warm-up", For: record.Millis(4 * second), Warmup: true},
				{Name: "steady", Begin: record.Millis(4 * second), For: record.Millis(32 * second)},
			},
			Faults:  []record.Fault{{Name: "payments-down", Kind: "kill", At: record.Millis(12 * second), For: record.Millis(8 * second)}},
			Entries: []string{"browse", "checkout"},
			Checks: []string{
				"total.errors.rate < 1% @before(payments-down)",
				"browse.latency.p99 < 100ms @during(payments-down)",
				"checkout.recovery.time <= 8s @after(payments-down)",
			},
			Nodes: []record.Node{
				{Name: "gateway", Kind: "gateway", Replicas: 1}, {Name: "catalog", Kind: "service", Replicas: 2},
				{Name: "checkout", Kind: "service", Replicas: 1}, {Name: "payments", Kind: "service", Replicas: 2},
			},
		},
	}
}

// latencies are those of ten requests at a node, of which one took three times as long.
func latencies(node string) wire.LatencyCounts {
	usual := map[string]time.Duration{"gateway": 3 * time.Millisecond, "catalog": 2 * time.Millisecond, "checkout": 19 * time.Millisecond, "payments": 900 * time.Microsecond}[node]
	var l wire.Latencies
	for range 9 {
		l.Add(usual)
	}
	l.Add(3 * usual)
	return l.Take()
}

// crowd is a run of 30 functions behind fronts, with names of all lengths: some
// come and go, some have a fault, all have checks and faults of their own.
func crowd() *follow.State {
	plan := follow.Plan{Number: 1, Of: 1, Doors: map[string]string{}, Hits: map[string][]string{}, Identity: record.Identity{
		Run: "crowd", Engine: record.Live, Backend: "docker", Scenario: "everything-at-once-on-a-busy-friday", Topology: "thirty-functions-of-a-large-shop", Seed: 12345,
		Phases: []record.Phase{{Name: "a-long-warm-up-phase", For: record.Millis(2 * second), Warmup: true}, {Name: "ramp", Begin: record.Millis(2 * second), For: record.Millis(second)},
			{Name: "the-one-that-is-measured", Begin: record.Millis(3 * second), For: record.Millis(57 * second)}},
	}}
	for i := range 30 {
		name := fmt.Sprintf("node-%d%s", i, strings.Repeat("-of-the-recommendations", i%4))
		plan.Nodes = append(plan.Nodes, record.Node{Name: name, Kind: "function", Scaler: "lambda"})
		plan.Entries = append(plan.Entries, "ask-"+name)
		plan.Doors["ask-"+name] = name
		plan.Checks = append(plan.Checks, fmt.Sprintf("ask-%s.latency.p99 < %dms", name, 5+i))
		fault := fmt.Sprintf("slow-%d", i)
		plan.Faults = append(plan.Faults, record.Fault{Name: fault, Kind: "delay", At: record.Millis(time.Duration(2*i) * second), For: record.Millis(3 * second)})
		plan.Hits[fault] = []string{name}
	}
	tap, run := follow.NewTap(nowhere{}), follow.New(plan)
	tap.Event(record.Event{Kind: record.RunBegan})
	for i, n := range plan.Nodes {
		for k, kind := range []string{record.InstanceReady, record.InstanceReady, record.InstanceStart, record.InstancePaused}[:1+i%4] {
			tap.Event(record.Event{Kind: kind, Node: n.Name, Instance: fmt.Sprintf("%s-%d", n.Name, k+1)})
		}
		for at := second; at <= 20*second; at += second {
			tap.Request(record.Request{Entry: plan.Entries[i], Intended: at - second/2, Sent: at - second/2, Done: at - second/2 + time.Duration(i+1)*time.Millisecond})
			var l wire.Latencies
			l.Add(time.Duration(i*i*i) * 100 * time.Microsecond)
			tap.Node(record.NodeSample{At: at, Node: n.Name, Instance: n.Name + "-1", Interval: second, CPU: 1200 * time.Millisecond, Memory: 1 << 30,
				Served: uint64(1 + i*i*i), Failed: uint64(i % 2), InFlight: 64, Queued: 1000, Latency: l.Take()})
		}
		tap.Edge(record.EdgeSample{At: 20 * second, From: "a", Instance: "a-1", To: n.Name, Attempts: 1, Latency: 30 * second, Breaker: "closed"})
	}
	for at := time.Duration(0); at < 20*second; at += second {
		if i := int(at/second) - 3; i >= 0 && i%2 == 0 {
			tap.Event(record.Event{At: at, Kind: record.FaultHealed, Name: fmt.Sprintf("slow-%d", i/2)})
		}
		if i := int(at / second); i%2 == 0 {
			tap.Event(record.Event{At: at, Kind: record.FaultBegan, Name: fmt.Sprintf("slow-%d", i/2)})
		}
	}
	tap.Event(record.Event{At: 19500 * time.Millisecond, Kind: record.BreakerState, Edge: "a>" + plan.Nodes[9].Name, Instance: "a-1", From: "closed", To: "open"})
	run.Take(tap.Take(nil))
	run.Advance(20*second, 20*second)
	run.Judge()
	return run.State()
}

// played is a run until an instant: 20 requests a second, of which those to
// checkout fail while payments is down.
func played(until time.Duration) *follow.Run {
	tap := follow.NewTap(nowhere{})
	run := follow.New(outage())
	tap.Deploying(6, 6, nil)
	emit := func(e record.Event) {
		if e.At <= until {
			tap.Event(e)
		}
	}
	for _, n := range outage().Nodes {
		for i := range n.Replicas {
			instance := fmt.Sprintf("%s-%d", n.Name, i+1)
			emit(record.Event{At: -second, Kind: record.InstanceStart, Node: n.Name, Instance: instance})
			emit(record.Event{At: -second / 2, Kind: record.InstanceReady, Node: n.Name, Instance: instance})
		}
	}
	emit(record.Event{At: -100 * time.Millisecond, Kind: record.RunBegan})
	for ms := 0; ms <= int(until.Milliseconds()); ms += 50 {
		at := time.Duration(ms) * time.Millisecond
		down := at >= 12*second && at < 20*second
		switch ms {
		case 0:
			emit(record.Event{Kind: record.PhaseBegan, Name: "warm-up"})
		case 4000:
			emit(record.Event{At: at, Kind: record.PhaseBegan, Name: "steady"})
		case 12000:
			emit(record.Event{At: at, Kind: record.FaultBegan, Name: "payments-down"})
			emit(record.Event{At: at, Kind: record.InstanceStop, Node: "payments", Instance: "payments-1", Reason: "killed"})
			emit(record.Event{At: at, Kind: record.InstanceStop, Node: "payments", Instance: "payments-2", Reason: "killed"})
		case 12600:
			emit(record.Event{At: at, Kind: record.BreakerState, Node: "checkout", Instance: "checkout-1", Edge: "checkout>payments", From: "closed", To: "open"})
		case 20000:
			emit(record.Event{At: at, Kind: record.FaultHealed, Name: "payments-down"})
			emit(record.Event{At: at, Kind: record.InstanceStart, Node: "payments", Instance: "payments-3"})
			emit(record.Event{At: at, Kind: record.InstanceReady, Node: "payments", Instance: "payments-4"})
		}
		q := record.Request{Seq: uint64(ms / 50), Entry: "browse", Intended: at, Sent: at + 1, Done: at + time.Duration(3000+ms%700)*time.Microsecond}
		if ms/50%5 == 4 {
			q.Entry, q.Done = "checkout", at+time.Duration(20+ms%9)*time.Millisecond
			if down {
				q.Cause, q.Done = policy.RejectedBreaker, at+time.Millisecond
			}
		}
		tap.Request(q)
		if ms%1000 == 0 && ms > 0 {
			for _, n := range outage().Nodes {
				for i := range n.Replicas {
					if n.Name != "payments" || !down {
						tap.Node(record.NodeSample{At: at, Node: n.Name, Instance: fmt.Sprintf("%s-%d", n.Name, i+1), CPU: 40 * time.Millisecond,
							Interval: second, Memory: 9 << 20, Served: 10, InFlight: 1, Latency: latencies(n.Name)})
					}
				}
			}
			edge := record.EdgeSample{At: at, From: "checkout", Instance: "checkout-1", To: "payments", Calls: 4, Attempts: 4, Latency: 60 * time.Millisecond, Breaker: "closed"}
			if down {
				edge = record.EdgeSample{At: at, From: "checkout", Instance: "checkout-1", To: "payments", Calls: 4, Failed: 4, Breaker: "open"}
			}
			tap.Edge(edge)
		}
	}
	run.Take(tap.Take(nil))
	run.Advance(until, until)
	run.Judge()
	return run
}

func board(r *follow.Run) *Board {
	first := *r.State()
	first.Number, first.Stage, first.Verdict = 1, follow.Over, reports.Fail
	return &Board{Of: 6, Runs: []*follow.State{&first, r.State()}}
}

// TestFrames holds pictures of a run at several instants and sizes.
func TestFrames(t *testing.T) {
	starting := follow.New(outage())
	tap := follow.NewTap(nowhere{})
	tap.Deploying(3, 6, []string{"checkout", "payments"})
	starting.Take(tap.Take(nil))
	over := played(36 * second)
	over.Judged(reports.Pass)
	ending := board(played(15 * second))
	ending.Ending = true
	doubtful := played(15 * second).State()
	crowded := &Board{Of: 1, Runs: []*follow.State{crowd()}}
	doubtful.Lateness, doubtful.Generator.MaxLateness, doubtful.Dropped = 151*time.Millisecond, record.Millis(50*time.Millisecond), 12_345
	for _, c := range []struct {
		name          string
		board         *Board
		width, height int
		help          bool
	}{
		{"starting", board(starting), 100, 24, false},
		{"down", board(played(15 * second)), 120, 36, false},
		{"down-narrow", board(played(15 * second)), 60, 30, false},
		{"down-usual", board(played(15 * second)), 80, 24, false},
		{"down-short", board(played(15 * second)), 100, 14, false},
		{"down-tiny", board(played(15 * second)), 30, 6, false},
		{"recovering", board(played(25 * second)), 100, 36, false},
		{"doubtful", &Board{Of: 1, Runs: []*follow.State{doubtful}}, 120, 30, false},
		{"ending", ending, 80, 24, false},
		{"over", board(over), 100, 30, false},
		{"crowded", crowded, 80, 24, false},
		{"crowded-large", crowded, 160, 50, false},
		{"help", board(over), 120, 24, true},
		{"help-usual", board(over), 80, 24, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			drawn := Frame(c.board, c.width, c.height, c.help)
			rows := strings.Split(ansi.Strip(drawn), "\n")
			if len(rows) != c.height {
				t.Errorf("%d rows, want %d", len(rows), c.height)
			}
			for i, r := range rows {
				if w := ansi.StringWidth(r); w > c.width {
					t.Errorf("row %d takes %d columns of %d: %q", i, w, c.width, r)
				}
				rows[i] = strings.TrimRight(r, " ")
			}
			got := strings.Join(rows, "\n") + "\n"
			file := filepath.Join("testdata", c.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
