package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	mobynetwork "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/topologies/policy"
)

// logLines is how much of its log comes with the error of an instance that did not come up.
const logLines = 20

// Start creates and starts a container, and waits until it listens.
func (d *deployment) Start(ctx context.Context, node string, ordinal int) (*runner.Instance, error) {
	id := policy.EndpointID(ordinal)
	name := runner.EndpointName(node, id)
	kills, err := d.enter(node)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer d.starts.Done()
	i, err := d.newInstance(name, node)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	i.kills = kills
	at, err := d.bringUp(ctx, i)
	if err != nil {
		return nil, d.giveUp(ctx, i, err)
	}
	return &runner.Instance{
		ID: id, Name: name, Node: node,
		Address: at.serve, Inside: at.inside, Control: at.control,
		Phases: i.phases, Exited: i.exited, Log: i.tail.Lines,
	}, nil
}

func (d *deployment) newInstance(name, node string) (*instance, error) {
	i := &instance{name: name, exited: make(chan struct{}), logged: make(chan struct{})}
	i.phases.Scheduled = time.Now()
	var err error
	if i.recipe, err = d.recipeFor(node); err != nil {
		return nil, err
	}
	if i.tail, err = backend.NewTail(d.recorder.LogFile(name)); err != nil {
		return nil, fmt.Errorf("open its log: %w", err)
	}
	if !i.recipe.own {
		i.announced = newAnnouncement(i.tail)
	}
	return i, nil
}

// bringUp takes an instance from nothing to one that listens.
func (d *deployment) bringUp(ctx context.Context, i *instance) (addresses, error) {
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	i.unwatch = unwatch
	if err := d.launch(ctx, watching, i); err != nil {
		return addresses{}, err
	}
	d.watch(watching, i)
	if err := ctx.Err(); err != nil {
		return addresses{}, err
	}
	found, err := d.daemon.api.ContainerInspect(ctx, i.id, client.ContainerInspectOptions{})
	if err != nil {
		return addresses{}, i.orEnded(fmt.Errorf("inspect its container: %w", err))
	}
	i.noteStart(found.Container.State.StartedAt, d.network.direct())
	at, err := d.network.addresses(found.Container, i.recipe.ports)
	if err != nil {
		i.awaitEnd(ctx) // which takes the addresses away some time before it is told
		return at, i.orEnded(err)
	}
	ctx, cancel := context.WithTimeout(ctx, i.recipe.timeout)
	defer cancel()
	i.phases.Listening, i.phases.Ready, err = d.awaitReady(ctx, i, at)
	if i.phases.Started.After(i.phases.Listening) {
		i.phases.Started = i.phases.Listening // all that is known is the end of the call
	}
	return at, i.orEnded(err)
}

// launch creates and starts the container. Neither is cut off halfway, however
// soon ctx ends: a creation whose answer is not waited for may leave a container
// that nobody knows. What it writes is followed until watching ends.
func (d *deployment) launch(ctx, watching context.Context, i *instance) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), daemonTimeout)
	defer cancel()
	made, err := d.daemon.provider.CreateContainer(detached, d.request(i))
	if made != nil {
		i.id = made.GetContainerID()
	}
	if err != nil {
		return err
	}
	i.phases.Created = time.Now()
	if err := d.add(i); err != nil {
		return err
	}
	if err := d.follow(watching, i); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := made.Start(detached); err != nil {
		return err
	}
	i.phases.Started = time.Now()
	return nil
}

// giveUp removes what there is of an instance that did not come up, and says why it did not.
func (d *deployment) giveUp(ctx context.Context, i *instance, err error) error {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), daemonTimeout)
	defer cancel()
	if i.id != "" {
		err = errors.Join(err, remove(detached, d.daemon.api, i.id))
		d.forget(i)
	}
	if !i.phases.Started.IsZero() {
		i.awaitLog(detached)
	}
	i.unwatch()
	_ = i.tail.Close()
	doing := "start " + i.name
	if errors.Is(ctx.Err(), context.Canceled) || errors.Is(err, errClosed) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &runner.EnvironmentError{Doing: doing, Err: err, Log: i.tail.Lines(logLines)}
}

// noteStart takes when the program began from the daemon, whose clock is ours
// where it is on this machine. For one that has ended it may not know any more.
func (i *instance) noteStart(text string, direct bool) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err == nil && direct && at.After(i.phases.Created) && at.Before(i.phases.Started) {
		i.phases.Started = at
	}
}

// orEnded puts how an instance ended in the place of an error that only comes of its end.
func (i *instance) orEnded(err error) error {
	if err != nil && i.ended() {
		return fmt.Errorf("%w: %s", backend.ErrExited, i.ending)
	}
	return err
}

// addresses are where an instance is reached, each as host:port.
type addresses struct {
	serve   string // by the runner
	control string // by the runner; empty where there is no control connection
	inside  string // by other nodes
}

func (n network) direct() bool { return !n.publish.IsValid() }

// addresses finds out where a container's ports are; serving comes first.
func (n network) addresses(c container.InspectResponse, ports []mobynetwork.Port) (addresses, error) {
	settings := c.NetworkSettings.Networks[n.name]
	if settings == nil || !settings.IPAddress.IsValid() {
		return addresses{}, errors.New("its container has no address on the run's network")
	}
	var outside []string
	for _, port := range ports {
		at := netip.AddrPortFrom(settings.IPAddress, port.Num()).String()
		if !n.direct() {
			bindings := c.NetworkSettings.Ports[port]
			if len(bindings) == 0 {
				return addresses{}, fmt.Errorf("its port %s was not published", port)
			}
			at = net.JoinHostPort(n.publish.String(), bindings[0].HostPort)
		}
		outside = append(outside, at)
	}
	found := addresses{
		serve:  outside[0],
		inside: net.JoinHostPort(settings.IPAddress.String(), strconv.Itoa(int(ports[0].Num()))),
	}
	if len(outside) > 1 {
		found.control = outside[1]
	}
	return found, nil
}
