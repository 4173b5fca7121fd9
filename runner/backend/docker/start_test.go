package docker

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/unit"
)

func TestUpAndDown(t *testing.T) {
	limited := service("checkout")
	limited.CPU, limited.Memory = 0.5, 64<<20
	b := deploy(t, Backend{}, limited, service("payments"))
	nodes := []string{"checkout", "payments"}
	instances := make([]*runner.Instance, len(nodes))
	var group sync.WaitGroup
	for n, node := range nodes {
		group.Go(func() {
			i, err := b.Start(t.Context(), node, n+1)
			if err != nil {
				t.Error(err)
				return
			}
			instances[n] = i
		})
	}
	if group.Wait(); t.Failed() {
		t.FailNow()
	}
	checkout, payments := instances[0], instances[1]
	t.Run("serves", func(t *testing.T) {
		if checkout.Name != "checkout-1" || checkout.Node != "checkout" || payments.ID != 2 {
			t.Errorf("got %s of %s, and id %d", checkout.Name, checkout.Node, payments.ID)
		}
		mustAsk(t, checkout.Address, "/")
		mustAsk(t, checkout.Address, "/get", "url", "http://"+payments.Inside)
		conn, err := net.DialTimeout("tcp", checkout.Control, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "hello\n" {
			t.Errorf("the control address says %q, %v", line, err)
		}
	})
	t.Run("phases", func(t *testing.T) {
		p := checkout.Phases
		phases := []time.Time{p.Scheduled, p.Created, p.Started, p.Listening}
		if !slices.IsSortedFunc(phases, time.Time.Compare) || p.Scheduled.IsZero() || !p.Ready.IsZero() {
			t.Errorf("phases are not in order, or say more than is known: %v", p)
		}
	})
	t.Run("secured", func(t *testing.T) { secured(t, b, checkout) })
	t.Run("logged", func(t *testing.T) {
		eventually(t, "the log arrives", func() bool { return len(checkout.Log(5)) > 0 })
		if lines := checkout.Log(5); lines[0] != "serving on 0.0.0.0:8080" {
			t.Errorf("the log holds %q", lines)
		}
		text, err := os.ReadFile(b.logs.LogFile("checkout-1"))
		if err != nil || !strings.Contains(string(text), "serving on") {
			t.Errorf("the log file holds %q, %v", text, err)
		}
	})
	t.Run("stops", func(t *testing.T) {
		for range 2 {
			if err := b.Stop(t.Context(), "checkout-1"); err != nil {
				t.Error(err)
			}
		}
		within(t, "the instance has ended", checkout.Exited)
	})
	t.Run("closes", func(t *testing.T) {
		over, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{over, t.Context()} {
			if err := b.Close(ctx); err != nil {
				t.Error(err)
			}
		}
		within(t, "the instance has ended", payments.Exited)
		if _, err := b.Start(t.Context(), "payments", 3); !errors.Is(err, errClosed) {
			t.Errorf("a start after Close: %v", err)
		}
	})
}

// secured holds what a container of the node program may and may not.
func secured(t *testing.T, b *bed, i *runner.Instance) {
	found := b.inspect(i.Name)
	host := found.HostConfig
	if host.NanoCPUs != 5e8 || host.Memory != 64<<20 || host.MemorySwap != host.Memory || *host.PidsLimit != maxPIDs {
		t.Errorf("limits: %d nano CPUs, %d memory, %d with swap", host.NanoCPUs, host.Memory, host.MemorySwap)
	}
	if !host.ReadonlyRootfs || !slices.Equal(host.CapDrop, []string{"ALL"}) || host.Privileged ||
		!slices.Contains(host.SecurityOpt, "no-new-privileges") || found.Config.User != "65534:65534" {
		t.Errorf("it may too much: %+v, user %s", host, found.Config.User)
	}
	if len(host.PortBindings) > 0 || len(found.NetworkSettings.Ports) > 0 {
		t.Errorf("it publishes ports: %v", found.NetworkSettings.Ports)
	}
	if who := mustAsk(t, i.Address, "/whoami"); who != "65534 checkout-1 false" {
		t.Errorf("user, host name, and whether the root can be written to: %s", who)
	}
	network, err := b.daemon.api.NetworkInspect(t.Context(), b.network.id, client.NetworkInspectOptions{})
	if err != nil || !network.Network.Internal || len(found.NetworkSettings.Networks) != 1 {
		t.Errorf("the network is not internal, or not the only one: %v", err)
	}
}

func TestLimitsHold(t *testing.T) {
	n := service("small")
	n.CPU, n.Memory = 0.25, 32<<20
	b := deploy(t, Backend{}, n)
	if b.Limits() != "" {
		t.Skip(b.Limits())
	}
	i := b.start("small", 1)
	got, err := time.ParseDuration(mustAsk(t, i.Address, "/burn", "ms", "1000"))
	if err != nil || got > 400*time.Millisecond {
		t.Errorf("a quarter of a core used %v in a second, %v", got, err)
	}
	if _, err := ask(t.Context(), i.Address, "/grab", "mib", "100"); err == nil {
		t.Error("100 MiB were had within 32")
	}
	within(t, "the instance was killed", i.Exited)
}

func TestOneThatFailsShowsItsLog(t *testing.T) {
	b := deploy(t, Backend{}, own("broken", topologies.Container{Command: []string{"-exit", "3"}}),
		own("absent", topologies.Container{Command: []string{"-nonsense"}}))
	_, err := b.Start(t.Context(), "broken", 1)
	var failed *runner.EnvironmentError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if len(failed.Log) != logLines || failed.Log[logLines-2] != "line 30" || failed.Log[logLines-1] != "cannot go on" {
		t.Errorf("its last lines are %q", failed.Log)
	}
	if !strings.HasPrefix(err.Error(), "start broken-1: it ended before it was ready: exit code 3\n") {
		t.Errorf("the error is %q", err)
	}
}

func TestOneThatNeverListensTimesOut(t *testing.T) {
	b := deploy(t, Backend{}, own("deaf", topologies.Container{StartTimeout: 500 * time.Millisecond}))
	_, err := b.Start(t.Context(), "deaf", 1)
	var failed *runner.EnvironmentError
	if !errors.As(err, &failed) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

// A start that is cut off, wherever it is, leaves nothing.
func TestCancelledStart(t *testing.T) {
	b := deploy(t, Backend{}, own("deaf", topologies.Container{}))
	var group sync.WaitGroup
	for n, after := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond, 200 * time.Millisecond} {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			_, err := b.Start(ctx, "deaf", n+1)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cut off after %s: %v", after, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	group.Go(func() {
		_, err := b.Start(ctx, "deaf", 9)
		var environment *runner.EnvironmentError
		if !errors.Is(err, context.Canceled) || errors.As(err, &environment) {
			t.Errorf("cancelled: %v", err)
		}
	})
	eventually(t, "the container runs", func() bool {
		found, err := b.daemon.api.ContainerInspect(t.Context(), "windtunnel-"+b.plan.Run+"-deaf-9", client.ContainerInspectOptions{})
		return err == nil && found.Container.State.Running
	})
	cancel()
	group.Wait()
	found, err := list(t.Context(), b.daemon.api, "windtunnel.run="+b.plan.Run)
	if err != nil || len(found) != 1 || found[0].Kind != "network" {
		t.Errorf("beside the network are left: %v, %v", found, err)
	}
}

// Close ends a start that is under way.
func TestCloseDuringStart(t *testing.T) {
	b := deploy(t, Backend{}, own("deaf", topologies.Container{}))
	ended := make(chan error, 1)
	go func() {
		_, err := b.Start(t.Context(), "deaf", 1)
		ended <- err
	}()
	eventually(t, "the container is there", func() bool { return len(b.of(func(*instance) bool { return true })) == 1 })
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("it came up")
	}
}

func TestOwnImage(t *testing.T) {
	front := own("front", topologies.Container{
		Command: []string{"-late", "30ms"}, Port: 9000, Health: "/health",
		Env: map[string]string{"COLOUR": "blue"}, Needs: []string{"back"},
	})
	front.CPU, front.Memory = 1, 128*unit.Bytes(1<<20)
	b := deploy(t, Backend{}, front, service("back"))
	b.start("back", 1)
	i := b.start("front", 1)
	if i.Control != "" || i.Phases.Ready.Before(i.Phases.Listening) {
		t.Errorf("control %q, phases %v", i.Control, i.Phases)
	}
	for name, want := range map[string]string{
		"PORT": "9000", "COLOUR": "blue", "WINDTUNNEL_BACK_URL": "http://back:8080",
	} {
		if got := mustAsk(t, i.Address, "/env", "name", name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := mustAsk(t, i.Address, "/get", "url", "http://back:8080/"); got != "200" {
		t.Errorf("what it needs answers %s", got)
	}
	if who := mustAsk(t, i.Address, "/whoami"); who != "0 front-1 true" {
		t.Errorf("it did not keep its user and file system: %s", who)
	}
	network, err := b.daemon.api.NetworkInspect(t.Context(), b.network.id, client.NetworkInspectOptions{})
	if err != nil || network.Network.Internal {
		t.Errorf("it has no way out, %v", err)
	}
	// Its image exposes the port; nobody asked to publish it.
	for port, bindings := range b.inspect("front-1").NetworkSettings.Ports {
		if len(bindings) > 0 {
			t.Errorf("port %s is published: %v", port, bindings)
		}
	}
	mustAsk(t, i.Address, "/burn", "ms", "50")
	usage, err := b.Usage(t.Context())
	if err != nil || len(usage) != 1 || usage[0].Instance != "front-1" {
		t.Fatalf("usage: %v, %v", usage, err)
	}
	if u := usage[0]; u.CPU < 40*time.Millisecond || u.CPU > 10*time.Second || u.Memory < 1<<20 || u.Memory > 128<<20 {
		t.Errorf("it used %v and %v", u.CPU, u.Memory)
	}
}

// Where containers cannot be reached, their ports are published on loopback.
func TestPublishedPorts(t *testing.T) {
	late := own("late", topologies.Container{Command: []string{"-late", "300ms"}})
	b := deploy(t, Backend{published: true}, late, service("quick"))
	quick := b.start("quick", 1)
	i := b.start("late", 1)
	mustAsk(t, i.Address, "/") // it did listen by the time that it counted as listening
	for _, address := range []string{i.Address, quick.Address, quick.Control} {
		if !strings.HasPrefix(address, "127.0.0.1:") {
			t.Errorf("%s is not on loopback", address)
		}
	}
	for port, bindings := range b.inspect("late-1").NetworkSettings.Ports {
		for _, binding := range bindings {
			if binding.HostIP.String() != "127.0.0.1" {
				t.Errorf("port %s is published on %s", port, binding.HostIP)
			}
		}
	}
	if got := mustAsk(t, i.Address, "/get", "url", "http://"+quick.Inside); got != "200" {
		t.Errorf("another node reaches it inside: %s", got)
	}
	if took := i.Phases.Listening.Sub(i.Phases.Started); took < 250*time.Millisecond {
		t.Errorf("it counted as listening after %s", took)
	}
}

func TestMissingImage(t *testing.T) {
	needDocker(t)
	n := own("theirs", topologies.Container{})
	n.Spec.(*topologies.Container).Image = "127.0.0.1:1/nothing:here"
	plan := planOf(n)
	d, err := Backend{}.Deploy(t.Context(), plan, logs(t.TempDir()))
	var environment *runner.EnvironmentError
	if d != nil || !errors.As(err, &environment) || !strings.Contains(err.Error(), "docker pull 127.0.0.1:1/nothing:here") {
		t.Errorf("got %v", err)
	}
	nothingLeft(t, needDocker(t), plan.Run)
}

func TestStartOfWhatRunsInNoContainer(t *testing.T) {
	elsewhere := &topologies.Node{Name: "sut", Kind: "external", Spec: &topologies.External{URL: "http://127.0.0.1:1"}}
	b := deploy(t, Backend{}, elsewhere)
	if b.network.id != "" || b.image != "" {
		t.Error("a network or an image was made for nobody")
	}
	for _, node := range []string{"sut", "nobody"} {
		if _, err := b.Start(t.Context(), node, 1); err == nil {
			t.Errorf("%s was started", node)
		}
	}
	if err := b.Stop(t.Context(), "nobody-1"); err != nil {
		t.Error(err)
	}
}

func TestTooManyCores(t *testing.T) {
	needDocker(t)
	n := service("greedy")
	n.CPU = 4000
	_, err := Backend{Program: stubProgram(t)}.Deploy(t.Context(), planOf(n), logs(t.TempDir()))
	if err == nil || !strings.Contains(err.Error(), "it asks for 4000 cores") {
		t.Errorf("got %v", err)
	}
}
