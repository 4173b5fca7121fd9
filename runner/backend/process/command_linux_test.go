package process

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/topologies"
)

func container(n *topologies.Node) *topologies.Container { return n.Spec.(*topologies.Container) }

func TestCommandIsReadyByItsHealth(t *testing.T) {
	n := command("mine", "serve")
	container(n).Health = "/third-time"
	d, _ := deploy(t, "node", n)
	in := start(t, d, "mine", 1)
	if in.Control != "" || !in.Phases.Listening.Before(in.Phases.Ready) || in.Phases.Created.IsZero() {
		t.Errorf("got %+v", in)
	}
	if text, err := get(t.Context(), in.Address, "/"); text != "hello" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestCommandThatNeverBecomesReady(t *testing.T) {
	for _, c := range []struct{ role, health, want string }{
		{"deaf", "", "connect: connection refused"},
		{"serve", "/ill", "GET /ill was answered 500"},
	} {
		n := command("mine", c.role)
		container(n).Health, container(n).StartTimeout = c.health, 500*time.Millisecond
		d, _ := deploy(t, "node", n)
		_, err := d.Start(t.Context(), "mine", 1)
		var e *runner.EnvironmentError
		if !errors.As(err, &e) || !strings.Contains(e.Err.Error(), "it was not ready within 500ms; last seen: ") || !strings.Contains(e.Err.Error(), c.want) {
			t.Errorf("%s: got %v", c.role, err)
		}
	}
}

func TestCommandThatFailsShowsItsLog(t *testing.T) {
	d, recorder := deploy(t, "node", command("mine", "exit"))
	_, err := d.Start(t.Context(), "mine", 1)
	var e *runner.EnvironmentError
	if !errors.As(err, &e) || !slices.Contains(e.Log, "the configuration is missing") ||
		e.Log[len(e.Log)-1] != "[windtunnel: ended: exit status 3]" {
		t.Errorf("got %v", err)
	}
	if log := read(recorder.LogFile("mine-1")); !strings.Contains(log, "the configuration is missing\n") {
		t.Errorf("log %q", log)
	}
}

// A program may have ended and been reaped before its start is done with it.
func TestCommandThatEndsAtOnce(t *testing.T) {
	mine := command("mine", "")
	container(mine).Command = []string{"sh", "-c", "echo the last words; exit 3"}
	d, _ := deploy(t, "node", mine)
	for n := range 20 {
		_, err := d.Start(t.Context(), "mine", n+1)
		var e *runner.EnvironmentError
		if !errors.As(err, &e) || !slices.Equal(e.Log, []string{"the last words", "[windtunnel: ended: exit status 3]"}) {
			t.Errorf("got %v", err)
		}
	}
}

func TestCommandSeesItsEnvironment(t *testing.T) {
	t.Setenv("FROM_OUTSIDE", "passed on")
	t.Setenv("WINDTUNNEL_RUN", "an outer run")
	n := command("mine", "serve")
	container(n).Env = map[string]string{"COLOUR": "blue", "PORT": "ignored"}
	container(n).Needs = []string{"order-book", "bank"}
	d, _ := deploy(t, "node", n, service("order-book"),
		&topologies.Node{Name: "bank", Kind: "external", Spec: &topologies.External{URL: "https://bank.example"}})
	if _, err := d.Start(t.Context(), "mine", 1); err == nil || !strings.Contains(err.Error(), "mine needs order-book: order-book is not up") {
		t.Errorf("before what it needs: %v", err)
	}
	book := start(t, d, "order-book", 1)
	in := start(t, d, "mine", 1)
	_, port, _ := net.SplitHostPort(in.Address)
	for name, want := range map[string]string{
		"FROM_OUTSIDE": "passed on", "COLOUR": "blue", "PORT": port, "WINDTUNNEL_RUN": d.plan.Run,
		"WINDTUNNEL_ORDER_BOOK_URL": "http://" + book.Address, "WINDTUNNEL_BANK_URL": "https://bank.example",
	} {
		if got, err := get(t.Context(), in.Address, "/env?"+name); got != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestPortThatWasTakenIsReplaced(t *testing.T) {
	d, recorder := deploy(t, "node", command("mine", "second-port", filepath.Join(t.TempDir(), "mark")))
	start(t, d, "mine", 1)
	if log := read(recorder.LogFile("mine-1")); strings.Count(log, "GOMAXPROCS") != 2 {
		t.Errorf("log %q", log)
	}
}

func TestPortThatIsAlwaysTaken(t *testing.T) {
	d, recorder := deploy(t, "node", command("mine", "never-port"))
	_, err := d.Start(t.Context(), "mine", 1)
	if !errors.Is(err, errPortTaken) || !strings.Contains(err.Error(), "EADDRINUSE") {
		t.Errorf("got %v", err)
	}
	if log := read(recorder.LogFile("mine-1")); strings.Count(log, "EADDRINUSE") != bindAttempts {
		t.Errorf("log %q", log)
	}
}

func TestTaken(t *testing.T) {
	l := stubListen("127.0.0.1:0")
	port := l.Addr().(*net.TCPAddr).Port
	if !taken(port) {
		t.Error("a port with a listener is free")
	}
	_ = l.Close()
	if taken(port) {
		t.Error("a port without a listener is taken")
	}
}

// family starts a command with a child in its group and one outside, and returns all three.
func family(t *testing.T, d *Deployment) (in *runner.Instance, all []int) {
	t.Helper()
	in = start(t, d, "mine", 1)
	until(t, "the family is complete", func() bool {
		all = nil
		for _, pid := range pids() {
			if marked(marksOf(pid), []string{"WINDTUNNEL_RUN=" + d.plan.Run, "WINDTUNNEL_INSTANCE=mine-1"}) {
				all = append(all, pid)
			}
		}
		return len(all) == 3
	})
	return in, all
}

func TestGrandchildrenAreRemoved(t *testing.T) {
	for name, end := range map[string]func(*Deployment) error{
		"stop":  func(d *Deployment) error { return d.Stop(t.Context(), "mine-1") },
		"close": func(d *Deployment) error { return d.Close(t.Context()) },
		"sweep": func(d *Deployment) error { _, err := Sweep(t.Context(), d.plan.Run); return err },
	} {
		d, _ := deploy(t, "node", command("mine", "family"))
		in, all := family(t, d)
		if err := end(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		until(t, name+" ends them", func() bool { return exited(in) && len(remains(d.plan.Run)) == 0 })
		for _, pid := range all {
			until(t, strconv.Itoa(pid)+" ends", func() bool { s := state(pid); return s == "" || s == "Z" })
		}
	}
}

func TestCommandThatDiesTakesItsGroupAlong(t *testing.T) {
	d, _ := deploy(t, "node", command("mine", "family"))
	in, all := family(t, d)
	leader := d.pidOf("mine-1")
	if p, err := os.FindProcess(leader); err != nil || p.Kill() != nil {
		t.Fatal("cannot kill")
	}
	<-in.Exited
	for _, pid := range all {
		if s, ok := statOf(pid); ok && s.group == leader {
			until(t, "the group ends", func() bool { s := state(pid); return s == "" || s == "Z" })
		}
	}
	until(t, "the log tells it", func() bool { return lastLine(in) == "[windtunnel: ended: signal: killed]" })
}

func TestUsage(t *testing.T) {
	d, _ := deploy(t, "node", service("a"), command("mine", "spin"))
	start(t, d, "a", 1)
	start(t, d, "mine", 1)
	until(t, "CPU time is seen", func() bool {
		used, err := d.Usage(t.Context())
		if err != nil || len(used) != 2 || used[0].Instance != "a-1" || used[1].Instance != "mine-1" {
			t.Fatalf("%+v, %v", used, err)
		}
		return used[0].Memory > 1<<20 && used[1].Memory > 1<<20 && used[1].CPU > 50*time.Millisecond
	})
	if err := d.Stop(t.Context(), "mine-1"); err != nil {
		t.Error(err)
	}
	if used, err := d.Usage(context.Background()); err != nil || len(used) != 1 {
		t.Errorf("after Stop: %+v, %v", used, err)
	}
}
