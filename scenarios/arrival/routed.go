package arrival

import (
	"iter"
	"time"

	"windtunnel/topologies/work"
)

// Routed is implemented by the processes whose arrivals know their entry. The
// mix is asked for those of all others.
type Routed interface {
	Open
	// Asks returns the entries that the arrivals may name, each once. Where
	// there are none they name none, and the mix is asked for these, too.
	Asks() []string
	// Routes yields what Arrivals does, each with the index of its entry in Asks.
	Routes(length time.Duration, id work.Identity) iter.Seq2[time.Duration, int]
}

// EntriesOf returns the entries that a process names; none where it leaves them to the mix.
func EntriesOf(p Process) []string {
	if r, ok := p.(Routed); ok {
		return r.Asks()
	}
	return nil
}

// routed yields the arrivals of a process with the entries that they name, ""
// where the mix is asked.
func routed(p Open, length time.Duration, id work.Identity) iter.Seq2[time.Duration, string] {
	entries := EntriesOf(p)
	return func(yield func(time.Duration, string) bool) {
		if len(entries) == 0 {
			for at := range p.Arrivals(length, id) {
				if !yield(at, "") {
					return
				}
			}
			return
		}
		for at, i := range p.(Routed).Routes(length, id) {
			if !yield(at, entries[i]) {
				return
			}
		}
	}
}
