package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"windtunnel/topologies"
)

// group is the control group of one instance: a directory in each hierarchy
// that limits it. An instance is in it before its program begins, so that the
// program's own look at its limits (Go sizes GOMAXPROCS by them) is right.
type group struct {
	dirs  []string
	enter []string // v1: the tasks files into which the starting thread goes before it forks
	leave []string // v1: and those to which it returns
	dir   *os.File // v2: what clone3 puts the child into; nil without v2
}

// newGroup makes the group of an instance of node; nil where nothing limits it.
func (g *ground) newGroup(node *topologies.Node, instance string) (*group, error) {
	made := &group{}
	for _, c := range []struct {
		at    *controller
		files []setting
	}{{g.cpu, cpuSettings(g.cpu, float64(node.CPU))}, {g.memory, memorySettings(g.memory, int64(node.Memory))}} {
		if len(c.files) == 0 {
			continue
		}
		if err := made.join(c.at, instance, c.files); err != nil {
			return nil, errors.Join(err, made.remove(context.Background()))
		}
	}
	if len(made.dirs) == 0 {
		return nil, nil
	}
	return made, nil
}

func (g *group) join(c *controller, instance string, settings []setting) error {
	dir := filepath.Join(c.base, instance)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if len(g.dirs) == 0 || g.dirs[len(g.dirs)-1] != dir {
		g.dirs = append(g.dirs, dir)
	}
	for _, s := range settings {
		err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.value), 0)
		if err != nil && !s.optional {
			return fmt.Errorf("limit to %s: %w", s.value, err)
		}
	}
	if !c.v2 {
		g.enter = append(g.enter, filepath.Join(dir, "tasks"))
		g.leave = append(g.leave, filepath.Join(c.own, "tasks"))
		return nil
	}
	if g.dir != nil {
		return nil
	}
	var err error
	g.dir, err = os.Open(dir)
	return err
}

// outOfMemory says whether the kernel has killed in this group for its memory limit.
func (g *group) outOfMemory() bool {
	if g == nil {
		return false
	}
	for _, dir := range g.dirs {
		for _, file := range []string{"memory.oom_control", "memory.events"} {
			text, _ := os.ReadFile(filepath.Join(dir, file))
			for line := range strings.Lines(string(text)) {
				if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok && count != "0" {
					return true
				}
			}
		}
	}
	return false
}

// remove removes the group with all that is in it. It is safe on nil and twice.
func (g *group) remove(ctx context.Context) error {
	if g == nil {
		return nil
	}
	if g.dir != nil {
		_ = g.dir.Close()
	}
	var first error
	for _, dir := range g.dirs {
		first = cmp.Or(first, removeGroup(ctx, dir))
	}
	return first
}

// removeGroup kills what is in a control group and removes it. The kernel lets
// go of a group a moment after its last process died.
func removeGroup(ctx context.Context, dir string) error {
	if err := removeInside(ctx, dir); err != nil {
		return err
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := os.Remove(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
		killInside(dir)
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove %s: %w", dir, err)
		case <-time.After(pause):
		}
	}
}

// removeInside removes the groups below: windtunnel's own, or those that a user's program made.
func removeInside(ctx context.Context, dir string) error {
	entries, _ := os.ReadDir(dir)
	var first error
	for _, e := range entries {
		if e.IsDir() {
			first = cmp.Or(first, removeGroup(ctx, filepath.Join(dir, e.Name())))
		}
	}
	return first
}

// killInside kills the processes in a control group but this one, whose starting
// thread may just be passing through.
func killInside(dir string) {
	member := func(pid string) func() bool {
		return func() bool { return strings.Contains("\n"+read(filepath.Join(dir, "cgroup.procs")), "\n"+pid+"\n") }
	}
	for _, text := range strings.Fields(read(filepath.Join(dir, "cgroup.procs"))) {
		if pid, err := strconv.Atoi(text); err == nil && pid > 0 && pid != os.Getpid() {
			killIf(pid, member(text))
		}
	}
}

func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}
