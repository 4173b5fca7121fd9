package live

import (
	"slices"
	"sync"

	"windtunnel/topologies"
)

// maxUntold bounds what a Progress may be behind; what happens beyond it is not shown.
const maxUntold = 10_000

// teller passes calls on to a Progress, one at a time and from a goroutine of its
// own: a terminal that is held up must hold up neither the faults nor what nodes
// say. A nil teller tells nobody.
type teller struct {
	to     Progress
	untold chan func(Progress)
	ended  chan struct{}
}

// newTeller starts telling p; nil where that is nil.
func newTeller(p Progress) *teller {
	if p == nil {
		return nil
	}
	t := &teller{to: p, untold: make(chan func(Progress), maxUntold), ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		for tell := range t.untold {
			tell(t.to)
		}
	}()
	return t
}

func (t *teller) tell(call func(Progress)) {
	if t != nil {
		select {
		case t.untold <- call:
		default:
		}
	}
}

// close waits until all is told. Nothing may be told afterwards.
func (t *teller) close() {
	if t != nil {
		close(t.untold)
		<-t.ended
	}
}

// deployDisplay tells the progress which nodes are not up yet.
type deployDisplay struct {
	mu      sync.Mutex
	teller  *teller
	waiting map[string]int
	total   int
}

func newDeployDisplay(told *teller, t *topologies.Topology) *deployDisplay {
	d := &deployDisplay{teller: told, waiting: map[string]int{}}
	for _, n := range t.Nodes {
		if count := replicas(n); count > 0 {
			d.waiting[n.Name] = count
			d.total += count
		}
	}
	d.tell()
	return d
}

// ready takes one instance of a node off the list.
func (d *deployDisplay) ready(node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting[node]--; d.waiting[node] <= 0 {
		delete(d.waiting, node)
	}
	d.tell()
}

func (d *deployDisplay) tell() {
	left := 0
	var names []string
	for name, count := range d.waiting {
		left += count
		names = append(names, name)
	}
	slices.Sort(names)
	d.teller.tell(func(p Progress) { p.Deploying(d.total-left, d.total, names) })
}
