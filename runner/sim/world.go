package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/runner/tracing"
	"windtunnel/topologies"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// world is one run: the nodes, what is under way, and the events to come.
type world struct {
	plan     *runner.Plan
	costs    Costs
	near     bool // messages take no time
	recorder record.Recorder
	now      policy.Instant
	heap     heap
	nodes    []*node
	byName   map[string]*node
	host     host
	load     generator
	effects  []*effect
	faults   []*fault
	paths    paths
	tracer   tracer

	visits   pool[visit]
	visitors []*visit // all there are, by ticket; the first has ticket 1
	replies  pool[reply]
	errands  pool[errand]
	calls    pool[call]
	tries    pool[attempt]
	probes   pool[probe]
	tasks    pool[activity]
	changes  []policy.Transition  // scratch
	turns    []uint64             // scratch
	expired  []uint64             // scratch
	limited  []uint64             // scratch
	due      []policy.Probe       // scratch
	targets  []policy.TargetCount // scratch
	offered  uint64
	ended    uint64
	reached  *atomic.Int64 // told now and then how far the run is; nil: nobody asks
	followed bool          // instances keep their latencies
}

// after has who told when d has passed.
func (w *world) after(d time.Duration, c class, who actor, arg uint64) {
	w.heap.push(w.now.Add(d), c, who, arg)
}

// at has who told at an instant; one that has passed comes now.
func (w *world) at(i policy.Instant, c class, who actor, arg uint64) {
	w.heap.push(max(i, w.now), c, who, arg)
}

// newWorld lays a plan out. Its problems are nodes that cannot be simulated.
func newWorld(p *runner.Plan, c Costs, r record.Recorder, followed bool) (*world, error) {
	w := &world{plan: p, costs: c, recorder: r, followed: followed, byName: map[string]*node{}, paths: newPaths()}
	w.near = c.near()
	w.host = newHost(c.Cores)
	w.tracer.keeper = tracing.New(p)
	for i, spec := range p.Graph.Topology.Nodes {
		if !runner.BuiltIn(spec) {
			return nil, fmt.Errorf("%s is %s, a system of the user's own: what it does is not known to the simulator", spec.Name, spec.Kind)
		}
		n := newNode(i, spec, p.NodeConfig(spec, spec.Name))
		n.costs = c.of(spec.Kind)
		w.nodes = append(w.nodes, n)
		w.byName[spec.Name] = n
	}
	for _, n := range w.nodes {
		n.path = w.paths.visit(0, n)
		n.resolve(w)
	}
	for _, n := range w.nodes {
		if n.fleet != nil {
			if err := n.fleet.launch(w); err != nil {
				return nil, err
			}
			continue
		}
		for range max(1, n.spec.Replicas) {
			if err := n.add(w); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range w.nodes {
		for _, s := range n.slots {
			s.instance.meet(w)
		}
	}
	w.acquaint()
	return w, w.load.prepare(w)
}

// run lets time pass until the load is over and every request has ended.
func (w *world) run(ctx context.Context) error {
	const lookEvery = 1 << 14
	for n := 0; !w.heap.empty() && !w.load.over(w); n++ {
		if n%lookEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if w.reached != nil {
				w.reached.Store(int64(w.now))
			}
		}
		w.step()
	}
	return nil
}

// step lets the earliest event happen.
func (w *world) step() {
	who, arg, _ := w.heap.pop()
	w.now = w.heap.now
	who.act(w, arg)
}

// emit records an event that happened now.
func (w *world) emit(e record.Event) {
	e.At = time.Duration(w.now)
	w.recorder.Event(e)
}

// node is a node of the topology with its instances.
type node struct {
	index    int
	spec     *topologies.Node
	config   *wire.Config
	handlers map[string]*handler // by path; "" is for what nothing else matches
	passes   []pass              // of a proxy: first match wins
	ops      map[string]*operation
	opNames  []string // in order
	remotes  map[string]*route
	edgeOf   map[string]int // callee → index into an instance's edges
	callers  []*node
	slots    []*slot
	fleet    *fleet      // nil where the number of instances is fixed
	known    []*instance // those that callers may know, by id; the first has id 1
	held     int         // faults that hold it down
	path     pathID      // of the node alone
	news     bool        // callers are about to be told of its instances
	costs    KindCosts
}

// handler is what answers a path: an operation hosted here, or a proxy's route.
type handler struct {
	op      *operation
	route   *route
	invokes bool // of a function's front: an instance answers
	health  bool // the node says that it serves
	keeps   bool // of a cache node: what others filled in does
	names   bool // of a registry or a DNS server
}

// pass is the handler of the requests that a proxy passes on in one way.
type pass struct {
	method, path string // empty: any
	handler      *handler
}

// operation is one that a node hosts.
type operation struct {
	work.Operation
	component string
	index     int // into an instance's counters
}

// route is the way to something hosted elsewhere.
type route struct {
	edge       int    // index into an instance's edges
	path       string // "": the request's own
	idempotent bool
	asked      *gateway.Request // as a gateway looks at it; nil where that is the request's own
	handler    *handler         // what answers the path; nil where that is the request's own
}

func newNode(index int, spec *topologies.Node, c *wire.Config) *node {
	n := &node{index: index, spec: spec, config: c, handlers: map[string]*handler{},
		ops: map[string]*operation{}, remotes: map[string]*route{}, edgeOf: map[string]int{}}
	n.fleet = newFleet(n)
	for i, e := range c.Edges {
		n.edgeOf[e.To] = i
	}
	n.handlers[wire.HealthPath] = &handler{health: true}
	if c.Front != nil {
		n.handlers[""] = &handler{invokes: true}
	}
	if c.Gateway != nil {
		n.handlers[""] = &handler{} // which way is the gateway's to say
	}
	if c.Cache != nil {
		n.handlers[""] = &handler{keeps: true}
	}
	if c.Registry != nil || c.Zone != nil {
		n.handlers[""] = &handler{names: true}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		op := &operation{Operation: c.Operations[name], component: work.Component(name), index: len(n.ops)}
		n.ops[name] = op
		n.opNames = append(n.opNames, name)
		n.handlers[wire.OperationPath(name)] = &handler{op: op}
	}
	for name, r := range c.Remote {
		n.remotes[name] = &route{edge: n.edgeOf[r.To], path: r.Path, idempotent: r.Idempotent, asked: askedBy(r)}
	}
	for _, r := range c.Routes {
		made := &route{edge: n.edgeOf[r.Remote.To], path: r.Remote.Path, idempotent: r.Remote.Idempotent, asked: askedBy(r.Remote)}
		n.passes = append(n.passes, pass{method: r.Method, path: r.Path, handler: &handler{route: made}})
	}
	return n
}

// resolve finds who calls the node, and what answers it elsewhere.
func (n *node) resolve(w *world) {
	for _, r := range n.remotes {
		r.handler = r.resolve(w, n)
	}
	for _, p := range n.passes {
		r := p.handler.route
		r.handler = r.resolve(w, n)
	}
	if n.config.Front != nil {
		if to := w.byName[n.config.Front.To]; to.fleet != nil {
			to.fleet.front = n
		}
	}
	for _, other := range w.nodes {
		if _, calls := other.edgeOf[n.spec.Name]; calls {
			n.callers = append(n.callers, other)
		}
	}
}

func (r *route) resolve(w *world, from *node) *handler {
	if r.path == "" {
		return nil
	}
	return w.byName[from.config.Edges[r.edge].To].handle(r.path, r.asked)
}

// handle returns what answers a request for a path; nil where nothing does. One
// of which no gateway's view is known (asked is nil) is a POST.
func (n *node) handle(path string, asked *gateway.Request) *handler {
	if h, ok := n.handlers[path]; ok {
		return h
	}
	method := "POST"
	if asked != nil {
		method = asked.Method
	}
	for _, p := range n.passes {
		if (p.method == "" || p.method == method) && (p.path == "" || p.path == path) {
			return p.handler
		}
	}
	return n.handlers[""]
}

// endpoints are the node's instances as its callers know them.
func (n *node) endpoints() []policy.Endpoint {
	var up []policy.Endpoint
	for _, s := range n.slots {
		if s.instance != nil && !s.instance.retiring {
			up = append(up, policy.Endpoint{ID: s.instance.id, Weight: n.spec.Weight(s.number)})
		}
	}
	return up
}

// byID finds an instance that callers may still know; nil where it was replaced.
func (n *node) byID(id policy.EndpointID) *instance {
	if id < 1 || int(id) > len(n.known) {
		return nil
	}
	return n.known[id-1]
}
