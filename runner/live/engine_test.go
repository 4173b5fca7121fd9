package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/wire"
)

// ready says whether a message is the last that an instance gets before it is ready.
func ready(d wire.Down) bool { return d.Heal != nil && d.Heal.ID == understood }

// TestAnInstanceThatKeepsDyingIsReplacedEverMoreSlowly: at once, and then after
// 50, 100, 200 and 400 ms.
func TestAnInstanceThatKeepsDyingIsReplacedEverMoreSlowly(t *testing.T) {
	s := newStage(t)
	s.heard = func(p *player, d wire.Down) bool {
		if ready(d) && strings.HasPrefix(p.name, "back") && p.name != "back-1" {
			time.AfterFunc(2*time.Millisecond, p.exit)
		}
		return true
	}
	m, err := s.perform(t.Context(), duo("1200ms", "{name: first, at: 100ms, kill: {node: back}}", 1))
	if err != nil {
		t.Fatal(err)
	}
	var starts []time.Duration
	for _, e := range m.eventsOf(record.InstanceStart) {
		if e.Node == "back" {
			starts = append(starts, e.At)
		}
	}
	if len(starts) < 4 || len(starts) > 7 {
		t.Fatalf("it was started at %v", starts)
	}
	least := 50 * time.Millisecond
	for i := 3; i < len(starts); i++ {
		if gap := starts[i] - starts[i-1]; gap < least {
			t.Errorf("start %d came %v after the one before, want %v", i, gap, least)
		}
		least *= 2
	}
	if stops := m.eventsOf(record.InstanceStop); len(stops) < len(starts) {
		t.Errorf("%d starts and %d stops", len(starts), len(stops))
	}
}

// TestInstancesThatDieWhileTheyAreIntroduced: one of the first ends the run with
// what it said last; one that should replace another is replaced itself.
func TestInstancesThatDieWhileTheyAreIntroduced(t *testing.T) {
	for name, deadly := range map[string]func(wire.Down) bool{
		"before hello":   nil,
		"configured":     func(d wire.Down) bool { return d.Configure != nil },
		"told endpoints": func(d wire.Down) bool { return d.Endpoints != nil },
		"nearly ready":   ready,
	} {
		t.Run(name, func(t *testing.T) {
			for _, victim := range []string{"front-1", "front-2"} {
				s := newStage(t)
				s.silent = func(p *player) bool {
					if deadly == nil && p.name == victim {
						p.exit()
					}
					return false
				}
				s.heard = func(p *player, d wire.Down) bool {
					if deadly != nil && deadly(d) && p.name == victim {
						p.exit()
						return false
					}
					return true
				}
				m, err := s.perform(t.Context(), duo("700ms", "{name: first, at: 50ms, kill: {node: front}}", 1))
				var e *runner.EnvironmentError
				switch {
				case victim == "front-1" && (!errors.As(err, &e) || e.Doing != "configure front-1" ||
					!slices.Equal(e.Log, []string{"front-1 was here"}) || !errors.Is(err, errGone)):
					t.Errorf("%s: %v", victim, err)
				case victim == "front-2" && (err != nil || s.count("front") != 3 || len(m.eventsOf(record.InstanceReady)) != 3):
					t.Errorf("%s: %v; started %v", victim, err, s.started)
				case victim == "front-2" && !slices.ContainsFunc(m.eventsOf(record.Note), func(e record.Event) bool {
					return strings.HasPrefix(e.Reason, "replace an instance: configure front-2: ")
				}):
					t.Errorf("nobody told of %s: %+v", victim, m.eventsOf(record.Note))
				}
			}
		})
	}
}

// TestAnObjectionIsTold: a node that refuses its configuration says why.
func TestAnObjectionIsTold(t *testing.T) {
	client, server := make(chan *control, 1), newListener(t)
	go func() {
		c, err := dialControl(context.Background(), server.Addr().String(), listener{})
		if err != nil {
			t.Error(err)
		}
		client <- c
	}()
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := <-client
	encoder := wire.NewEncoder(conn)
	_ = encoder.Encode(wire.Up{Hello: &wire.Hello{Version: wire.Version}})
	_, _ = conn.Write([]byte("what?\n")) // a line that is no message is passed over
	_ = encoder.Encode(wire.Up{Ack: &wire.Ack{Error: "no such balancer"}})
	_ = conn.Close()
	if _, err := c.configure(t.Context(), &wire.Config{}); !errors.Is(err, errGone) {
		t.Errorf("got %v", err)
	}
	c.close()
	if err := c.ask(t.Context(), "x", always(wire.Down{})); !errors.Is(err, errGone) {
		t.Errorf("asked after the end: %v", err)
	}
}

// TestPostingToAFrozenNodeNeverBlocks: it reads nothing at all, however much
// there is to tell; a question to it ends with its context, and so does the connection.
func TestPostingToAFrozenNodeNeverBlocks(t *testing.T) {
	server := newListener(t)
	c, err := dialControl(t.Context(), server.Addr().String(), listener{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	large := always(wire.Down{Configure: &wire.Config{Run: strings.Repeat("x", 1<<20)}})
	for range 64 { // far more than the sockets hold
		c.post(letter{write: large})
	}
	for range 1000 {
		c.post(letter{key: "endpoints/back", write: large})
	}
	c.mu.Lock()
	if len(c.posted) > 65 {
		t.Errorf("%d letters wait: those of one key should be one", len(c.posted))
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.ask(ctx, "x", large); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	c.close() // though the writer is in the middle of a message
}

// TestAnswersFindWhoAsked: two questions with the same id, of which the first
// was given up, and one that need not be asked any more.
func TestAnswersFindWhoAsked(t *testing.T) {
	server := newListener(t)
	c, err := dialControl(t.Context(), server.Addr().String(), listener{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	heal := always(wire.Down{Heal: &wire.Heal{ID: "x"}})
	if err := c.ask(impatient, "x", heal); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := c.ask(t.Context(), "y", func() (wire.Down, bool) { return wire.Down{}, false }); err != nil {
		t.Errorf("not needed: %v", err)
	}
	go func() {
		encoder, decoder := wire.NewEncoder(conn), wire.NewDecoder(conn)
		for n := range 2 {
			var d wire.Down
			_ = decoder.Decode(&d)
			_ = encoder.Encode(wire.Up{Ack: &wire.Ack{ID: "x", Error: []string{"of the first", "of the second"}[n]}})
		}
	}()
	if err := c.ask(t.Context(), "x", heal); err == nil || err.Error() != "of the second" {
		t.Errorf("got the answer %v", err)
	}
}

// TestCallersKnowAllInTheEnd: however many instances come up at once, and
// however slowly a caller reads, the last that it hears is the whole list.
func TestCallersKnowAllInTheEnd(t *testing.T) {
	s := newStage(t)
	const replicas = 25
	s.heard = func(p *player, d wire.Down) bool {
		if p.name == "front-1" {
			time.Sleep(2 * time.Millisecond) // a slow reader
		}
		return true
	}
	if _, err := s.perform(t.Context(), duo("100ms", "", replicas)); err != nil {
		t.Fatal(err)
	}
	var last *wire.Endpoints
	for _, d := range s.of("front")[0].heardOf() {
		if d.Endpoints != nil {
			last = d.Endpoints
		}
	}
	if last == nil || len(last.List) != replicas {
		t.Fatalf("the caller knows %+v", last)
	}
}

// TestEffectsReachWhoComesLater: an instance that starts during a fault is told
// of it before it serves, with a lease, and is healed with the others.
func TestEffectsReachWhoComesLater(t *testing.T) {
	s := newStage(t)
	s.heard = func(p *player, d wire.Down) bool {
		if p.name == "back-1" && d.Apply != nil {
			p.exit() // the fault kills it, in a way
		}
		return true
	}
	m, err := s.perform(t.Context(), duo("1100ms", "{name: slow, at: 100ms, for: 800ms, delay: {node: back, by: 5ms}}", 1))
	if err != nil {
		t.Fatal(err)
	}
	instants(t, m)
	var applied, served, healed int
	for i, d := range s.of("back")[1].heardOf() {
		switch {
		case d.Apply != nil:
			applied = i
			if lease := d.Apply.Lease; lease < leaseMargin || lease > leaseMargin+800*time.Millisecond {
				t.Errorf("lease %v", lease)
			}
		case d.Heal != nil && d.Heal.ID != understood:
			healed = i
		case ready(d) && served == 0: // it is asked once more, at the end
			served = i
		}
	}
	if !(0 < applied && applied < served && served < healed) {
		t.Errorf("applied, ready and healed as messages %d, %d and %d", applied, served, healed)
	}
}

// TestFaultsOnTheDeadAndTheFrozen: a fault on a node without a living instance
// begins and is healed, and one on a frozen instance is healed once it thaws;
// nobody else waits for either.
func TestFaultsOnTheDeadAndTheFrozen(t *testing.T) {
	s := newStage(t)
	s.start = func(_ context.Context, name string) error {
		if name == "back-1" || name == "front-1" {
			return nil
		}
		return errStage // what dies stays dead
	}
	thaw := make(chan struct{})
	s.heard = func(p *player, d wire.Down) bool {
		if p.name == "front-1" && d.Apply != nil {
			<-thaw
		}
		return true
	}
	time.AfterFunc(1500*time.Millisecond, func() { close(thaw) })
	m, err := s.perform(t.Context(), duo("1600ms", `
  {name: dead, at: 50ms, kill: {node: back}},
  {name: ill, at: 150ms, for: 100ms, fail: {node: back}},
  {name: frozen, at: 200ms, for: 200ms, delay: {node: front, by: 5ms}},
  {name: also, at: 300ms, for: 100ms, delay: {component: back, by: 5ms}}`, 1))
	if err != nil {
		t.Fatal(err)
	}
	healed := map[string]time.Duration{}
	for _, e := range m.eventsOf(record.FaultHealed) {
		healed[e.Name] = e.At
	}
	if len(healed) != 4 || healed["ill"] > healed["frozen"] || healed["also"] > healed["frozen"] || healed["frozen"] < time.Second {
		t.Errorf("healed at %v", healed)
	}
	told := s.of("front")[0].heardOf()
	if !slices.ContainsFunc(told, func(d wire.Down) bool { return d.Heal != nil && strings.HasPrefix(d.Heal.ID, "frozen/") }) {
		t.Errorf("the frozen one was not healed: %+v", told)
	}
}

// TestNothingStartsUnderAHold: an instance that was on its way when a kill came,
// too early to be seen by it, is not let in before the heal.
func TestNothingStartsUnderAHold(t *testing.T) {
	s := newStage(t)
	killed := make(chan struct{})
	var once sync.Once
	s.apply = func(_ context.Context, e wire.Effect) error {
		if e.Name == "again" {
			once.Do(func() { close(killed) })
			return nil
		}
		s.of("back")[0].exit()
		return nil
	}
	s.start = func(ctx context.Context, name string) error {
		if name == "back-2" {
			<-killed
		}
		return nil
	}
	m, err := s.perform(t.Context(), duo("1100ms", `
  {name: first, at: 50ms, kill: {node: back}},
  {name: again, at: 150ms, for: 300ms, kill: {node: back}}`, 1))
	if err != nil {
		t.Fatal(err)
	}
	const heals = 450 * time.Millisecond
	ready := m.eventsOf(record.InstanceReady)
	if last := ready[len(ready)-1]; len(ready) != 3 || last.Instance != "back-3" || last.At < heals {
		t.Errorf("ready: %+v; healed from %v on", ready, heals)
	}
	if !slices.Contains(s.stopped, "back-2") {
		t.Errorf("stopped %v", s.stopped)
	}
}

// TestNothingIsReplacedOnceTheRunRetires: one node takes its time to stop; the
// others are not brought back meanwhile.
func TestNothingIsReplacedOnceTheRunRetires(t *testing.T) {
	s := newStage(t)
	s.heard = func(p *player, d wire.Down) bool {
		if d.Stop != nil && p.name == "front-1" {
			time.Sleep(200 * time.Millisecond)
		}
		return true
	}
	if _, err := s.perform(t.Context(), duo("100ms", "", 3)); err != nil {
		t.Fatal(err)
	}
	if len(s.started) != 4 {
		t.Errorf("started %v", s.started)
	}
}

// TestTheLastWordIsHeard: that an instance has ended is known before all that it
// sent has arrived; its last counters are in the record nevertheless.
func TestTheLastWordIsHeard(t *testing.T) {
	s := newStage(t)
	s.linger = 100 * time.Millisecond
	m, err := s.perform(t.Context(), duo("100ms", "", 3))
	if err != nil {
		t.Fatal(err)
	}
	if served := m.served("back"); len(served) != 3 || served["back-1"] != 7 || len(m.served("front")) != 1 {
		t.Errorf("the last counters: %v", served)
	}
}

// TestAFaultThatTheEndOvertakes: the load is over while a fault still begins.
// That is no failure of the run, and it is healed.
func TestAFaultThatTheEndOvertakes(t *testing.T) {
	s := newStage(t)
	s.apply = func(ctx context.Context, _ wire.Effect) error {
		<-ctx.Done()
		return ctx.Err()
	}
	m, err := s.perform(t.Context(), duo("400ms", "{name: late, at: 20ms, for: 40ms, pause: {node: back}}", 1))
	if err != nil {
		t.Fatal(err)
	}
	if healed := m.eventsOf(record.FaultHealed); len(healed) != 1 || healed[0].Reason != "end of the run" {
		t.Errorf("healed: %+v", healed)
	}
}

// TestAFaultThatCannotBegin ends the run, and is healed as far as it came.
func TestAFaultThatCannotBegin(t *testing.T) {
	s := newStage(t)
	s.apply = func(context.Context, wire.Effect) error { return errStage }
	m, err := s.perform(t.Context(), duo("10s", "{name: bad, at: 50ms, for: 100ms, kill: {node: back}}", 1))
	var e *runner.EnvironmentError
	if !errors.As(err, &e) || e.Doing != "begin fault bad" || !errors.Is(err, errStage) {
		t.Errorf("got %v", err)
	}
	instants(t, m)
}

// TestCancelledAtEachStage: whenever it is interrupted, a run ends soon, with the
// context's error, everything closed and no goroutine left.
func TestCancelledAtEachStage(t *testing.T) {
	for name, at := range map[string]func(s *stage, cancel func()){
		"deploying": func(s *stage, cancel func()) {
			s.deploy = func(ctx context.Context) error { cancel(); return ctx.Err() }
		},
		"starting": func(s *stage, cancel func()) {
			s.start = func(ctx context.Context, name string) error {
				if name == "back-2" {
					cancel()
				}
				<-ctx.Done()
				return ctx.Err()
			}
		},
		"waiting for hello": func(s *stage, cancel func()) {
			s.silent = func(p *player) bool { time.AfterFunc(5*time.Millisecond, cancel); return true }
		},
		"configuring": func(s *stage, cancel func()) {
			s.heard = func(_ *player, d wire.Down) bool { cancel(); return false }
		},
		"introducing": func(s *stage, cancel func()) {
			s.heard = func(_ *player, d wire.Down) bool {
				if d.Endpoints != nil {
					cancel()
				}
				return d.Configure != nil
			}
		},
		"acquainting": func(s *stage, cancel func()) {
			var readies atomic.Int32
			s.heard = func(_ *player, d wire.Down) bool {
				if ready(d) && readies.Add(1) > 4 { // three instances are ready, and are asked once more
					cancel()
					return false
				}
				return true
			}
		},
		"under load": func(_ *stage, cancel func()) { time.AfterFunc(300*time.Millisecond, cancel) },
		"beginning a fault": func(s *stage, cancel func()) {
			s.apply = func(ctx context.Context, _ wire.Effect) error { cancel(); <-ctx.Done(); return ctx.Err() }
		},
		"replacing": func(s *stage, cancel func()) {
			s.start = func(ctx context.Context, name string) error {
				if name != "back-3" {
					return nil
				}
				cancel()
				<-ctx.Done()
				return ctx.Err()
			}
		},
		"waiting to replace": func(s *stage, cancel func()) {
			s.start = func(_ context.Context, name string) error {
				switch name {
				case "front-1", "back-1", "back-2":
					return nil
				case "back-5", "back-6":
					cancel()
				}
				return errStage
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := newStage(t)
			at(s, cancel)
			cancelled := make(chan time.Time, 1)
			context.AfterFunc(ctx, func() { cancelled <- time.Now() })
			m, err := s.perform(ctx, duo("20s", "{name: first, at: 100ms, kill: {node: back}}", 2))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			cancel()
			if took := time.Since(<-cancelled); took > 3*time.Second {
				t.Errorf("it ended %v after it was interrupted", took)
			}
			if begun, healed := len(m.eventsOf(record.FaultBegan)), len(m.eventsOf(record.FaultHealed)); begun != healed {
				t.Errorf("%d faults begun, %d healed", begun, healed)
			}
		})
	}
}

// TestCancelledWhileItRetires: the load is over, and a node does not stop.
func TestCancelledWhileItRetires(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newStage(t)
	s.heard = func(_ *player, d wire.Down) bool {
		if d.Stop != nil {
			cancel()
		}
		return d.Stop == nil
	}
	began := time.Now()
	if _, err := s.perform(ctx, duo("100ms", "", 1)); err != nil {
		t.Errorf("all was measured, and it returned %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestWhatCannotBeRemovedIsSaid: also after a run that went well.
func TestWhatCannotBeRemovedIsSaid(t *testing.T) {
	s := newStage(t)
	s.atClose = errStage
	m, err := s.perform(t.Context(), duo("100ms", "", 1))
	if !errors.Is(err, ErrNotRemoved) || !errors.Is(err, errStage) {
		t.Errorf("got %v", err)
	}
	if ended := m.eventsOf(record.RunEnded); len(ended) != 1 {
		t.Errorf("ended: %+v", ended)
	}
}

// TestDeployThatFailsIsClosed: what a failed Deploy returns is closed too.
func TestDeployThatFailsIsClosed(t *testing.T) {
	s := newStage(t)
	s.deploy = func(context.Context) error { return errStage }
	if _, err := s.perform(t.Context(), duo("100ms", "", 1)); !errors.Is(err, errStage) {
		t.Errorf("got %v", err)
	}
}
