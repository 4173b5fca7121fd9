package live

import (
	"slices"
	"sync"

	"windtunnel/topologies"
)

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
