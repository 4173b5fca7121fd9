package record

import (
	"sync"
	"time"
)

// Fleet is how many instances a node had, over the whole run.
type Fleet struct {
	Node    string        `json:"node"`
	Started uint64        `json:"started"`
	Peak    int           `json:"peak"`     // that served at one time
	Alive   time.Duration `json:"alive_ns"` // from start to end, of all added up
	Ready   time.Duration `json:"ready_ns"` // of that, while they served
	Paused  time.Duration `json:"paused_ns,omitempty"`
}

// maxFleetEvents bounds the events of instances and scalers in a record: of a
// simulated day there may be millions. All of them count in the fleets.
const maxFleetEvents = 200_000

// fleets counts instances by their events. It is safe for concurrent use.
type fleets struct {
	mu     sync.Mutex
	nodes  map[string]*fleet
	kept   int
	closed bool
}

type fleet struct {
	Fleet
	alive, ready, paused int
	states               map[string]string // of each instance, the kind of its last event
	at                   time.Duration
	scaled               bool
}

// add takes an event in and says whether it is to be kept, and whether it is the
// last that is.
func (f *fleets) add(e *Event) (keep, last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e.Kind {
	case InstanceStart, InstanceReady, InstancePaused, InstanceStop, Scale:
		if !f.closed {
			f.of(e.Node).take(e)
		}
		f.kept++
		return f.kept <= maxFleetEvents, f.kept == maxFleetEvents
	case RunEnded:
		for _, n := range f.nodes {
			n.advance(e.At)
		}
		f.closed = true
	}
	return true, false
}

func (f *fleets) of(node string) *fleet {
	if f.nodes == nil {
		f.nodes = map[string]*fleet{}
	}
	if f.nodes[node] == nil {
		f.nodes[node] = &fleet{Fleet: Fleet{Node: node}, states: map[string]string{}}
	}
	return f.nodes[node]
}

func (n *fleet) take(e *Event) {
	n.advance(e.At)
	if e.Kind == Scale {
		n.scaled = true
		return
	}
	was := n.states[e.Instance]
	n.count(was, -1)
	if e.Kind == InstanceStop {
		delete(n.states, e.Instance)
		return
	}
	if was == "" {
		n.Started++
	}
	n.states[e.Instance] = e.Kind
	n.count(e.Kind, 1)
	n.Peak = max(n.Peak, n.ready)
}

func (n *fleet) count(state string, by int) {
	switch state {
	case "":
		return
	case InstanceReady:
		n.ready += by
	case InstancePaused:
		n.paused += by
	}
	n.alive += by
}

// advance brings the integrals up to an instant. What was before the run's begin
// belongs to no load.
func (n *fleet) advance(at time.Duration) {
	if d := at - max(n.at, 0); d > 0 {
		n.Alive += d * time.Duration(n.alive)
		n.Ready += d * time.Duration(n.ready)
		n.Paused += d * time.Duration(n.paused)
	}
	n.at = max(n.at, at)
}

// all returns the fleets of the nodes that a scaler has a say in.
func (f *fleets) all() []Fleet {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Fleet
	for _, name := range sorted(f.nodes) {
		if n := f.nodes[name]; n.scaled {
			all = append(all, n.Fleet)
		}
	}
	return all
}
