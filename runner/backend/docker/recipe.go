package docker

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	mobynetwork "github.com/moby/moby/api/types/network"

	"windtunnel/runner/backend"
	"windtunnel/topologies"
)

// The ports of every container. They may be fixed: each container has a network
// namespace of its own.
const (
	servePort   = 8080
	controlPort = 8081
)

// nodeTimeout is how long a built-in node may take to listen.
const nodeTimeout = 60 * time.Second

// recipe is what the containers of a node are made of.
type recipe struct {
	node    *topologies.Node
	own     bool // the user's own image
	image   string
	command []string // empty: the image's own
	env     map[string]string
	ports   []mobynetwork.Port // that it listens on: serving first, then control where it has that
	health  string
	timeout time.Duration
}

// recipeFor returns how a node's containers are made, and fails for a node that
// runs in none.
func (d *deployment) recipeFor(name string) (recipe, error) {
	n := d.plan.Graph.Topology.Node(name)
	if n == nil {
		return recipe{}, fmt.Errorf("there is no node %s", name)
	}
	switch spec := n.Spec.(type) {
	case *topologies.External:
		return recipe{}, fmt.Errorf("%s runs elsewhere, at %s", name, spec.URL)
	case *topologies.Container:
		return d.ownRecipe(n, spec)
	}
	return recipe{
		node: n, image: d.image, ports: []mobynetwork.Port{tcp(servePort), tcp(controlPort)}, timeout: nodeTimeout,
		command: []string{
			"-serve", fmt.Sprintf("0.0.0.0:%d", servePort),
			"-control", fmt.Sprintf("0.0.0.0:%d", controlPort),
		},
	}, nil
}

// ownRecipe tells a user's container its port and where the nodes are that it
// needs. They are named rather than numbered: Docker's name server knows each
// node by its name, whatever instances it has at the moment.
func (d *deployment) ownRecipe(n *topologies.Node, spec *topologies.Container) (recipe, error) {
	r := recipe{
		node: n, own: true, image: spec.Image, command: spec.Command,
		env: map[string]string{}, health: spec.Health, timeout: spec.StartTimeout,
	}
	port := portOf(spec)
	r.ports = []mobynetwork.Port{tcp(port)}
	needs, err := backend.Needs(d.plan.Graph.Topology, n, func(node string) (string, bool) {
		return net.JoinHostPort(node, strconv.Itoa(int(d.portOfNode(node)))), true
	})
	if err != nil {
		return recipe{}, err
	}
	for _, variable := range append(needs, "PORT="+strconv.Itoa(int(port))) {
		name, value, _ := strings.Cut(variable, "=")
		r.env[name] = value
	}
	for name, value := range spec.Env {
		r.env[name] = value
	}
	return r, nil
}

func (d *deployment) portOfNode(name string) uint16 {
	if n := d.plan.Graph.Topology.Node(name); n != nil {
		if own, ok := n.Spec.(*topologies.Container); ok {
			return portOf(own)
		}
	}
	return servePort
}

// portOf is where a user's container listens; one that does not say is told to
// listen where built-in nodes do.
func portOf(c *topologies.Container) uint16 {
	if c.Port == 0 {
		return servePort
	}
	return uint16(c.Port)
}

func tcp(number uint16) mobynetwork.Port {
	port, _ := mobynetwork.PortFrom(number, mobynetwork.TCP) // it fails for an unknown protocol only
	return port
}
