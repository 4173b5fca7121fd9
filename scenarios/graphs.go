package scenarios

import (
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// Graphs loads the topologies that a query names, each with its application and
// no scenario; a file's topologies are all meant.
func Graphs(q Query) ([]*topologies.Graph, decode.Problems) {
	l := newLoad(q)
	var graphs []*topologies.Graph
	for _, arg := range q.Topologies {
		f := l.open(arg, decode.Topology)
		if f == nil {
			continue
		}
		for _, doc := range f.all(decode.Topology) {
			var one Loaded
			l.graph(doc, f, l.choices[0], &one)
			graphs = append(graphs, one.Graph)
		}
	}
	if _, problems := l.done(nil); len(problems) > 0 {
		return nil, problems
	}
	return graphs, nil
}
