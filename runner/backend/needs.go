package backend

import (
	"fmt"
	"strings"

	"windtunnel/topologies"
)

// Needs returns the environment that tells a user's container where the nodes
// are that it needs: WINDTUNNEL_<NODE>_URL, the name in capitals with '_' for
// all but letters and digits. A node behind a proxy is reached through the
// proxy, as by every other caller. address returns host:port of an instance
// that serves, false where the node has none.
func Needs(t *topologies.Topology, node *topologies.Node, address func(node string) (string, bool)) ([]string, error) {
	own, ok := node.Spec.(*topologies.Container)
	if !ok {
		return nil, nil
	}
	var env []string
	for _, need := range own.Needs {
		url, err := urlOf(t, t.Via(need, node.Name), address)
		if err != nil {
			return nil, fmt.Errorf("%s needs %s: %w", node.Name, need, err)
		}
		env = append(env, urlName(need)+"="+url)
	}
	return env, nil
}

func urlOf(t *topologies.Topology, node string, address func(string) (string, bool)) (string, error) {
	if n := t.Node(node); n != nil {
		if external, ok := n.Spec.(*topologies.External); ok {
			return external.URL, nil
		}
	}
	at, ok := address(node)
	if !ok {
		return "", fmt.Errorf("%s is not up", node)
	}
	return "http://" + at, nil
}

func urlName(node string) string {
	return "WINDTUNNEL_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, node) + "_URL"
}
