package policy

// Priority says how much a request is worth to who runs the system. It is
// declared for an entry, travels with the request and with all that it causes,
// and counts where requests are turned away: see SheddingConfig. It has no say in
// the order in which those that are let in are worked on.
type Priority string

// The priorities. The empty one is Normal.
const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
)

// ParsePriority reads what a request says of itself; what is none is Normal.
func ParsePriority(text []byte) Priority {
	switch string(text) {
	case string(Low):
		return Low
	case string(High):
		return High
	default:
		return Normal
	}
}

// Asked is what an intake is told of a request.
type Asked struct {
	Name     string // of an operation, or an entry
	Priority Priority
}
