package docker

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/record"
	"windtunnel/topologies"
)

// Backend runs instances in Docker containers. Its zero value is ready to use.
type Backend struct {
	Program string // the node program, a static Linux executable; empty: backend.NodeProgram

	published bool // reach instances by published ports though they could be reached directly
}

// Name returns "docker".
func (Backend) Name() string { return "docker" }

// Deploy checks the daemon, makes sure of the images and creates the run's
// network. After an error nothing is left, and there is no deployment.
func (b Backend) Deploy(ctx context.Context, p *runner.Plan, r record.Recorder) (runner.Deployment, error) {
	docker, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := fits(docker, p); err != nil {
		return nil, err
	}
	d := &deployment{daemon: docker, plan: p, recorder: r, instances: map[string]*instance{}, kills: map[string]int{}}
	if err := d.prepare(ctx, b); err != nil {
		return nil, errors.Join(environment(ctx, "deploy "+p.Graph.Topology.Name, err), d.Close(ctx))
	}
	return d, nil
}

// prepare makes image and network at the same time: both take a while, and
// neither needs the other.
func (d *deployment) prepare(ctx context.Context, b Backend) error {
	builtIn, images := needed(d.plan.Graph.Topology)
	group, ctx := errgroup.WithContext(ctx)
	if builtIn {
		group.Go(func() (err error) {
			d.image, err = nodeImage(ctx, d.daemon, b.Program)
			return err
		})
	}
	for _, image := range images {
		group.Go(func() error { return ensureImage(ctx, d.daemon, image) })
	}
	if builtIn || len(images) > 0 {
		group.Go(func() (err error) {
			d.network, err = createNetwork(ctx, d.daemon, d.plan.Run, len(images) > 0, b.published)
			return err
		})
	}
	return group.Wait()
}

// needed says whether the topology has nodes of the node program, and returns
// the users' images in it, each once.
func needed(t *topologies.Topology) (builtIn bool, images []string) {
	seen := map[string]bool{}
	for _, n := range t.Nodes {
		if runner.BuiltIn(n) {
			builtIn = true
		}
		if own, ok := n.Spec.(*topologies.Container); ok && !seen[own.Image] {
			seen[own.Image] = true
			images = append(images, own.Image)
		}
	}
	return builtIn, images
}

// environment makes an error of the surroundings, unless it already is one or
// the caller gave up.
func environment(ctx context.Context, doing string, err error) error {
	if found := (*runner.EnvironmentError)(nil); errors.As(err, &found) {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	return &runner.EnvironmentError{Doing: doing, Err: err}
}

// nodeProgram returns the path of the node program.
func nodeProgram(ctx context.Context, program string) (string, error) {
	if program != "" {
		return program, nil
	}
	return backend.NodeProgram(ctx)
}
