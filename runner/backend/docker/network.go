package docker

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/moby/moby/client"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"

	"windtunnel/runner/backend"
)

// network is the bridge that only one run has.
type network struct {
	id, name string
	publish  netip.Addr // where its containers' ports are published; invalid: they are reached directly
}

// createNetwork makes the run's network. It is internal, unless a user's own
// container may need the world or ports must be published: Docker publishes none
// from an internal network.
func createNetwork(ctx context.Context, d *daemon, run string, world, published bool) (network, error) {
	place, err := d.surroundings()
	if err != nil {
		return network{}, err
	}
	internal := !world && !published && place.near()
	n, gateway, err := newNetwork(ctx, d, run, internal)
	if err != nil {
		return n, err
	}
	own, err := ownAddresses()
	if err != nil || !published && place.direct(gateway, own) {
		return n, err
	}
	if internal { // in the hope, which came to nothing, that it is reached directly
		if _, err := d.api.NetworkRemove(ctx, n.id, client.NetworkRemoveOptions{}); err != nil {
			return n, fmt.Errorf("remove network %s: %w", n.name, err)
		}
		if n, _, err = newNetwork(ctx, d, run, false); err != nil {
			return n, err
		}
	}
	n.publish, err = place.publishAt(ctx)
	return n, err
}

// newNetwork makes a bridge network, and returns the address that the daemon's
// machine has on it. Its creation is not cut off halfway: a network whose id
// never arrived could not be removed.
func newNetwork(ctx context.Context, d *daemon, run string, internal bool) (network, netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), daemonTimeout)
	defer cancel()
	options := []tcnetwork.NetworkCustomizer{tcnetwork.WithLabels(map[string]string{
		backend.LabelRun: run, backend.LabelOwner: backend.Owner(),
	})}
	if internal {
		options = append(options, tcnetwork.WithInternal())
	}
	made, err := tcnetwork.New(ctx, options...)
	if err != nil {
		return network{}, netip.Addr{}, fmt.Errorf("create network: %w", err)
	}
	n := network{id: made.ID, name: made.Name}
	result, err := d.api.NetworkInspect(ctx, n.id, client.NetworkInspectOptions{})
	if err != nil {
		return n, netip.Addr{}, fmt.Errorf("inspect network %s: %w", n.name, err)
	}
	for _, config := range result.Network.IPAM.Config {
		if config.Gateway.IsValid() {
			return n, config.Gateway, nil
		}
	}
	return n, netip.Addr{}, nil
}
