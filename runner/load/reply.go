package load

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// tell copies what nodes say about a request in the headers of its reply. What
// is not well formed is as if it were not there: a user's own system may send anything.
func tell(r *record.Request, h http.Header) {
	attempts, calls, _ := strings.Cut(h.Get(wire.HeaderAttempts), "/")
	r.Attempts, r.Calls = count(attempts), count(calls)
	r.Cold = time.Duration(count(h.Get(wire.HeaderCold))) * time.Microsecond
	if path := h.Get(wire.HeaderPath); len(path) <= wire.MaxPath {
		r.Path = path
	}
}

// count reads a number of 0 or more, and anything else as 0.
func count(s string) int {
	n, err := strconv.ParseUint(s, 10, 40)
	if err != nil {
		return 0
	}
	return int(n)
}

// declaredCause is why a reply of unexpected status failed: what the node says,
// or its status. Only the generator can say that nothing was sent.
func declaredCause(h http.Header) policy.Cause {
	cause := policy.Cause(h.Get(wire.HeaderCause))
	if cause != policy.Unsent && slices.Contains(policy.Causes(), cause) {
		return cause
	}
	return policy.Status
}
