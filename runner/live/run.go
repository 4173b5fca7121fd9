package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// run is one execution of a plan.
type run struct {
	plan       *runner.Plan
	recorder   record.Recorder
	teller     *teller
	log        *zap.Logger
	journal    journal
	traces     *traces
	deployment runner.Deployment
	wanted     <-chan struct{} // closed: see Engine.Enough

	mu      sync.Mutex
	nodes   map[string]*node
	effects map[string]inForce // on nodes, by id; new instances get them too
	settled bool               // the first instances all know each other: from here on what is static stays
}

// node is one node of the topology while it runs.
type node struct {
	spec      *topologies.Node
	lastID    uint32
	slots     []*slot
	fleet     *fleet        // nil where the number of instances is fixed
	held      int           // faults that hold it down
	released  chan struct{} // closed and replaced when held falls to 0
	endpoints []wire.Endpoint
	buried    map[policy.EndpointID]bool // of the endpoints those that have ended
	last      string                     // where a fleet's last instance was reached from outside
}

func newRun(e *Engine, p *runner.Plan, r record.Recorder) *run {
	run := &run{
		plan: p, recorder: r, teller: newTeller(e.Progress), log: e.Log, wanted: e.Enough,
		nodes: map[string]*node{}, effects: map[string]inForce{},
	}
	run.journal = journal{recorder: r, teller: run.teller}
	run.traces = newTraces(run)
	if run.log == nil {
		run.log = zap.NewNop()
	}
	for _, n := range p.Graph.Topology.Nodes {
		made := &node{spec: n, released: make(chan struct{}), buried: map[policy.EndpointID]bool{}}
		made.fleet = newFleet(run, made)
		run.nodes[n.Name] = made
	}
	return run
}

// event records something that happened now.
func (r *run) event(e record.Event) { r.journal.event(time.Now(), e) }

// bringUp starts every instance, those that others need first, and returns once
// all of them serve and know each other.
func (r *run) bringUp(ctx, slots context.Context, group *errgroup.Group) error {
	display := newDeployDisplay(r.teller, r.plan.Graph.Topology)
	r.makeSlots()
	for _, wave := range waves(r.plan.Graph.Topology) {
		starting, waveCtx := errgroup.WithContext(ctx)
		for _, spec := range wave {
			for _, s := range r.nodes[spec.Name].slots {
				starting.Go(func() error {
					if err := s.start(waveCtx, time.Now()); err != nil {
						return err
					}
					display.ready(spec.Name)
					return nil
				})
			}
		}
		if err := starting.Wait(); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
	for _, n := range r.nodes {
		if n.fleet != nil {
			continue
		}
		for _, s := range n.slots {
			group.Go(func() error { s.keep(slots); return nil })
		}
	}
	if err := r.launchFleets(ctx, slots, group); err != nil {
		return err
	}
	return r.acquaint(ctx)
}

// launchFleets has the scalers begin, and returns once what they want at first is there.
func (r *run) launchFleets(ctx, slots context.Context, group *errgroup.Group) error {
	var settled []chan error
	for _, n := range r.nodes {
		if n.fleet == nil {
			continue
		}
		first := make(chan error, 1)
		settled = append(settled, first)
		group.Go(func() error { return n.fleet.keep(slots, func(err error) { first <- err }) })
	}
	late := time.NewTimer(startTimeout)
	defer late.Stop()
	for _, first := range settled {
		select {
		case err := <-first:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return &runner.EnvironmentError{Doing: "start the first instances of functions", Err: errors.New("they did not come up; the log of windtunnel says why")}
		}
	}
	return nil
}

// makeSlots makes all slots before any is filled: from then on nobody changes the lists.
func (r *run) makeSlots() {
	for _, n := range r.nodes {
		for range replicas(n.spec) {
			n.slots = append(n.slots, &slot{run: r, node: n, number: len(n.slots)})
		}
		n.lastID = uint32(len(n.slots))
	}
}

// replicas is how many instances of a node windtunnel starts.
func replicas(n *topologies.Node) int {
	if _, external := n.Spec.(*topologies.External); external || n.Scaler != nil {
		return 0
	}
	return max(1, n.Replicas)
}

// waves orders the nodes so that what a user's container needs is ready before
// it. Everything else starts at once: endpoints are told to nodes that already run.
func waves(t *topologies.Topology) [][]*topologies.Node {
	depth := map[string]int{}
	var visit func(n *topologies.Node, below int) int
	visit = func(n *topologies.Node, below int) int {
		if d, done := depth[n.Name]; done || below > len(t.Nodes) {
			return d
		}
		d := 0
		if c, ok := n.Spec.(*topologies.Container); ok {
			for _, need := range c.Needs {
				if needed := t.Node(need); needed != nil {
					d = max(d, 1+visit(needed, below+1))
				}
			}
		}
		depth[n.Name] = d
		return d
	}
	var ordered [][]*topologies.Node
	for _, n := range t.Nodes {
		d := visit(n, 0)
		for len(ordered) <= d {
			ordered = append(ordered, nil)
		}
		ordered[d] = append(ordered[d], n)
	}
	return ordered
}
