package follow

import (
	"slices"
	"time"

	"windtunnel/reports"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// maxLines is how many events are kept in words.
const maxLines = 200

// Run folds a run. It is not safe for concurrent use.
type Run struct {
	plan     Plan
	stage    Stage
	verdict  reports.Verdict
	deployed Batch // Ready, Expected and Waiting of the last

	now, wall time.Duration
	faults    []Fault
	total     *entry
	entries   []*entry
	nodes     []*node
	every     int64            // over how many seconds a sample of a node is; 0: not known yet
	doors     map[string]*node // by entry
	live      *reports.Live
	checks    []reports.LiveCheck
	lines     []Line

	detailed bool // events and seconds are kept until they are asked for
	news     []record.Event
	seconds  []Second
	untold   []Second // those that have ended, until all is told of them
	ended    int64    // seconds before it have
	closed   int64    // of seconds before it, it is known what visitors met
	requests count
	late     record.Histogram // outside the warm-up
	dropped  uint64
}

// New begins with nothing recorded.
func New(p Plan) *Run {
	r := &Run{plan: p, stage: Starting, live: reports.NewLive(p.Identity), total: &entry{name: reports.Total}, doors: map[string]*node{}}
	if p.Engine != record.Simulated {
		r.every = 1
	}
	for _, f := range p.Faults {
		to := p.Length()
		if f.For > 0 {
			to = min(to, (f.At + f.For).Duration())
		}
		r.faults = append(r.faults, Fault{Name: f.Name, From: f.At.Duration(), To: to})
	}
	for _, name := range slices.Concat(p.Entries, p.Timers) {
		r.entries = append(r.entries, &entry{name: name})
	}
	for _, n := range p.Nodes {
		r.nodes = append(r.nodes, newNode(n))
	}
	for name, door := range p.Doors {
		r.doors[name] = r.node(door)
	}
	r.checks = r.live.Judge(0)
	return r
}

// Take takes in what was recorded.
func (r *Run) Take(b *Batch) {
	r.deployed.Ready, r.deployed.Expected, r.deployed.Waiting = b.Ready, b.Expected, b.Waiting
	r.dropped += b.Dropped
	b.each(r.event, r.request, r.sample, r.edge)
}

// Advance says how late it is: in the run's own time, and on the wall.
func (r *Run) Advance(now, wall time.Duration) {
	r.reach(now)
	r.wall = wall
	if r.stage == Loading && r.now >= r.plan.Length() {
		r.stage = Draining
	}
}

// Enter says what the run is about, where nothing that is recorded tells it.
func (r *Run) Enter(s Stage) { r.stage = s }

// Judged says how the run ended.
func (r *Run) Judged(v reports.Verdict) { r.stage, r.verdict = Over, v }

// Judge brings the checks up to date. That takes longer the longer a run is.
func (r *Run) Judge() { r.checks = r.live.Judge(r.now) }

func (r *Run) event(e record.Event) {
	r.live.Event(e)
	r.reach(e.At)
	switch e.Kind {
	case record.RunBegan:
		if r.stage == Starting {
			r.stage = Loading
		}
	case record.RunEnded:
		r.stage = Removing
	case record.FaultBegan, record.FaultHealed, record.FaultSkipped:
		r.fault(&e)
	case record.BreakerState:
		if n := r.node(callee(e.Edge)); n != nil {
			n.breakers[breakerKey{e.Instance, e.Edge, e.Name}] = e.To
		}
	default:
		r.instance(&e)
	}
	if r.detailed && e.At >= 0 {
		r.news = append(r.news, e)
	}
	text, tone := Words(e)
	if text == "" || e.At < 0 || e.At == 0 && tone == Quiet { // what has been there from the begin is no news
		return
	}
	if r.lines = append(r.lines, Line{e.At, text, tone}); len(r.lines) > 2*maxLines {
		r.lines = slices.Clone(r.lines[len(r.lines)-maxLines:])
	}
}

func (r *Run) instance(e *record.Event) {
	if n := r.node(e.Node); n != nil {
		n.instance(e)
	}
	if e.Kind == record.InstanceStop {
		for _, n := range r.nodes {
			n.forget(e.Instance)
		}
	}
}

func (r *Run) fault(e *record.Event) {
	i := slices.IndexFunc(r.faults, func(f Fault) bool { return f.Name == e.Name })
	if i < 0 {
		return
	}
	switch f := &r.faults[i]; e.Kind {
	case record.FaultBegan:
		f.Begun, f.From = true, e.At
	case record.FaultHealed:
		f.Healed, f.To = true, e.At
	default:
		f.Skipped = true
	}
}

func (r *Run) request(q *record.Request) {
	r.live.Request(*q)
	r.reach(q.Done)
	if !slices.Contains(r.plan.Timers, q.Entry) {
		r.total.add(q)
		if q.Cause == policy.OK {
			r.requests.ok++
		} else {
			r.requests.failed++
		}
	}
	if phase := r.plan.Phase(q.Intended); q.Cause != policy.Unsent && phase != nil && !phase.Warmup {
		r.late.Add(max(q.Sent-q.Intended, 0))
	}
	if i := slices.IndexFunc(r.entries, func(e *entry) bool { return e.name == q.Entry }); i >= 0 {
		r.entries[i].add(q)
	}
	if door := r.doors[q.Entry]; door != nil && q.Sent > 0 {
		if w := door.seconds.at(secondOf(q.Done)); w != nil {
			w.asked(&record.EdgeSample{Attempts: 1, Latency: max(q.Latency(), 0)}, 1)
		}
	}
}

func (r *Run) sample(s *record.NodeSample) {
	judged := *s
	judged.Latency = nil // checks ask for no latency of a node, and what they are judged by is all kept
	r.live.Node(judged)
	if r.every == 0 { // a simulation with many instances, or a long one, has its samples more seldom
		r.every = max(1, int64(s.Interval.Round(time.Second)/time.Second))
	}
	r.reach(s.At)
	if n := r.node(s.Node); n != nil {
		n.sample(s, r.every)
	}
}

func (r *Run) edge(s *record.EdgeSample) {
	n := r.node(s.To)
	if n == nil {
		return
	}
	every := max(1, r.every)
	n.spread(s.At, time.Duration(every)*time.Second, every, func(w *work, part float64) { w.asked(s, part) })
	if s.Breaker != "" && len(n.breakers) == 0 { // none of them has changed yet
		n.breakers[breakerKey{}] = "closed"
	}
}

func (r *Run) node(name string) *node {
	for _, n := range r.nodes {
		if n.plan.Name == name {
			return n
		}
	}
	return nil
}

// holding names the faults that hold on a node.
func (r *Run) holding(node string) []string {
	var names []string
	for _, f := range r.faults {
		if f.Holds() && slices.Contains(r.plan.Hits[f.Name], node) {
			names = append(names, f.Name)
		}
	}
	return names
}

// State is the run as it stands.
func (r *Run) State() *State {
	s := &State{Plan: r.plan, Stage: r.stage, Verdict: r.verdict, Now: r.now, Wall: r.wall,
		Ready: r.deployed.Ready, Expected: r.deployed.Expected, Waiting: slices.Clone(r.deployed.Waiting),
		Faults: slices.Clone(r.faults), Checks: slices.Clone(r.checks), Events: slices.Clone(r.lines[max(0, len(r.lines)-maxLines):]),
		Requests: r.requests.ok + r.requests.failed, Failed: r.requests.failed, Lateness: quantile(&r.late, 0.99), Dropped: r.dropped}
	to := secondOf(r.now)
	from := max(0, to-recent)
	for _, e := range slices.Concat([]*entry{r.total}, r.entries) {
		s.Entries = append(s.Entries, Entry{Name: e.name, Figures: e.over(from, to), Trend: e.trend(to)})
	}
	every := max(1, r.every)
	told := max(0, to-every) // what nodes did before comes until now
	for _, n := range r.nodes {
		one := n.stands(r.now)
		n.traffic(&one, max(0, told-recent), told, every)
		one.Trend, one.Faults = n.trend(told), r.holding(one.Name)
		s.Nodes = append(s.Nodes, one)
	}
	return s
}
