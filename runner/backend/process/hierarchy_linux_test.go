package process

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFindHierarchy(t *testing.T) {
	const (
		v1Mounts = `23 1 0:5 / / rw - ext4 /dev/a rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
		v1Self   = "4:memory:/user/s1\n1:cpu,cpuacct:/\n0::/user.slice\n"
		v2Mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
		docker   = `50 49 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
51 49 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
`
	)
	for _, c := range []struct {
		name, controller, mounts, self string
		want                           hierarchy
		ok                             bool
	}{
		{"v1 at the root", "cpu", v1Mounts, v1Self, hierarchy{false, "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"}, true},
		{"v1 below", "memory", v1Mounts, v1Self, hierarchy{false, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/user/s1"}, true},
		{"hybrid: in v2", "io", v1Mounts, v1Self, hierarchy{true, "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/user.slice"}, true},
		{"v2", "cpu", v2Mounts, "0::/user.slice/a.scope\n", hierarchy{true, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/a.scope"}, true},
		{"v2 in its own namespace", "cpu", v2Mounts, "0::/\n", hierarchy{true, "/sys/fs/cgroup", "/sys/fs/cgroup"}, true},
		{"v2 outside the namespace", "cpu", v2Mounts, "0::/../other\n", hierarchy{true, "/sys/fs/cgroup", "/sys/fs/cgroup"}, true},
		{"v1 in a container", "cpu", docker, "1:cpu:/docker/abc\n", hierarchy{false, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu"}, true},
		{"v1 below a container", "memory", docker, "2:memory:/docker/abc/x\n", hierarchy{false, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/x"}, true},
		{"v1 with another's mount", "cpu", docker, "1:cpu:/docker/abcdef\n", hierarchy{false, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu"}, true},
		{"not mounted", "cpu", "23 1 0:5 / / rw - ext4 /dev/a rw\nbroken line\n", v1Self, hierarchy{}, false},
		{"nothing", "cpu", "", "", hierarchy{}, false},
	} {
		if got, ok := findHierarchy(c.controller, c.mounts, c.self); got != c.want || ok != c.ok {
			t.Errorf("%s: got %+v %v, want %+v", c.name, got, ok, c.want)
		}
	}
}

func TestLimitsThatCannotBeHad(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "not mounted after all")
	v1 := func(name string) string { return "1 1 0:1 / " + missing + " rw - cgroup cgroup rw," + name + "\n" }
	v2root := t.TempDir()
	if err := os.WriteFile(filepath.Join(v2root, "cgroup.controllers"), []byte("io pids\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v2 := "1 1 0:1 / " + v2root + " rw - cgroup2 cgroup2 rw\n"
	for _, c := range []struct{ name, mounts, self, want string }{
		{"none mounted", "", "", "CPU and memory limits are not enforced: there is no control group hierarchy here"},
		{"v2 without controllers", v2, "0::/\n", "CPU and memory limits are not enforced: cgroup v2: cpu is not handed down to " + v2root +
			"; cgroup v2: memory is not handed down to " + v2root},
		{"one of them", v1("cpu"), "1:cpu:/\n", "memory limits are not enforced: there is no control group hierarchy here"},
	} {
		made, lacks := newControllers(c.mounts, c.self, "r1@1:1", []string{"cpu", "memory"})
		if lacks != c.want {
			t.Errorf("%s: got %q, want %q", c.name, lacks, c.want)
		}
		if strings.HasPrefix(c.want, "CPU") != (made["cpu"] == nil) {
			t.Errorf("%s: made %v", c.name, made)
		}
	}
}

func TestPlainReasons(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EROFS: "cgroup v2 is read-only here", syscall.EACCES: "cgroup v2 may not be changed by this user",
		fs.ErrPermission: "cgroup v2 may not be changed by this user", errors.New("odd"): "cgroup v2: odd",
		syscall.EBUSY: "cgroup v2 takes no groups beside the processes in windtunnel's own",
	} {
		if got := plain("cgroup v2", err).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestParseStat(t *testing.T) {
	const line = "42 (a ) strange) name) S 1 40 40 0 -1 4194560 99 0 0 0 3 4 5 6 20 0 1 0 777 1000 25 18446744073709551615\n"
	s, ok := parseStat(line)
	if !ok || s.group != 40 || s.cpu != 18*tick || int(s.memory) != 25*os.Getpagesize() {
		t.Errorf("got %+v %v", s, ok)
	}
	for _, bad := range []string{"", "42", "42 (x) S 1", strings.Replace(line, " 40 40", " x y", 1)} {
		if s, ok := parseStat(bad); ok {
			t.Errorf("%q gave %+v", bad, s)
		}
	}
	if s, ok := statOf(os.Getpid()); !ok || s.memory == 0 {
		t.Errorf("this process: %+v %v", s, ok)
	}
	if _, ok := statOf(1 << 30); ok {
		t.Error("a process that is not there")
	}
}

func TestEnviron(t *testing.T) {
	e := environ("A=1\x00B=\x00AB=2\x00C=x=y\x00")
	for name, want := range map[string]string{"A": "1", "B": "", "AB": "2", "C": "x=y", "D": "", "": ""} {
		if got := e.get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if !marked(e, []string{"A=1", "C=x=y"}) || marked(e, []string{"A=1", "C=x"}) || marked(environ(nil), []string{"A=1"}) {
		t.Error("marks")
	}
}
