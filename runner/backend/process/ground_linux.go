package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"windtunnel/runner/backend"
	"windtunnel/topologies"
)

// topName is the directory, in windtunnel's own control group or the nearest
// above that will have it, under which the groups of all runs lie:
//
//	windtunnel/<run>@<owner>/<instance>
const topName = "windtunnel"

// ground is the part of the control groups that belongs to one run.
type ground struct {
	cpu, memory *controller // nil: not asked for, or not to be had
	lacks       string      // what is asked for and not to be had, and why
}

// controller is a hierarchy with the run's directory in it.
type controller struct {
	hierarchy
	base string
}

// newGround prepares the control groups for the limits that the nodes ask for.
// It never fails: what cannot be limited is told by lacks.
func newGround(run string, nodes []*topologies.Node) *ground {
	g := &ground{}
	var asked []string
	if slices.ContainsFunc(nodes, func(n *topologies.Node) bool { return n.CPU > 0 }) {
		asked = append(asked, "cpu")
	}
	if slices.ContainsFunc(nodes, func(n *topologies.Node) bool { return n.Memory > 0 }) {
		asked = append(asked, "memory")
	}
	if len(asked) > 0 {
		made, lacks := newControllers(read("/proc/self/mountinfo"), read("/proc/self/cgroup"), run+"@"+backend.Owner(), asked)
		g.cpu, g.memory, g.lacks = made["cpu"], made["memory"], lacks
	}
	return g
}

// newControllers makes the run's directory for each controller that is asked
// for, and says in plain words which are not to be had.
func newControllers(mountinfo, self, run string, asked []string) (map[string]*controller, string) {
	made, why := map[string]*controller{}, map[string]error{}
	var unified []string
	var h hierarchy
	for _, name := range asked {
		found, ok := findHierarchy(name, mountinfo, self)
		switch {
		case !ok:
			why[name] = errors.New("there is no control group hierarchy here")
		case found.v2:
			h, unified = found, append(unified, name)
		default:
			made[name], why[name] = newV1(found, run)
		}
	}
	// In v2 a process is in one group only, so one directory must have them all;
	// where none can, it is better to limit one than nothing.
	for _, names := range [][]string{unified, unified[:min(1, len(unified))], unified[min(1, len(unified)):]} {
		if len(names) == 0 {
			continue
		}
		base, err := h.growV2(names, run)
		for _, name := range names {
			why[name] = err
			if err == nil {
				made[name] = &controller{h, base}
			}
		}
		if err == nil {
			break
		}
	}
	return made, lacking(asked, why)
}

func lacking(asked []string, why map[string]error) string {
	says := map[string]string{"cpu": "CPU", "memory": "memory"}
	var names, reasons []string
	for _, name := range asked {
		if why[name] != nil {
			names, reasons = append(names, says[name]), append(reasons, why[name].Error())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, " and ") + " limits are not enforced: " + strings.Join(slices.Compact(reasons), "; ")
}

func newV1(h hierarchy, run string) (*controller, error) {
	base := filepath.Join(h.own, topName, run)
	if err := mkdirs(base); err != nil {
		return nil, plain("cgroup v1", err)
	}
	return &controller{h, base}, nil
}

// growV2 makes the run's directory below the nearest group that can hand the
// controllers down. windtunnel's own group mostly cannot, since v2 allows
// processes only where nothing is handed down, the root excepted.
func (h hierarchy) growV2(names []string, run string) (string, error) {
	var first error
	for at := h.own; ; at = filepath.Dir(at) {
		base := filepath.Join(at, topName, run)
		err := tryV2(base, names)
		if err == nil {
			return base, nil
		}
		_ = os.Remove(base)
		_ = os.Remove(filepath.Dir(base))
		if first == nil {
			first = plain("cgroup v2", err)
		}
		if len(at) <= len(h.root) {
			return "", first
		}
	}
}

func tryV2(base string, names []string) error {
	top := filepath.Dir(base)
	if err := handDown(filepath.Dir(top), names); err != nil {
		return err
	}
	if err := mkdirs(base); err != nil {
		return err
	}
	if err := handDown(top, names); err != nil {
		return err
	}
	return handDown(base, names)
}

// handDown lets the children of a v2 group use controllers.
func handDown(dir string, names []string) error {
	has, file := strings.Fields(read(filepath.Join(dir, "cgroup.controllers"))), filepath.Join(dir, "cgroup.subtree_control")
	for _, name := range names {
		switch {
		case !slices.Contains(has, name):
			return fmt.Errorf("%s is not handed down to %s", name, dir)
		case slices.Contains(strings.Fields(read(file)), name):
		default:
			if err := os.WriteFile(file, []byte("+"+name), 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// mkdirs makes the run's directory and the one above. Another run that ends may
// remove the upper one in between.
func mkdirs(base string) error {
	var err error
	for range 10 {
		if err = os.MkdirAll(base, 0o755); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// plain says why a control group cannot be made.
func plain(version string, err error) error {
	switch {
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("%s is read-only here", version)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be changed by this user", version)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%s takes no groups beside the processes in windtunnel's own", version)
	}
	return fmt.Errorf("%s: %w", version, err)
}

// remove removes the run's directories, and the one above where no other run has any.
func (g *ground) remove(ctx context.Context) error {
	var first error
	for _, c := range []*controller{g.cpu, g.memory} {
		if c == nil {
			continue
		}
		if err := removeRun(ctx, c.base); first == nil {
			first = err
		}
	}
	return first
}

// removeRun removes a run's directory with every instance's in it, and the one
// above where no other run has any.
func removeRun(ctx context.Context, base string) error {
	if err := removeGroup(ctx, base); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(base)) // fails where another run is
	return nil
}
