package docker

import (
	"context"
	"maps"
	"math"
	"net/netip"

	"github.com/moby/moby/api/types/container"
	mobynetwork "github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"

	"windtunnel/runner/backend"
)

// Processes and threads that a container may have: a bound on accidents, far
// from what a server needs.
const maxPIDs = 8192

// maxLog bounds what the daemon keeps of what a container writes, of which the
// run has its own copy.
const maxLog = "64m"

// longestHostname is what the kernel takes.
const longestHostname = 63

// request is the container of an instance in testcontainers' terms.
//
// testcontainers publishes every exposed port on every interface, at the last
// moment before it creates the container. The hook that runs after that puts
// right what is exposed and what is published.
func (d *deployment) request(i *instance) testcontainers.ContainerRequest {
	var config *container.Config
	var host *container.HostConfig
	var exposed []string
	for _, port := range i.recipe.ports {
		exposed = append(exposed, port.String())
	}
	return testcontainers.ContainerRequest{
		Image: i.recipe.image,
		Cmd:   i.recipe.command,
		Env:   maps.Clone(i.recipe.env),
		Name:  "windtunnel-" + d.plan.Run + "-" + i.name,
		Labels: map[string]string{
			backend.LabelRun: d.plan.Run, backend.LabelInstance: i.name, backend.LabelOwner: backend.Owner(),
		},
		ExposedPorts: exposed, // else it would ask the daemon what the image exposes
		ConfigModifier: func(c *container.Config) {
			config = c
			if len(i.name) <= longestHostname {
				c.Hostname = i.name
			}
			if !i.recipe.own {
				c.User = "65534:65534"
			}
		},
		HostConfigModifier: func(h *container.HostConfig) {
			host = h
			h.NetworkMode = container.NetworkMode(d.network.name)
			h.Resources = limits(i.recipe)
			h.LogConfig = container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": maxLog}}
			harden(h, i.recipe.own)
		},
		EndpointSettingsModifier: func(settings map[string]*mobynetwork.EndpointSettings) {
			settings[d.network.name] = &mobynetwork.EndpointSettings{
				NetworkID: d.network.id, Aliases: []string{i.name, i.recipe.node.Name}}
		},
		LifecycleHooks: []testcontainers.ContainerLifecycleHooks{{
			PreCreates: []testcontainers.ContainerRequestHook{
				func(context.Context, testcontainers.ContainerRequest) error {
					if at := d.network.publish; at.IsValid() {
						host.PortBindings = publish(at, i.recipe.ports)
					} else {
						config.ExposedPorts, host.PortBindings = nil, nil
					}
					return nil
				},
			},
		}},
	}
}

// publish binds each port, on the address where ports are published, to one that the kernel chooses.
func publish(at netip.Addr, ports []mobynetwork.Port) mobynetwork.PortMap {
	bindings := mobynetwork.PortMap{}
	for _, port := range ports {
		bindings[port] = []mobynetwork.PortBinding{{HostIP: at, HostPort: "0"}}
	}
	return bindings
}

// limits are those of the topology. Memory and swap together are bounded by
// what memory may take: nothing is swapped.
func limits(r recipe) container.Resources {
	pids := int64(maxPIDs)
	return container.Resources{
		NanoCPUs: int64(math.Round(float64(r.node.CPU) * 1e9)),
		Memory:   int64(r.node.Memory), MemorySwap: int64(r.node.Memory),
		PidsLimit: &pids,
	}
}

// harden takes from a container what it has no use for. Users' images keep
// what they need to change user as they start.
func harden(h *container.HostConfig, own bool) {
	h.SecurityOpt = []string{"no-new-privileges"}
	if own {
		return
	}
	h.ReadonlyRootfs = true
	h.CapDrop = []string{"ALL"}
}
