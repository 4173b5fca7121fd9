package wire

// Headers that travel with a request, in the spelling that both HTTP stacks
// keep. A request that comes without them, from a user's own client, is served
// all the same.
const (
	HeaderIdentity = "X-Wt-Identity" // request: work.Identity of the call, hexadecimal
	HeaderDeadline = "X-Wt-Deadline" // request: microseconds left, relative as in gRPC so that clocks need not agree
	HeaderTrace    = "Traceparent"   // request: W3C trace context, passed on

	HeaderCause    = "X-Wt-Cause"    // reply: policy.Cause of a failure
	HeaderAttempts = "X-Wt-Attempts" // reply: "attempts/calls" made across nodes below, all levels added up
	HeaderPath     = "X-Wt-Path"     // reply: the nodes that took part, in order, joined by '>'; at most MaxPath bytes
	HeaderCold     = "X-Wt-Cold"     // reply: microseconds that the request waited for instances to start; absent: none
)

// MaxPath bounds HeaderPath.
const MaxPath = 256

// OperationPath is where a node serves an operation.
func OperationPath(op string) string { return "/op/" + op }
