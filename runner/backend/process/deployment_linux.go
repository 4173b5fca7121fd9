package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
)

// Deployment is the processes of one run. It is safe for concurrent use.
type Deployment struct {
	plan     *runner.Plan
	recorder record.Recorder
	program  string // the node program
	ground   *ground
	spawner  *spawner

	mu        sync.Mutex
	closed    bool
	instances map[string]*instance // by name, until they are removed
	ports     map[int]bool         // given to users' commands
	starts    sync.WaitGroup       // under way
	closing   sync.Mutex           // one Close at a time
	ended     bool                 // the spawner is closed; guarded by closing
}

// Deploy finds the node program and prepares the control groups. It starts no process.
func (b Backend) Deploy(ctx context.Context, p *runner.Plan, r record.Recorder) (runner.Deployment, error) {
	d := &Deployment{plan: p, recorder: r, program: b.Program,
		instances: map[string]*instance{}, ports: map[int]bool{}}
	nodes := p.Graph.Topology.Nodes
	if d.program == "" && slices.ContainsFunc(nodes, runner.BuiltIn) {
		var err error
		if d.program, err = backend.NodeProgram(ctx); err != nil {
			return nil, err
		}
	}
	d.ground = newGround(p.Run, nodes)
	d.spawner = newSpawner()
	return d, nil
}

// Start starts an instance and returns once it listens, or is ready where it is the user's own.
func (d *Deployment) Start(ctx context.Context, node string, ordinal int) (*runner.Instance, error) {
	n := d.plan.Graph.Topology.Node(node)
	if n == nil {
		return nil, fmt.Errorf("start %s: there is no such node", node)
	}
	scheduled := time.Now()
	for attempt := 1; ; attempt++ {
		in, err := d.admit(n, ordinal)
		if err != nil {
			return nil, err
		}
		in.public.Phases.Scheduled = scheduled
		if err = d.bringUp(ctx, in); err == nil {
			return in.public, nil
		}
		if !errors.Is(err, errPortTaken) || attempt == bindAttempts {
			return nil, err
		}
	}
}

// bringUp starts an instance that was admitted; of one that does not come up nothing is left.
func (d *Deployment) bringUp(ctx context.Context, in *instance) error {
	defer d.starts.Done()
	err := in.start(ctx)
	if err == nil {
		err = in.serve()
	}
	close(in.settled)
	if err == nil {
		return nil
	}
	failed := in.environment(ctx, err)
	left := d.discard(context.WithoutCancel(ctx), in) // also when ctx is why it failed
	return errors.Join(failed, left)
}

// admit makes an instance that Close knows of before anything of it exists.
func (d *Deployment) admit(n *topologies.Node, ordinal int) (*instance, error) {
	name := n.Name + "-" + strconv.Itoa(ordinal)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("start %s: the deployment is closed", name)
	}
	if d.instances[name] != nil {
		return nil, fmt.Errorf("start %s: it is there already", name)
	}
	path := ""
	if d.recorder != nil {
		path = d.recorder.LogFile(name)
	}
	tail, err := backend.NewTail(path)
	if err != nil {
		return nil, &runner.EnvironmentError{Doing: "open the log of " + name, Err: err}
	}
	_, own := n.Spec.(*topologies.Container)
	in := &instance{deployment: d, node: n, name: name, own: own, tail: tail,
		exited: make(chan struct{}), logged: make(chan struct{}), settled: make(chan struct{})}
	in.public = &runner.Instance{ID: policy.EndpointID(ordinal), Name: name, Node: n.Name, Exited: in.exited, Log: tail.Lines}
	d.instances[name] = in
	d.starts.Add(1)
	return in, nil
}

// discard removes an instance, and forgets it once nothing of it is left.
func (d *Deployment) discard(ctx context.Context, in *instance) error {
	if err := in.remove(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.instances[in.name] == in {
		delete(d.instances, in.name)
	}
	return nil
}

// Stop kills an instance and removes what is left of it.
func (d *Deployment) Stop(ctx context.Context, name string) error {
	d.mu.Lock()
	in := d.instances[name]
	d.mu.Unlock()
	if in == nil {
		return nil
	}
	return d.discard(ctx, in)
}

// Limits says which limits of the plan are not enforced, and why.
func (d *Deployment) Limits() string { return d.ground.lacks }

// Close kills every instance, waits for starts under way, and removes the
// control groups. Where ctx ends first, what is left is named by the error and
// a second Close goes on.
func (d *Deployment) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.closing.Lock()
	defer d.closing.Unlock()
	if d.ended {
		return nil
	}
	err := d.each(func(in *instance) error { return d.discard(ctx, in) }, d.all())
	d.starts.Wait() // they fail now: what they started is killed
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	err = cmp.Or(err, killAll(ctx, backend.EnvRun+"="+d.plan.Run), d.ground.remove(ctx))
	if err != nil {
		return err
	}
	d.spawner.close()
	d.ended = true
	return nil
}

// all returns the instances there are, sorted by name.
func (d *Deployment) all() []*instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []*instance
	for _, in := range d.instances {
		out = append(out, in)
	}
	slices.SortFunc(out, func(a, b *instance) int { return cmp.Compare(a.name, b.name) })
	return out
}

// each does the same to several instances at once and joins the errors.
func (d *Deployment) each(do func(*instance) error, list []*instance) error {
	errs := make([]error, len(list))
	var doing sync.WaitGroup
	for i, in := range list {
		doing.Go(func() { errs[i] = do(in) })
	}
	doing.Wait()
	return errors.Join(errs...)
}

// address returns where a node is reached: its first instance that runs.
func (d *Deployment) address(node string) (string, bool) {
	for _, in := range d.all() {
		if in.node.Name == node && in.up() {
			return in.public.Address, true
		}
	}
	return "", false
}
