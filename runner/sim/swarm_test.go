package sim

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

var (
	swarmSeed = flag.Uint64("swarm.seed", 0, "run this member of the swarm alone")
	swarmSize = flag.Uint64("swarm.size", 2000, "how many members the swarm has")
)

// TestSwarm runs random applications on random topologies under random loads
// and faults. Whatever they are: the documents load, nothing panics, the world
// comes to its end, every request is accounted for, and once the faults are
// healed everything drains, or the record says why not.
func TestSwarm(t *testing.T) {
	if *swarmSeed != 0 {
		member(t, *swarmSeed)
		return
	}
	const lanes = 8
	met := [lanes]meeting{}
	t.Run("members", func(t *testing.T) {
		for lane := range lanes {
			t.Run(fmt.Sprint(lane), func(t *testing.T) {
				t.Parallel()
				met[lane] = meeting{}
				for seed := uint64(lane) + 1; seed <= *swarmSize && !t.Failed(); seed += lanes {
					met[lane].add(member(t, seed))
				}
			})
		}
	})
	all := meeting{}
	for _, m := range met {
		all.add(m)
	}
	t.Log(all)
	if *swarmSize >= 2000 && !t.Failed() {
		all.judge(t)
	}
}

// meeting counts what the swarm met, so that it cannot come to test nothing.
type meeting map[string]int

func (m meeting) add(o meeting) {
	for what, n := range o {
		m[what] += n
	}
}

func (m meeting) judge(t *testing.T) {
	for _, c := range policy.Causes() {
		if c == policy.Status || c == policy.DNS || c == policy.Other {
			continue // what built-in nodes do not answer
		}
		if m[string(c)] < 100 {
			t.Errorf("of %d requests only %d failed %s", m["requests"], m[string(c)], c)
		}
	}
	for _, what := range []string{record.FaultBegan, record.FaultSkipped, record.BreakerState, record.PolicyState, record.InstanceStop, record.InstancePaused, record.Scale, "retries", "cold"} {
		if m[what] < 20 {
			t.Errorf("the swarm met %s only %d times", what, m[what])
		}
	}
}

// member runs one of the swarm. On failure it prints how to run that one again.
func member(t *testing.T, seed uint64) (met meeting) {
	s := newSwarmling(seed)
	documents := s.documents()
	defer func() {
		p := recover()
		if p != nil {
			t.Errorf("panic: %v", p)
		}
		if t.Failed() {
			t.Logf("costs %+v\n%s\n\ngo test ./runner/sim -run 'Swarm' -swarm.seed=%d", s.costs, documents, seed)
		}
		if p != nil && *swarmSeed != 0 {
			panic(p)
		}
	}()
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"swarm.yaml"},
		ReadFile: func(string) ([]byte, error) { return []byte(documents), nil }})
	if err := problems.Err(); err != nil {
		t.Errorf("the loader: %v", err)
		return nil
	}
	o := unfold(t, loaded[0], s.costs, seed)
	if again := seed%20 == 0; again && !t.Failed() {
		if unfold(t, loaded[0], s.costs, seed).told != o.told {
			t.Error("the same seed gives another run")
		}
	}
	return o.met
}

// unfold lets a world come and go.
func unfold(t *testing.T, l scenarios.Loaded, c Costs, seed uint64) *observer {
	o := newObserver(t, c)
	w, err := newWorld(runner.NewPlan("swarm", l.Scenario, l.Graph, seed, 1), c, o, false)
	if err != nil {
		t.Error(err)
		return o
	}
	defer w.load.stop()
	o.world = w
	w.schedule()
	w.after(sampleEvery, bySample, &sampler{}, 0)
	if err := w.run(&patience{Context: context.Background(), looks: 300}); err != nil {
		t.Errorf("the world does not end: it is at %v, with %d of %d requests recorded", time.Duration(w.now), w.ended, w.offered)
		return o
	}
	for _, f := range w.faults {
		f.heal(w, "end of the run")
	}
	if err := w.lawful(); err != nil {
		t.Error(err)
	}
	o.judge(l.Scenario)
	drain(t, w, o)
	return o
}

// patience is a context that ends when the world has asked it too often: a hang
// in virtual time is events without end.
type patience struct {
	context.Context
	looks int
}

func (p *patience) Err() error {
	if p.looks--; p.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// drain lets what is under way go on when the load is over and the faults are
// healed. All of it ends, unless requests wait for each other in a circle: that
// ends with the timeouts of those outside, which the record tells.
// Scalers are followed for a while more: some never come to rest.
func drain(t *testing.T, w *world, o *observer) {
	const most = 2_000_000
	last := w.now.Add(time.Minute)
	for n := 0; !w.heap.empty(); n++ {
		who, arg, of := w.heap.pop()
		w.now = w.heap.now
		if of == byFault || of == bySample {
			continue
		}
		if f, scales := who.(*fleet); scales && w.now > last {
			f.alarmAt = policy.Never
			continue
		}
		switch who.(type) {
		case *finder, *edge: // who looks up and who probes never come to rest either
			if w.now > last {
				continue
			}
		}
		if who.act(w, arg); n == most {
			t.Errorf("what is under way does not end: it is at %v", time.Duration(w.now))
			return
		}
	}
	if n := len(w.host.running); n > 0 || w.host.jobs != 0 {
		t.Errorf("%d instances and %d jobs run when nothing is left to do", n, w.host.jobs)
	}
	for _, n := range w.nodes {
		for _, i := range n.up() {
			drained(t, w, i, o)
		}
		if n.fleet != nil {
			settled(t, n.fleet)
		}
		for _, s := range n.slots {
			if s.instance.dead {
				t.Errorf("%s is not replaced", s.instance.name)
			}
		}
	}
}

// settled says what is left of a fleet that should have come to rest.
func settled(t *testing.T, f *fleet) {
	name, paused := f.node.spec.Name, 0
	if fn := f.function(); fn != nil {
		paused = fn.Paused
	}
	if len(f.births) > 0 || len(f.pool) != paused {
		t.Errorf("of %s %d instances are on their way still, and %d of %d are in the pool", name, len(f.births), len(f.pool), paused)
	}
	ready := 0
	for _, i := range f.node.up() {
		if !i.retiring {
			ready++
		}
		if i.retiring && len(i.visits) == 0 {
			t.Errorf("%s has nothing to do, retires and never ends", i.name)
		}
	}
	if ready != f.ready {
		t.Errorf("of %s %d instances serve, and it counts %d", name, ready, f.ready)
	}
}

func drained(t *testing.T, w *world, i *instance, o *observer) {
	if i.paused != 0 || len(i.frozen) > 0 {
		t.Errorf("%s is still paused", i.name)
	}
	stuck := len(i.visits) > 0
	if stuck && o.causes[policy.Timeout] == 0 && !slices.ContainsFunc(i.visits, (*visit).patient) {
		t.Errorf("%s still has %d requests, and nobody outside timed out", i.name, len(i.visits))
	}
	if busy := i.workers.InFlight() + i.workers.Waiting(); busy != len(i.visits) {
		t.Errorf("%s has %d requests, but %d hold or await a worker", i.name, len(i.visits), busy)
	}
	waiting := 0
	for _, v := range i.visits {
		if v.waits {
			waiting++
		}
	}
	queued := i.workers.Waiting()
	if i.front != nil {
		d := i.front.machine.Demand(w.now, nil)
		queued += d.Queued
		if d.InFlight+queued != len(i.visits) {
			t.Errorf("%s has %d requests, but %d are with instances and %d wait", i.name, len(i.visits), d.InFlight, queued)
		}
	}
	if waiting != queued {
		t.Errorf("%s has %d requests that wait, its workers and its front %d", i.name, waiting, queued)
	}
	if !stuck && (len(i.cpu.jobs) > 0 || i.cpu.at >= 0) {
		t.Errorf("%s has nothing to do and computes", i.name)
	}
}

// patient says whether a request waits for ever at the front of a function that
// wants no instance, without a timeout or a deadline: whoever sent it was killed.
func (v *visit) patient() bool { return v.instance.front != nil && v.waits && v.until == policy.Never }

// observer is a recorder that checks what it is told.
type observer struct {
	t        *testing.T
	world    *world
	costs    Costs
	requests map[uint64]record.Request
	causes   map[policy.Cause]int
	last     time.Duration
	met      meeting
	told     uint64         // a hash of everything
	faults   map[string]int // begun less healed
}

func newObserver(t *testing.T, c Costs) *observer {
	return &observer{t: t, costs: c, requests: map[uint64]record.Request{}, causes: map[policy.Cause]int{},
		faults: map[string]int{}, met: meeting{}}
}

func (o *observer) Invocation(i record.Invocation) {
	o.hear(i.Node+i.Instance+string(i.Cause), i.At, i.Duration, i.Init, i.Cold)
}

func (o *observer) Traces(record.Traces)  {}
func (o *observer) LogFile(string) string { return "" }

// hear takes what was told into the hash.
func (o *observer) hear(what string, numbers ...time.Duration) {
	h := work.Identity(o.told).Named(what)
	for _, n := range numbers {
		h = h.Child(uint64(n))
	}
	o.told = uint64(h)
}

func (o *observer) Request(r record.Request) {
	if _, twice := o.requests[r.Seq]; twice {
		o.t.Errorf("request %d is recorded twice", r.Seq)
	}
	o.requests[r.Seq] = r
	o.hear(r.Entry+r.Path+string(r.Cause), time.Duration(r.Seq), r.Sent, r.FirstByte, r.Done, time.Duration(r.Attempts))
	o.causes[r.Cause]++
	o.met["requests"]++
	o.met[string(r.Cause)]++
	o.met["retries"] += max(0, r.Attempts-r.Calls)
	if r.Cold > 0 {
		o.met["cold"]++
	}
	if r.Done != time.Duration(o.world.now) || r.Done < o.last {
		o.t.Errorf("at %v request %d is said to have ended at %v", time.Duration(o.world.now), r.Seq, r.Done)
	}
	o.last = r.Done
}

func (o *observer) Event(e record.Event) {
	now := time.Duration(0)
	if o.world != nil { // else it is being laid out
		now = time.Duration(o.world.now)
	}
	if e.At > now || e.At < 0 {
		o.t.Errorf("at %v an event tells of %v: %+v", now, e.At, e)
	}
	o.met[e.Kind]++
	o.hear(e.Kind+e.Node+e.Instance+e.Edge+e.Name+e.To+e.Reason, e.At)
	switch e.Kind {
	case record.FaultBegan:
		o.faults[e.Name]++
	case record.FaultHealed:
		if o.faults[e.Name]--; o.faults[e.Name] != 0 {
			o.t.Errorf("fault %s is healed and did not hold", e.Name)
		}
	case record.BreakerState:
		if e.From == e.To || e.Reason == "" {
			o.t.Errorf("a breaker goes from %s to %s for %q", e.From, e.To, e.Reason)
		}
	}
}

func (o *observer) Node(s record.NodeSample) {
	o.hear(s.Node+s.Instance, s.At, s.CPU, time.Duration(s.Served), time.Duration(s.Failed), time.Duration(s.InFlight), time.Duration(s.Queued))
	const absurd = 1 << 40 // of a difference that was negative
	if s.Served > absurd || s.Failed > absurd || s.Rejected > absurd || s.InFlight < 0 || s.Queued < 0 {
		o.t.Errorf("impossible sample %+v", s)
	}
	for _, op := range s.Operations {
		if op.Count > absurd || op.Failed > op.Count || op.Service < 0 || op.Wait < 0 {
			o.t.Errorf("impossible sample %+v of %s", op, s.Instance)
		}
	}
	o.cpu(s)
}

// cpu checks an instance's CPU against its quota and the host's cores.
func (o *observer) cpu(s record.NodeSample) {
	if s.Instance == "" { // the generator's, or all together
		return
	}
	most := s.Interval.Seconds() * (o.costs.Cores + o.costs.Idle)
	if o.costs.Cores > 0 && s.CPU.Seconds() > most+1e-6 {
		o.t.Errorf("%s used %v of CPU in %v on %v cores", s.Instance, s.CPU, s.Interval, o.costs.Cores)
	}
	at := slices.IndexFunc(o.world.nodes, func(n *node) bool { return n.spec.Name == s.Node })
	period := o.costs.period().Seconds()
	quota := float64(o.world.nodes[at].spec.CPU)
	most = quota*(s.Interval.Seconds()+2*period) + o.costs.Idle*s.Interval.Seconds() + 1e-6
	if quota > 0 && s.CPU.Seconds() > most {
		o.t.Errorf("%s used %v of CPU in %v with a limit of %v cores", s.Instance, s.CPU, s.Interval, quota)
	}
}

func (o *observer) Edge(s record.EdgeSample) {
	o.hear(s.From+s.To+s.Breaker, s.At, s.Latency, time.Duration(s.Calls), time.Duration(s.Attempts), time.Duration(s.Failed))
	const absurd = 1 << 40
	if s.Calls > absurd || s.Attempts > absurd || s.Failed > absurd || s.Latency < 0 {
		o.t.Errorf("impossible sample %+v", s)
	}
}

// judge checks the requests that were recorded.
func (o *observer) judge(s *scenarios.Scenario) {
	for name, holds := range o.faults {
		if holds != 0 {
			o.t.Errorf("fault %s is not healed", name)
		}
	}
	causes := policy.Causes()
	standIns := slices.ContainsFunc(o.world.plan.Graph.Edges, func(e topologies.Edge) bool { // which answer calls without an attempt
		return e.Policy.Cache != nil || e.Policy.Fallback != nil
	})
	for seq, r := range o.requests {
		late := r.Latency() - s.Generator.Timeout
		switch {
		case r.Cause != policy.OK && !slices.Contains(causes, r.Cause):
			o.t.Errorf("request %d failed with %q", seq, r.Cause)
		case r.Done < r.Intended, r.Cause != policy.Unsent && r.Sent < r.Intended, r.FirstByte > r.Done:
			o.t.Errorf("request %d ended before it was sent, or was sent before it was meant to be: %+v", seq, r)
		case late > 0, late == 0 && r.Cause == policy.OK && r.FirstByte != r.Done:
			o.t.Errorf("request %d outlived its timeout: %+v", seq, r)
		case r.Cause == policy.OK && (r.Path == "" || r.Status != 200 || r.FirstByte < r.Sent):
			o.t.Errorf("request %d went well, but came by %q with status %d", seq, r.Path, r.Status)
		case r.Attempts < 0 || r.Calls > 0 && r.Attempts == 0 && r.Cause == policy.OK && !standIns:
			o.t.Errorf("request %d made %d calls in %d attempts", seq, r.Calls, r.Attempts)
		case strings.Count(r.Path, ">") > 12:
			o.t.Errorf("request %d took an impossible path: %s", seq, r.Path)
		}
		if phase := s.Phases[s.PhaseAt(r.Intended)].Name; phase != r.Phase && o.t != nil {
			o.t.Errorf("request %d of %v belongs to phase %s, not %s", seq, r.Intended, phase, r.Phase)
		}
	}
}
