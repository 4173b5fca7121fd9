package process

import (
	"context"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/wire"
)

func TestKill(t *testing.T) {
	d, _ := deploy(t, "node", service("a"), service("b"), command("mine", "family"))
	one, two, other := start(t, d, "a", 1), start(t, d, "a", 2), start(t, d, "b", 1)
	for range 2 { // the second finds nothing to do
		heal, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Kill, Node: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if err := heal(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if !exited(one) || !exited(two) || exited(other) {
		t.Errorf("exited: %v %v, other %v", exited(one), exited(two), exited(other))
	}
	if err := d.Stop(t.Context(), "a-1"); err != nil {
		t.Error(err)
	}
	start(t, d, "a", 3)

	mine, _ := family(t, d)
	if _, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Kill, Node: "mine"}); err != nil || !exited(mine) {
		t.Errorf("%v, exited %v", err, exited(mine))
	}
	for _, left := range remains(d.plan.Run) {
		if strings.HasPrefix(left, "process mine-1") {
			t.Errorf("kill left %s", left)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	d, _ := deploy(t, "node", service("a"))
	in := start(t, d, "a", 1)
	pid := d.pidOf("a-1")
	pause := func() func(context.Context) error {
		heal, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Pause, Node: "a"})
		if err != nil {
			t.Fatal(err)
		}
		return heal
	}
	first, second := pause(), pause()
	until(t, "it is stopped", func() bool { return state(pid) == "T" })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	if text, err := get(ctx, in.Address, "/"); err == nil {
		t.Errorf("a paused node answered %q", text)
	}
	cancel()
	for range 2 {
		if err := first(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if state(pid) != "T" {
		t.Error("the second pause does not hold")
	}
	if err := second(t.Context()); err != nil {
		t.Error(err)
	}
	if text, err := get(t.Context(), in.Address, "/"); text != "hello" {
		t.Errorf("resumed: %q, %v", text, err)
	}
}

func TestPausedInstanceCanBeEnded(t *testing.T) {
	d, _ := deploy(t, "node", service("a"), service("b"))
	one, two := start(t, d, "a", 1), start(t, d, "b", 1)
	healA, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Pause, Node: "a"})
	if err != nil {
		t.Fatal(err)
	}
	healB, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Pause, Node: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(t.Context(), "a-1"); err != nil || !exited(one) {
		t.Errorf("%v, exited %v", err, exited(one))
	}
	if err := healA(t.Context()); err != nil {
		t.Errorf("heal what has gone: %v", err)
	}
	if err := d.Close(t.Context()); err != nil || !exited(two) {
		t.Errorf("%v, exited %v", err, exited(two))
	}
	if err := healB(t.Context()); err != nil {
		t.Errorf("heal after Close: %v", err)
	}
}

func TestEffectsThatProcessesCannot(t *testing.T) {
	d, _ := deploy(t, "node", service("a"))
	if _, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Delay, Node: "a"}); err == nil {
		t.Error("no error")
	}
	if _, err := d.Apply(t.Context(), wire.Effect{Kind: wire.Pause, Node: "nowhere"}); err != nil {
		t.Error(err)
	}
}
