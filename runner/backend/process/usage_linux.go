package process

import (
	"context"

	"windtunnel/runner"
)

// Usage returns what each instance has used: a node program by itself, a user's
// command with the processes of its group. Memory shared between the processes
// of a group counts in each; CPU comes in steps of 10 ms.
func (d *Deployment) Usage(context.Context) ([]runner.Usage, error) {
	list := d.all()
	groups := map[int]processStat{}
	for _, in := range list {
		if in.own {
			groups = groupStats()
			break
		}
	}
	var out []runner.Usage
	for _, in := range list {
		pid := in.pid()
		if pid == 0 {
			continue
		}
		used, ok := groups[pid]
		if !in.own {
			used, ok = statOf(pid)
		}
		if ok {
			out = append(out, runner.Usage{Instance: in.name, CPU: used.cpu, Memory: used.memory})
		}
	}
	return out, nil
}

// groupStats adds up the processes of every process group.
func groupStats() map[int]processStat {
	groups := map[int]processStat{}
	for _, pid := range pids() {
		if s, ok := statOf(pid); ok {
			sum := groups[s.group]
			groups[s.group] = processStat{group: s.group, cpu: sum.cpu + s.cpu, memory: sum.memory + s.memory}
		}
	}
	return groups
}

// pid returns the process's number, 0 while it does not run.
func (in *instance) pid() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.process == nil || in.gone {
		return 0
	}
	return in.process.Pid
}
