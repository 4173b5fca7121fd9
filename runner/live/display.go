package live

import (
	"slices"
	"sync"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies"
)

// oneAtATime passes calls on to a Progress, one at a time.
type oneAtATime struct {
	mu sync.Mutex
	to Progress
}

// serial returns a Progress that is never called twice at once; nil stays nil.
func serial(p Progress) Progress {
	if p == nil {
		return nil
	}
	return &oneAtATime{to: p}
}

func (p *oneAtATime) Deploying(ready, total int, waiting []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to.Deploying(ready, total, waiting)
}

func (p *oneAtATime) Began(length time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to.Began(length)
}

func (p *oneAtATime) Event(e record.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to.Event(e)
}

// deployDisplay tells the progress which nodes are not up yet.
type deployDisplay struct {
	mu       sync.Mutex
	progress Progress
	waiting  map[string]int
	total    int
}

func newDeployDisplay(p Progress, t *topologies.Topology) *deployDisplay {
	d := &deployDisplay{progress: p, waiting: map[string]int{}}
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
	if d.progress == nil {
		return
	}
	left := 0
	var names []string
	for name, count := range d.waiting {
		left += count
		names = append(names, name)
	}
	slices.Sort(names)
	d.progress.Deploying(d.total-left, d.total, names)
}
