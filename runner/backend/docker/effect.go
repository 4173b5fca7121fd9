package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"windtunnel/topologies/wire"
)

// Apply kills or pauses the instances that the effect hits. Killing one that is
// dead and pausing one that is gone succeed. A pause that did not take everywhere
// returns what undoes it where it did.
func (d *deployment) Apply(ctx context.Context, e wire.Effect) (heal func(context.Context) error, err error) {
	switch e.Kind {
	case wire.Kill:
		err := each(d.condemn(e), func(i *instance) error { return d.kill(ctx, i) })
		return func(context.Context) error { return nil }, err
	case wire.Pause:
		targets := d.of(func(i *instance) bool { return e.Hits(i.recipe.node.Name, i.name) })
		p := &pause{of: d}
		err := each(targets, func(i *instance) error { return p.freeze(ctx, i) })
		return p.heal, err
	}
	return nil, fmt.Errorf("the docker backend carries out no effect %q", e.Kind)
}

// Freeze pauses one instance until thaw. A fault's pause on it counts beside.
func (d *deployment) Freeze(ctx context.Context, name string) (thaw func(context.Context) error, err error) {
	targets := d.of(func(i *instance) bool { return i.name == name })
	p := &pause{of: d}
	err = each(targets, func(i *instance) error { return p.freeze(ctx, i) })
	return p.heal, err
}

// condemn returns the instances that a kill hits, and sees to it that those of
// the node whose container is only being created will not start either.
func (d *deployment) condemn(e wire.Effect) []*instance {
	if e.Instance == "" {
		d.mu.Lock()
		d.kills[e.Node]++
		d.mu.Unlock()
	}
	return d.of(func(i *instance) bool { return e.Hits(i.recipe.node.Name, i.name) })
}

// kill ends an instance at once. Docker kills no paused container, so that one
// runs again for an instant.
func (d *deployment) kill(ctx context.Context, i *instance) error {
	i.pausing.Lock()
	defer i.pausing.Unlock()
	if i.pauses > 0 {
		if err := d.setPaused(ctx, i, false); err != nil {
			return err
		}
	}
	_, err := d.daemon.api.ContainerKill(ctx, i.id, client.ContainerKillOptions{Signal: "SIGKILL"})
	if err == nil {
		return nil
	}
	state, looked := d.state(ctx, i)
	switch {
	case looked != nil:
		return errors.Join(err, looked)
	case state.Status == container.StateCreated:
		return remove(ctx, d.daemon.api, i.id) // its start will find nothing to start
	case !state.Running:
		return nil
	}
	return fmt.Errorf("kill: %w", err)
}

// pause is one fault's hold on instances. Faults overlap: an instance runs again
// when the last of them has let go of it.
type pause struct {
	of   *deployment
	mu   sync.Mutex
	held []*instance
}

func (p *pause) freeze(ctx context.Context, i *instance) error {
	i.pausing.Lock()
	defer i.pausing.Unlock()
	if i.pauses == 0 {
		if err := p.of.setPaused(ctx, i, true); err != nil {
			return err
		}
	}
	i.pauses++
	p.mu.Lock()
	p.held = append(p.held, i)
	p.mu.Unlock()
	return nil
}

// heal lets go of what is still held. What could not be woken stays held, so
// that healing can be tried again.
func (p *pause) heal(ctx context.Context) error {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	return each(held, func(i *instance) error {
		i.pausing.Lock()
		defer i.pausing.Unlock()
		if i.pauses == 1 {
			if err := p.of.setPaused(ctx, i, false); err != nil {
				p.mu.Lock()
				p.held = append(p.held, i)
				p.mu.Unlock()
				return err
			}
		}
		i.pauses--
		return nil
	})
}

// setPaused pauses or unpauses a container. One that has ended, or that is as it
// should be already, is no error.
func (d *deployment) setPaused(ctx context.Context, i *instance, paused bool) (err error) {
	doing := "pause"
	if paused {
		_, err = d.daemon.api.ContainerPause(ctx, i.id, client.ContainerPauseOptions{})
	} else {
		doing = "unpause"
		_, err = d.daemon.api.ContainerUnpause(ctx, i.id, client.ContainerUnpauseOptions{})
	}
	if err == nil {
		return nil
	}
	state, looked := d.state(ctx, i)
	if looked == nil && (!state.Running || state.Paused == paused) {
		return nil
	}
	return errors.Join(fmt.Errorf("%s: %w", doing, err), looked)
}

// state looks at an instance's container; one that is gone is not running.
func (d *deployment) state(ctx context.Context, i *instance) (container.State, error) {
	found, err := d.daemon.api.ContainerInspect(ctx, i.id, client.ContainerInspectOptions{})
	switch {
	case errdefs.IsNotFound(err):
		return container.State{}, nil
	case err != nil:
		return container.State{}, fmt.Errorf("inspect: %w", err)
	}
	return *found.Container.State, nil
}

// each does something to all instances at once.
func each(list []*instance, do func(*instance) error) error {
	failures := make([]error, len(list))
	var group sync.WaitGroup
	for n, i := range list {
		group.Go(func() {
			if err := do(i); err != nil {
				failures[n] = fmt.Errorf("%s: %w", i.name, err)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}
