package topologies

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// MaxInstances bounds the instances of a whole topology.
const MaxInstances = 5000

// SUT is the name of the node that `sut:` declares: the system under test.
const SUT = "sut"

// topologyKeys are the keys of a topology's document.
var topologyKeys = []string{"topology", "application", "nodes", "edges", "discovery", "sut", "params"}

// LoadTopology decodes a topology: nodes of registered kinds, edges, or a `sut:`
// alone. What its nodes and edges refer to is checked by Resolve.
func LoadTopology(doc decode.Doc) (*Topology, decode.Problems) {
	l := topologyLoader{Decoder: newDecoder(&doc), t: &Topology{Name: doc.Name}}
	what := "topology " + doc.Name
	l.t.Pos = l.Pos(doc.Get("topology"))
	l.t.places = doc.Places()
	shape := decode.Shape{What: what, Known: topologyKeys}
	pairs := l.Struct(doc.Root, shape, &struct{}{})
	byName := map[string]decode.Pair{}
	for _, p := range pairs {
		byName[p.Name] = p
	}
	if p, ok := byName["application"]; ok {
		l.t.Application, _ = l.Text(p.Value, "the application's name")
	}
	_, nodes := byName["nodes"]
	_, sut := byName["sut"]
	switch {
	case nodes && sut:
		l.t.doubtful = true
		l.Addf(byName["sut"].Key, "either `nodes` or `sut`: a `sut` is the only node there is")
	case sut:
		l.node(SUT, byName["sut"].Key, byName["sut"].Value)
	case nodes:
		l.nodes(byName["nodes"])
	default:
		l.t.doubtful = true
		l.Addf(doc.Root, "%s needs `nodes`: a mapping of nodes by name, or `sut` for a system of your own", what)
	}
	if p, ok := byName["edges"]; ok {
		l.edges(p)
	}
	if p, ok := byName["discovery"]; ok {
		decodeDiscovery(l.Decoder, p.Value, reflect.ValueOf(&l.t.Discovery).Elem())
	}
	l.vetFunctions()
	l.t.fronts()
	l.nameserver()
	l.Problems.Sort()
	return l.t, l.Problems
}

type topologyLoader struct {
	*decode.Decoder
	t *Topology
}

func (l *topologyLoader) nodes(in decode.Pair) {
	instances := 0
	for _, p := range l.Named(in.Value, "node") {
		reserved(l.Decoder, p, "node")
		n := l.node(p.Name, p.Key, p.Value)
		if n == nil {
			l.t.unread = append(l.t.unread, p.Name)
			continue
		}
		instances += limitOf(n)
	}
	if instances > MaxInstances {
		l.Addf(in.Key, "the nodes have %d instances in all: at most %d", instances, MaxInstances)
	}
}

// node decodes one node: what all nodes have, and what its kind has.
func (l *topologyLoader) node(name string, key, value *yaml.Node) *Node {
	what := "node " + name
	if value.Kind != yaml.MappingNode {
		l.Addf(value, "%s is a mapping with its kind, such as {kind: service, hosts: [%s]}", what, name)
		return nil
	}
	kind, ok := l.kind(what, value)
	if !ok {
		return nil
	}
	n := &Node{Name: name, Kind: kind.Name, Spec: kind.New(), Pos: l.Pos(key)}
	before := len(l.Problems)
	pairs := l.Struct(value, decode.Shape{What: what + " (" + kind.Name + ")", Known: []string{"kind"}}, n, n.Spec)
	l.outside(n, pairs)
	l.vetScaler(n, pairs)
	if f, ok := n.Spec.(*Function); ok {
		f.complete(pairs)
		if n.Replicas = 0; n.Scaler == nil {
			n.Scaler = defaultScaler()
		}
	}
	l.t.Nodes = append(l.t.Nodes, n)
	l.t.doubtful = l.t.doubtful || len(l.Problems) > before
	return n
}

// kind finds the kind of a node.
func (l *topologyLoader) kind(what string, value *yaml.Node) (def.Def[any], bool) {
	none := def.Def[any]{}
	names := Kinds.Names()
	for _, p := range l.Pairs(value, "a mapping") {
		if p.Name != "kind" {
			continue
		}
		name, ok := l.Text(p.Value, "a node kind")
		if !ok {
			return none, false
		}
		if kind, ok := Kinds.Lookup(name); ok {
			return kind, true
		}
		if slices.Contains(laterKinds, name) {
			l.Addf(p.Value, "nodes of kind %q are not built yet: this version of windtunnel knows the word but cannot run them", name)
			return none, false
		}
		l.Addf(p.Value, "there is no node kind %q%s", name, def.Hint(name, append(slices.Clone(names), laterKinds...)))
		return none, false
	}
	l.Addf(value, "%s needs `kind`: one of %s", what, join(names))
	return none, false
}

// outside says that what is not deployed cannot be given instances or limits.
func (l *topologyLoader) outside(n *Node, pairs []decode.Pair) {
	if _, ok := n.Spec.(*External); !ok {
		return
	}
	for _, p := range pairs {
		if slices.Contains([]string{"replicas", "cpu", "memory"}, p.Name) {
			l.Addf(p.Key, "node %s already runs: windtunnel cannot set its %s", n.Name, p.Name)
		}
	}
}

func (l *topologyLoader) edges(in decode.Pair) {
	for i, item := range l.Items(in.Value, "a list of edges such as {to: payments, timeout: 300ms}") {
		e := EdgeSpec{Pos: l.Pos(item)}
		before := len(l.Problems)
		l.Struct(item, decode.Shape{What: "an edge"}, &e)
		e.index = i
		if len(l.Problems) == before || e.To != "" {
			l.t.Edges = append(l.t.Edges, e)
		}
	}
}

func join(names []string) string {
	s := ""
	for i, name := range names {
		if i > 0 {
			s += ", "
		}
		s += name
	}
	return s
}

// at returns the place of a value of node n, such as ("hosts", "0").
func (t *Topology) at(n *Node, path ...string) decode.Pos {
	if t.places == nil {
		return n.Pos
	}
	if n.Name == SUT {
		if _, ok := t.places[SUT]; ok {
			return t.places.At(append([]string{SUT}, path...)...)
		}
	}
	return t.places.At(append([]string{"nodes", n.Name}, path...)...)
}

// atEdge returns the place of a key of an edge.
func (t *Topology) atEdge(e EdgeSpec, key string) decode.Pos {
	if t.places == nil {
		return e.Pos
	}
	return t.places.At("edges", fmt.Sprint(e.index), key)
}
