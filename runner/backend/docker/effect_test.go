package docker

import (
	"context"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/topologies/wire"
)

func (b *bed) apply(kind wire.EffectKind, node string) func(context.Context) error {
	b.t.Helper()
	heal, err := b.Apply(b.t.Context(), wire.Effect{Kind: kind, Node: node})
	if err != nil {
		b.t.Fatal(err)
	}
	return heal
}

func (b *bed) heal(heal func(context.Context) error) {
	b.t.Helper()
	if err := heal(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// answers says whether an instance answers within a while.
func answers(t *testing.T, i *runner.Instance) bool {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := ask(ctx, i.Address, "/")
	return err == nil
}

func TestKill(t *testing.T) {
	b := deploy(t, Backend{}, service("payments"), service("checkout"))
	first, second, other := b.start("payments", 1), b.start("payments", 2), b.start("checkout", 1)
	heal := b.apply(wire.Kill, "payments")
	within(t, "the first has ended", first.Exited)
	within(t, "the second has ended", second.Exited)
	mustAsk(t, other.Address, "/")
	b.apply(wire.Kill, "payments") // nothing is left to kill
	b.heal(heal)
	if err := b.Stop(t.Context(), first.Name); err != nil {
		t.Error(err)
	}
	mustAsk(t, b.start("payments", 3).Address, "/")
}

func TestPause(t *testing.T) {
	b := deploy(t, Backend{}, service("payments"))
	i := b.start("payments", 1)
	one := b.apply(wire.Pause, "payments")
	if answers(t, i) {
		t.Error("it answers while it is paused")
	}
	two := b.apply(wire.Pause, "payments")
	b.heal(one)
	b.heal(one)
	if answers(t, i) {
		t.Error("it answers while the second fault holds it")
	}
	b.heal(two)
	mustAsk(t, i.Address, "/")

	heal := b.apply(wire.Pause, "payments")
	b.apply(wire.Kill, "payments")
	within(t, "the paused instance has ended", i.Exited)
	b.heal(heal) // it is gone

	again := b.start("payments", 2)
	b.apply(wire.Pause, "payments")
	if err := b.Stop(t.Context(), again.Name); err != nil {
		t.Error(err)
	}
	b.start("payments", 3)
	b.apply(wire.Pause, "payments") // and Close must cope with it
}

// A kill catches an instance that is only starting, whose node it means as well.
func TestKillDuringStart(t *testing.T) {
	b := deploy(t, Backend{}, service("payments"))
	kills, err := b.enter("payments")
	if err != nil {
		t.Fatal(err)
	}
	defer b.starts.Done()
	i, err := b.newInstance("payments-1", "payments")
	if err != nil {
		t.Fatal(err)
	}
	i.kills, i.unwatch = kills, func() {}
	b.apply(wire.Kill, "payments")
	if err := b.launch(t.Context(), t.Context(), i); err != errKilled {
		t.Errorf("got %v", err)
	}
	if err := b.giveUp(t.Context(), i, errKilled); err == nil {
		t.Error("no error")
	}
}

func TestEffectThatIsANodes(t *testing.T) {
	b := &deployment{}
	if _, err := b.Apply(t.Context(), wire.Effect{Kind: wire.Delay, Node: "payments"}); err == nil {
		t.Error("the backend delays requests")
	}
}
