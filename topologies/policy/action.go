package policy

// EventKind says what happened to a call.
type EventKind uint8

// The events of a call.
const (
	Begin   EventKind = iota // the call starts
	Replied                  // an attempt ended, with its Outcome
	Due                      // the instant that Due() named has come
	Granted                  // the ticket of the call was among Edge.Turns
)

// Event is what a host tells a call.
type Event struct {
	Kind    EventKind
	Attempt int // Replied: which, counted from 1
	Outcome Outcome
}

// ActionKind says what a host must do for a call.
type ActionKind uint8

// The actions of a call.
const (
	Send   ActionKind = iota // start an attempt
	Cancel                   // give an attempt up; its reply no longer counts and need not be told
	Finish                   // the call is over; nothing follows
)

// Action is what a call asks of its host.
type Action struct {
	Kind     ActionKind
	Attempt  int        // Send, Cancel: counted from 1
	Endpoint EndpointID // Send, Cancel
	Began    Instant    // Cancel: when it was sent
	Deadline Instant    // Send: when the attempt is given up, to be propagated to the callee; Never: unbounded
	Cause    Cause      // Finish: OK, or why the call failed; Cancel: timeout or deadline, or OK where another has won
	Fallback bool       // Finish: the fallback answers
}
