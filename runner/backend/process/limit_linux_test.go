package process

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies"
	"windtunnel/topologies/unit"
)

// limited gives a node limits; the test is skipped where they cannot be had.
func limited(t *testing.T, n *topologies.Node, cpu unit.CPU, memory unit.Bytes) *topologies.Node {
	t.Helper()
	n.CPU, n.Memory = cpu, memory
	g := newGround("probe", []*topologies.Node{n})
	if err := g.remove(t.Context()); err != nil {
		t.Error(err)
	}
	if g.lacks != "" {
		t.Skip(g.lacks)
	}
	return n
}

func TestCPULimit(t *testing.T) {
	d, _ := deploy(t, "node", limited(t, command("mine", "spin"), 0.2, 0))
	if d.Limits() != "" {
		t.Error(d.Limits())
	}
	start(t, d, "mine", 1)
	used := func() time.Duration {
		u, err := d.Usage(t.Context())
		if err != nil || len(u) != 1 {
			t.Fatalf("%+v, %v", u, err)
		}
		return u[0].CPU
	}
	began, before := time.Now(), used()
	until(t, "a second is over", func() bool { return time.Since(began) > time.Second })
	took, spent := time.Since(began), used()-before
	share := float64(spent) / float64(took)
	if share > 0.3 || share < 0.05 { // it spins on all cores; below 0.2 only where the machine is busy
		t.Errorf("it used %.2f of a core, limited to 0.2", share)
	}
}

func TestMemoryLimit(t *testing.T) {
	d, _ := deploy(t, "node", limited(t, command("mine", "serve"), 0, 64<<20))
	in := start(t, d, "mine", 1)
	if _, err := get(t.Context(), in.Address, "/eat"); err == nil {
		t.Error("it ate all it wanted")
	}
	<-in.Exited
	until(t, "the log tells it", func() bool {
		return lastLine(in) == "[windtunnel: the kernel killed it: it wanted more than its 64Mi of memory]"
	})
}

func TestLimitsHoldBeforeTheProgramBegins(t *testing.T) {
	d, _ := deploy(t, "node", limited(t, command("mine", "serve"), 0.5, 128<<20), command("free", "serve"))
	group := topName + "/" + d.plan.Run + "@"
	for range 3 { // an unlimited one after a limited one must not end up in its group
		if err := d.Stop(t.Context(), "mine-1"); err != nil {
			t.Fatal(err)
		}
		if err := d.Stop(t.Context(), "free-1"); err != nil {
			t.Fatal(err)
		}
		mine, free := start(t, d, "mine", 1), start(t, d, "free", 1)
		for _, c := range []string{"cpu", "memory"} {
			path, _ := ownPath(c, strings.Join(mine.Log(100), "\n"))
			if !strings.Contains(path, group) || !strings.HasSuffix(path, "/mine-1") {
				t.Errorf("it began in the %s group %q", c, path)
			}
		}
		if log := strings.Join(free.Log(100), "\n"); strings.Contains(log, group) {
			t.Errorf("the unlimited one began in a group: %s", log)
		}
	}
	if own := read("/proc/self/cgroup"); strings.Contains(own, group) {
		t.Errorf("this process is in %s", own)
	}
}

func TestGroupsOfTwoRunsDoNotMeet(t *testing.T) {
	n := limited(t, service("a"), 0.5, 64<<20)
	one, _ := deploy(t, "node", n)
	two, _ := deploy(t, "node", n)
	start(t, one, "a", 1)
	in := start(t, two, "a", 1)
	if err := one.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exited(in) {
		t.Error("closing one run ended the other")
	}
	start(t, two, "a", 2)
}

// A group made by a user's program inside its own, with a process in it, goes as well.
func TestNestedGroupIsRemoved(t *testing.T) {
	d, _ := deploy(t, "node", limited(t, service("a"), 0.5, 0))
	start(t, d, "a", 1)
	nested := filepath.Join(d.ground.cpu.base, "a-1", "nested")
	if err := os.Mkdir(nested, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(t.Context(), "a-1"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(nested); err == nil {
		t.Error("it is there")
	}
}

// cgroup v2 on a real kernel: this machine may have it with few controllers, so
// any that the root has serves to see whether the tree grows as it must.
func TestGrowV2(t *testing.T) {
	h, ok := findHierarchy("no v1 hierarchy has this", read("/proc/self/mountinfo"), read("/proc/self/cgroup"))
	if !ok || len(strings.Fields(read(filepath.Join(h.root, "cgroup.controllers")))) == 0 {
		t.Skip("no cgroup v2 with a controller")
	}
	name := strings.Fields(read(filepath.Join(h.root, "cgroup.controllers")))[0]
	base, err := h.growV2([]string{name}, "probe@0:0")
	if err != nil {
		t.Skip(err)
	}
	if !slices.Contains(strings.Fields(read(filepath.Join(base, "cgroup.subtree_control"))), name) {
		t.Errorf("%s does not hand %s down", base, name)
	}
	g := &group{}
	if err := g.join(&controller{h, base}, "a-1", nil); err != nil {
		t.Fatal(err)
	}
	s := newSpawner()
	defer s.close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.start(g, "/proc/self/exe", []string{"x", "stub:exit"}, &os.ProcAttr{Files: []*os.File{nil, w, w}})
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	text := make([]byte, 4096)
	n, _ := r.Read(text)
	_ = r.Close()
	_, _ = p.Wait()
	if path, _ := ownPath("no v1 hierarchy has this", string(text[:n])); !strings.HasSuffix(path, "/probe@0:0/a-1") {
		t.Errorf("it began in %q", text[:n])
	}

	// With a process inside, a group cannot hand anything down: the next above does.
	if p, err = s.start(g, "/proc/self/exe", []string{"x", "stub:sleep"}, &os.ProcAttr{}); err != nil {
		t.Fatal(err)
	}
	inner := hierarchy{v2: true, root: h.root, own: filepath.Join(base, "a-1")}
	grown, err := inner.growV2([]string{name}, "inner@0:0")
	if want := filepath.Join(base, topName, "inner@0:0"); err != nil || grown != want {
		t.Errorf("grown at %s, %v; want %s", grown, err, want)
	}
	_ = removeRun(t.Context(), grown)
	_ = p.Kill()
	_, _ = p.Wait()
	if err := removeRun(context.WithoutCancel(t.Context()), base); err != nil {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	v1, v2 := &controller{}, &controller{hierarchy: hierarchy{v2: true}}
	show := func(list []setting) string {
		var out []string
		for _, s := range list {
			out = append(out, s.file+"="+s.value)
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct{ got, want string }{
		{show(cpuSettings(nil, 1)), ""},
		{show(cpuSettings(v1, 0)), ""},
		{show(cpuSettings(v1, 0.5)), "cpu.cfs_period_us=100000, cpu.cfs_quota_us=50000"},
		{show(cpuSettings(v1, 0.005)), "cpu.cfs_period_us=1000000, cpu.cfs_quota_us=5000"},
		{show(cpuSettings(v2, 2)), "cpu.max=200000 100000"},
		{show(memorySettings(nil, 1)), ""},
		{show(memorySettings(v1, 0)), ""},
		{show(memorySettings(v1, 1024)), "memory.limit_in_bytes=1024, memory.memsw.limit_in_bytes=1024"},
		{show(memorySettings(v2, 1024)), "memory.max=1024, memory.swap.max=0"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
