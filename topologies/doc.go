// Package topologies is the model of what is tested: an application (components,
// operations, the work they do) and the topologies that deploy it (nodes, edges,
// policies). It loads both from YAML, finds every problem of a file at once, and
// resolves them into a Graph: who hosts what, who calls whom, along which edge.
//
//	docs, problems := decode.Read("shop.yaml", text)
//	app, topology, problems := …
//	graph, problems := topologies.Resolve(app, topology)
package topologies
