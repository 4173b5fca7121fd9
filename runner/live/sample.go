package live

import (
	"context"
	"time"

	"go.uber.org/zap"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/unit"
)

// sample measures once a second what no node tells: the user's own containers,
// the load generator, and the host.
func (r *run) sample(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	own := r.ownUsage(ctx)
	generator, host := selfUsage(), hostUsage()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		at, _ := r.journal.since(now)
		interval := now.Sub(last)
		last = now
		self, machine := selfUsage(), hostUsage()
		r.recorder.Node(record.NodeSample{At: at, Node: record.GeneratorNode, CPU: self.CPU - generator.CPU, Memory: self.Memory, Interval: interval})
		r.recorder.Node(record.NodeSample{At: at, Node: record.HostNode, CPU: machine.CPU - host.CPU, Memory: machine.Memory, Interval: interval})
		r.recorder.Node(record.NodeSample{At: at, Node: record.StealNode, CPU: machine.Steal - host.Steal, Interval: interval})
		generator, host = self, machine
		r.sampleOwn(ctx, at, interval, own)
	}
}

// ownUsage is the CPU time that each of the user's own instances has used so far.
func (r *run) ownUsage(ctx context.Context) map[string]time.Duration {
	used := map[string]time.Duration{}
	for _, u := range r.measureOwn(ctx) {
		used[u.Instance] = u.CPU
	}
	return used
}

// measureOwn measures the user's own instances, none where that fails: a missing
// second shows as a gap in the series.
func (r *run) measureOwn(ctx context.Context) []runner.Usage {
	if !r.hasOwn() {
		return nil
	}
	usages, err := r.deployment.Usage(ctx)
	if err != nil {
		r.log.Debug("measure the user's own instances", zap.Error(err))
		return nil
	}
	return usages
}

// sampleOwn records the instances that are not the node program.
func (r *run) sampleOwn(ctx context.Context, at, interval time.Duration, last map[string]time.Duration) {
	usages := r.measureOwn(ctx)
	nodes := map[string]string{}
	r.mu.Lock()
	for name, n := range r.nodes {
		if !runner.BuiltIn(n.spec) {
			for _, s := range n.slots {
				if s.instance != nil {
					nodes[s.instance.Name] = name
				}
			}
		}
	}
	r.mu.Unlock()
	for _, u := range usages {
		if node, own := nodes[u.Instance]; own {
			r.recorder.Node(record.NodeSample{At: at, Node: node, Instance: u.Instance,
				CPU: u.CPU - last[u.Instance], Memory: u.Memory, Interval: interval})
			last[u.Instance] = u.CPU
		}
	}
}

func (r *run) hasOwn() bool {
	for _, n := range r.nodes {
		if !runner.BuiltIn(n.spec) && replicas(n.spec) > 0 {
			return true
		}
	}
	return false
}

// usage is CPU time since some origin, and memory now.
type usage struct {
	CPU, Steal time.Duration
	Memory     unit.Bytes
}
