// Package wire is what the runner and the nodes say to each other on a node's
// control connection: one JSON object a line, at most MaxLine bytes. The runner
// dials, nodes never do, so that containers and pods need no way back.
//
//	runner → node   configure, endpoints, apply, heal, retire, refuse, collect, stop
//	node → runner   hello, ready, ack, event, metrics, demand, invocations, spans
//
// It also names the headers that travel with requests between nodes.
package wire
