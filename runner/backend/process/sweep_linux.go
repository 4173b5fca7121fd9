package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"windtunnel/runner/backend"
)

// sweepTime bounds one pass.
const sweepTime = 2 * time.Second

// Sweep kills every process that carries the run's mark, but this one, and
// removes the run's control groups. It returns how much it found: a run is gone
// when passes keep finding nothing, since one that is being started shows its
// mark only once its program is loaded. The error names what could not be removed.
func Sweep(ctx context.Context, run string) (left int, err error) {
	if run == "" {
		return 0, errors.New("sweep: no run is named")
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	left = killMarked(backend.EnvRun + "=" + run)
	var errs []error
	for _, dir := range runGroups() {
		if name, _, _ := strings.Cut(filepath.Base(dir), "@"); name == run {
			left++
			errs = append(errs, removeRun(ctx, dir))
		}
	}
	return left, errors.Join(errs...)
}

// Leftovers lists the processes and control groups of all runs.
func Leftovers(ctx context.Context) ([]backend.Leftover, error) {
	var out []backend.Leftover
	for _, pid := range pids() {
		if pid == os.Getpid() {
			continue
		}
		e := marksOf(pid)
		run := e.get(backend.EnvRun)
		if run == "" {
			continue
		}
		out = append(out, backend.Leftover{Run: run, Kind: "process",
			Name:  e.get(backend.EnvInstance) + " (pid " + strconv.Itoa(pid) + ")",
			Owned: backend.OwnerAlive(e.get(backend.EnvOwner))})
	}
	for _, dir := range runGroups() {
		run, owner, _ := strings.Cut(filepath.Base(dir), "@")
		out = append(out, backend.Leftover{Run: run, Kind: "cgroup", Name: dir, Owned: backend.OwnerAlive(owner)})
	}
	return out, ctx.Err()
}

// runGroups finds the directories of all runs, wherever in the hierarchies
// windtunnel was when it made them.
func runGroups() []string {
	mountinfo, self := read("/proc/self/mountinfo"), read("/proc/self/cgroup")
	seen := map[string]bool{}
	var out []string
	for _, controller := range []string{"cpu", "memory"} {
		h, ok := findHierarchy(controller, mountinfo, self)
		if !ok || seen[h.root] {
			continue
		}
		seen[h.root] = true
		_ = filepath.WalkDir(h.root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return nil
			}
			if filepath.Base(filepath.Dir(path)) == topName && strings.Contains(entry.Name(), "@") {
				out = append(out, path)
				return fs.SkipDir
			}
			return nil
		})
	}
	return out
}
