package process

import (
	"path/filepath"
	"slices"
	"strings"
)

// hierarchy is where a controller ("cpu", "memory") is driven from.
//
//	v1   /sys/fs/cgroup/memory            one mount for each controller
//	v2   /sys/fs/cgroup                   one mount for all
//	     root      │own cgroup of windtunnel
type hierarchy struct {
	v2   bool
	root string // the mount point: the topmost directory that is seen from here
	own  string // the directory of the control group that windtunnel is in
}

// findHierarchy reads the two files that tell it: mountinfo and cgroup of
// /proc/self (proc(5), cgroups(7)). It is false where the controller is not mounted.
func findHierarchy(controller, mountinfo, self string) (hierarchy, bool) {
	path, v1 := ownPath(controller, self)
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		head, tail := strings.Fields(before), strings.Fields(after)
		if !ok || len(head) < 5 || len(tail) < 3 {
			continue
		}
		is := tail[0] == "cgroup2"
		if v1 {
			is = tail[0] == "cgroup" && slices.Contains(strings.Split(tail[2], ","), controller)
		}
		if is {
			mountRoot, mountPoint := head[3], head[4]
			return hierarchy{v2: !v1, root: mountPoint, own: filepath.Join(mountPoint, below(mountRoot, path))}, true
		}
	}
	return hierarchy{}, false
}

// ownPath returns the path of windtunnel's own group, and whether a v1 hierarchy has the controller.
func ownPath(controller, self string) (path string, v1 bool) {
	for line := range strings.Lines(self) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		if fields[1] == "" {
			path = fields[2]
		}
		if slices.Contains(strings.Split(fields[1], ","), controller) {
			return fields[2], true
		}
	}
	return path, false
}

// below returns path as seen under a mount of root. In a container the path may
// name what is not mounted; the mount's root is then the nearest there is.
func below(root, path string) string {
	if root == "/" {
		if strings.HasPrefix(path, "/..") {
			return "/"
		}
		return path
	}
	if rest, ok := strings.CutPrefix(path, root); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return "/"
}
