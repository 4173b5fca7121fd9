package wire

import "windtunnel/topologies/work"

// Headers that travel with a request, in the spelling that both HTTP stacks
// keep. A request that comes without them, from a user's own client, is served
// all the same.
const (
	HeaderIdentity = "X-Wt-Identity" // request: work.Identity of the call, hexadecimal
	HeaderDeadline = "X-Wt-Deadline" // request: microseconds left, relative as in gRPC so that clocks need not agree
	HeaderKey      = "X-Wt-Key"      // request: what it is about, hexadecimal; absent where its entry declares none and no edge balances by key
	HeaderPriority = "X-Wt-Priority" // request: policy.Priority; absent where it is normal
	HeaderTrace    = "Traceparent"   // request: W3C trace context, passed on
	HeaderCache    = "X-Wt-Cache"    // of a cache node, request: the flight that it ends; reply: what was found, and the flight that the asker leads

	HeaderCause    = "X-Wt-Cause"    // reply: policy.Cause of a failure
	HeaderAttempts = "X-Wt-Attempts" // reply: "attempts/calls" made across nodes below, all levels added up
	HeaderPath     = "X-Wt-Path"     // reply: the nodes that took part, in order, joined by '>'; at most MaxPath bytes
	HeaderDuration = "X-Wt-Duration" // reply of a function's instance: microseconds that the operation took
	HeaderCold     = "X-Wt-Cold"     // reply: microseconds that the request waited for instances to start; absent: none
)

// MaxPath bounds HeaderPath.
const MaxPath = 256

// HealthPath is where a node says that it serves. It answers at once, whatever
// waits for its workers. No entry can be called so.
const HealthPath = "/wt/health"

// OperationPath is where a node serves an operation.
func OperationPath(op string) string { return "/op/" + op }

// NamesPath is where a registry or a name server tells the instances of a node,
// and where instances enter themselves.
func NamesPath(node string) string { return "/names/" + node }

// AskIdentity is what the questions and heartbeats of an instance draw from,
// each the child of its number from 1; the purpose is the node that is asked
// for, or "heartbeat".
func AskIdentity(seed uint64, instance, registry, purpose string) work.Identity {
	return work.Root(seed).Named(instance).Named(registry).Named(purpose)
}
