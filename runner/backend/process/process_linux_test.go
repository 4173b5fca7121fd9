package process

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// logs is a recorder that keeps the logs of instances.
type logs struct {
	record.Recorder
	dir string
}

func (l logs) LogFile(instance string) string { return filepath.Join(l.dir, instance+".log") }

func newPlan(nodes ...*topologies.Node) *runner.Plan {
	return &runner.Plan{Run: strings.ToLower(rand.Text()[:10]), Scenario: &scenarios.Scenario{},
		Graph: &topologies.Graph{Topology: &topologies.Topology{Nodes: nodes}}}
}

func service(name string) *topologies.Node {
	return &topologies.Node{Name: name, Kind: "service", Spec: &topologies.Service{}}
}

// command is a node that runs a stub of the test binary.
func command(name, role string, args ...string) *topologies.Node {
	return &topologies.Node{Name: name, Kind: "container", Spec: &topologies.Container{
		Command: append([]string{os.Args[0], "stub:" + role}, args...), StartTimeout: 20 * time.Second}}
}

// deploy deploys nodes with a stub node program; at the test's end it closes the
// deployment and sees that nothing is left.
func deploy(t *testing.T, stub string, nodes ...*topologies.Node) (*Deployment, logs) {
	t.Helper()
	p, recorder := newPlan(nodes...), logs{dir: t.TempDir()}
	made, err := Backend{Program: program(t, stub)}.Deploy(t.Context(), p, recorder)
	if err != nil {
		t.Fatal(err)
	}
	d := made.(*Deployment)
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if left := remains(p.Run); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
	return d, recorder
}

// remains names what there is of a run.
func remains(run string) []string {
	all, _ := Leftovers(context.Background())
	var out []string
	for _, l := range all {
		if l.Run == run {
			out = append(out, l.Kind+" "+l.Name)
		}
	}
	return out
}

func start(t *testing.T, d *Deployment, node string, ordinal int) *runner.Instance {
	t.Helper()
	in, err := d.Start(t.Context(), node, ordinal)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (d *Deployment) pidOf(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.instances[name].pid()
}

func exited(in *runner.Instance) bool {
	select {
	case <-in.Exited:
		return true
	default:
		return false
	}
}

func TestStartAndStopNode(t *testing.T) {
	d, recorder := deploy(t, "node", service("payments"))
	before := time.Now()
	in := start(t, d, "payments", 7)
	if in.Name != "payments-7" || in.ID != 7 || in.Node != "payments" || in.Control == "" || exited(in) {
		t.Errorf("got %+v", in)
	}
	previous := before
	for _, at := range []time.Time{in.Phases.Scheduled, in.Phases.Created, in.Phases.Started, in.Phases.Listening} {
		if at.Before(previous) {
			t.Errorf("phases are out of order: %+v", in.Phases)
		}
		previous = at
	}
	if text, err := get(t.Context(), in.Address, "/"); text != "hello" {
		t.Errorf("%q, %v", text, err)
	}
	pid := d.pidOf("payments-7")
	e := environOf(pid)
	if e.get(backend.EnvRun) != d.plan.Run || e.get(backend.EnvInstance) != "payments-7" || e.get(backend.EnvOwner) != backend.Owner() {
		t.Errorf("environment %q", e)
	}
	if e.get("GOMAXPROCS") != "" || e.get("USER") != "" {
		t.Errorf("the node sees windtunnel's own environment: %q", e)
	}
	if s, _ := statOf(pid); s.group != pid {
		t.Errorf("its process group is %d, not its own %d", s.group, pid)
	}
	until(t, "the rest of its output is logged", func() bool { return len(in.Log(9)) == 2 })
	for range 2 {
		if err := d.Stop(t.Context(), "payments-7"); err != nil {
			t.Error(err)
		}
	}
	if !exited(in) || state(pid) != "" {
		t.Errorf("after Stop: exited %v, state %q", exited(in), state(pid))
	}
	if text := read(recorder.LogFile("payments-7")); text != "node: about to announce\nnode: announced\n" &&
		text != "node: announced\nnode: about to announce\n" { // two pipes: their order is not kept
		t.Errorf("log %q", text)
	}
	start(t, d, "payments", 7) // the name is free again
}

func TestNodeThatDoesNotComeUp(t *testing.T) {
	for stub, want := range map[string]struct{ err, log string }{
		"failing": {"it ended before it was ready", "node: first line\nnode: no such luck\n[windtunnel: ended: exit status 3]"},
		"garbled": {"read its announcement: invalid character 'l'", "listening, I think"},
	} {
		t.Run(stub, func(t *testing.T) {
			d, _ := deploy(t, stub, service("payments"))
			_, err := d.Start(t.Context(), "payments", 1)
			var e *runner.EnvironmentError
			if !errors.As(err, &e) || e.Doing != "start payments-1" || !strings.Contains(e.Err.Error(), want.err) ||
				strings.Join(e.Log, "\n") != want.log {
				t.Errorf("got %T %v", err, err)
			}
			if left := remains(d.plan.Run); len(left) > 0 {
				t.Errorf("left before Close: %q", left)
			}
		})
	}
}

func TestNodeThatIgnoresEverything(t *testing.T) {
	d, _ := deploy(t, "stubborn", service("payments"))
	in := start(t, d, "payments", 1)
	if err := d.Stop(t.Context(), in.Name); err != nil || !exited(in) {
		t.Errorf("%v, exited %v", err, exited(in))
	}
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	for _, n := range []*topologies.Node{service("payments"), command("mine", "deaf")} {
		d, _ := deploy(t, "silent", n)
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := d.Start(ctx, n.Name, 1)
			failed <- err
		}()
		until(t, "it runs", func() bool { return len(remains(d.plan.Run)) > 0 })
		cancel()
		err := <-failed
		var environment *runner.EnvironmentError
		if !errors.Is(err, context.Canceled) || errors.As(err, &environment) {
			t.Errorf("got %T %v", err, err)
		}
		if left := remains(d.plan.Run); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
		deadline, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err = d.Start(deadline, n.Name, 1)
		stop()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &environment) {
			t.Errorf("got %T %v", err, err)
		}
	}
}

func TestCloseEndsStartsUnderWay(t *testing.T) {
	d, _ := deploy(t, "silent", service("payments"))
	failed := make(chan error)
	go func() {
		_, err := d.Start(t.Context(), "payments", 1)
		failed <- err
	}()
	until(t, "it runs", func() bool { return len(remains(d.plan.Run)) > 0 })
	for range 2 {
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := <-failed; err == nil {
		t.Error("the start succeeded")
	}
	if _, err := d.Start(t.Context(), "payments", 2); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}

func TestManyStartsAtOnce(t *testing.T) {
	d, _ := deploy(t, "node", service("a"), command("b", "serve"))
	var starts sync.WaitGroup
	var mu sync.Mutex
	addresses := map[string]bool{}
	for i := range 20 {
		starts.Go(func() {
			in, err := d.Start(t.Context(), []string{"a", "b"}[i%2], i)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			addresses[in.Address] = true
		})
	}
	starts.Wait()
	if len(addresses) != 20 {
		t.Errorf("%d addresses", len(addresses))
	}
}

func TestStartOfWhatCannotBe(t *testing.T) {
	missing := command("missing", "serve")
	missing.Spec.(*topologies.Container).Command = []string{"/no/such/program"}
	d, _ := deploy(t, "node", service("a"), missing, &topologies.Node{Name: "away", Kind: "external", Spec: &topologies.External{}})
	start(t, d, "a", 1)
	for node, want := range map[string]string{
		"a": "start a-1: it is there already", "b": "there is no such node",
		"away": "away is external and has no instances", "missing": `start missing-1: exec: "/no/such/program": stat`,
	} {
		if _, err := d.Start(t.Context(), node, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", node, err, want)
		}
	}
	if err := d.Stop(t.Context(), "never-was-1"); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	at := func(line int) decode.Pos { return decode.Pos{File: "t.yaml", Line: line, Column: 1} }
	p := newPlan(service("a"),
		&topologies.Node{Name: "shop", Kind: "container", Spec: &topologies.Container{Image: "shop:1"}, Pos: at(4)},
		&topologies.Node{Name: "tool", Kind: "container", Spec: &topologies.Container{Command: []string{"tool"}}, Pos: at(5)},
		&topologies.Node{Name: "away", Kind: "external", Spec: &topologies.External{}, Pos: at(6)})
	want := `t.yaml:4:1: process backend cannot run image "shop:1" of shop: give command: alone, or run it --on docker`
	if got := (Backend{}).Check(p).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := (Backend{}).Check(newPlan(service("a"))); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func lastLine(in *runner.Instance) string { return strings.Join(in.Log(1), "") }
