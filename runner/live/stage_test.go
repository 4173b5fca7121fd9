package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// stage is a backend whose instances the test plays, so that they die, stall and
// object when it wants them to. Its hooks are optional.
type stage struct {
	t       *testing.T
	served  string // host:port of all of them
	deploy  func(ctx context.Context) error
	start   func(ctx context.Context, name string) error // before the instance is there
	heard   func(p *player, d wire.Down) (answer bool)   // what an instance was told; false: it says nothing
	silent  func(p *player) bool                         // it does not say hello
	leaves  func(p *player, d wire.Down) []wire.Up       // what it says before it hangs up, and lives on; nil: it stays
	usage   func() []runner.Usage
	apply   func(ctx context.Context, e wire.Effect) error
	linger  time.Duration // what an instance wrote is on its way for so long after its end is known
	atClose error
	enough  chan struct{}

	mu      sync.Mutex
	players map[string]*player
	started []string
	stopped []string
	closed  bool
}

// player is one instance on the stage.
type player struct {
	name     string
	listener net.Listener
	exited   chan struct{}
	exit     func() // safe twice
	playing  sync.WaitGroup
	say      func(wire.Up) // what no message asks for at once; for heard alone

	mu   sync.Mutex
	told []wire.Down
}

func newStage(t *testing.T) *stage {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	return &stage{t: t, served: server.Listener.Addr().String(), players: map[string]*player{}}
}

func (s *stage) Name() string                       { return "stage" }
func (s *stage) Check(*runner.Plan) decode.Problems { return nil }
func (s *stage) Limits() string                     { return "nothing is enforced" }

func (s *stage) Usage(context.Context) ([]runner.Usage, error) {
	if s.usage == nil {
		return nil, nil
	}
	return s.usage(), nil
}

func (s *stage) Deploy(ctx context.Context, _ *runner.Plan, _ record.Recorder) (runner.Deployment, error) {
	if s.deploy != nil {
		return s, s.deploy(ctx)
	}
	return s, nil
}

func (s *stage) Start(ctx context.Context, node string, ordinal int) (*runner.Instance, error) {
	name := fmt.Sprintf("%s-%d", node, ordinal)
	s.mu.Lock()
	s.started = append(s.started, name)
	s.mu.Unlock()
	if s.start != nil {
		if err := s.start(ctx, name); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &player{name: name, listener: listener, exited: make(chan struct{})}
	p.exit = sync.OnceFunc(func() { _ = listener.Close(); close(p.exited) })
	p.playing.Go(func() { s.play(p) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.players[name] = p
	return &runner.Instance{ID: policy.EndpointID(ordinal), Name: name, Node: node, Address: s.served,
		Control: listener.Addr().String(), Exited: p.exited, Log: func(int) []string { return []string{name + " was here"} }}, nil
}

// play is the life of an instance: it answers as a node does until it exits.
func (s *stage) play(p *player) {
	conn, err := p.listener.Accept()
	if err != nil {
		return
	}
	p.playing.Go(func() {
		<-p.exited
		time.Sleep(s.linger)
		_ = conn.Close()
	})
	encoder, decoder := wire.NewEncoder(conn), wire.NewDecoder(conn)
	p.say = func(up wire.Up) { _ = encoder.Encode(up) }
	if s.silent == nil || !s.silent(p) {
		_ = encoder.Encode(wire.Up{Hello: &wire.Hello{Version: wire.Version}})
	}
	for {
		var d wire.Down
		if decoder.Decode(&d) != nil {
			return
		}
		p.mu.Lock()
		p.told = append(p.told, d)
		p.mu.Unlock()
		answers := s.heard == nil || s.heard(p, d)
		select {
		case <-p.exited:
			return
		default:
		}
		if s.leaves != nil {
			if last := s.leaves(p, d); last != nil {
				for _, up := range last {
					_ = encoder.Encode(up)
				}
				_ = conn.Close()
				return
			}
		}
		if !answers {
			continue
		}
		switch {
		case d.Configure != nil:
			_ = encoder.Encode(wire.Up{Ready: &wire.Ready{}})
		case d.Apply != nil:
			_ = encoder.Encode(wire.Up{Ack: &wire.Ack{ID: d.Apply.ID}})
		case d.Heal != nil:
			_ = encoder.Encode(wire.Up{Ack: &wire.Ack{ID: d.Heal.ID}})
		case d.Stop != nil:
			_ = encoder.Encode(wire.Up{Ack: &wire.Ack{ID: d.Stop.ID}})
			p.exit()
			time.Sleep(s.linger / 2)
			_ = encoder.Encode(wire.Up{Metrics: &wire.Metrics{At: time.Now(), Served: 7}})
			return
		}
	}
}

func (s *stage) Stop(_ context.Context, name string) error {
	s.mu.Lock()
	s.stopped = append(s.stopped, name)
	p := s.players[name]
	s.mu.Unlock()
	if p != nil {
		p.exit()
		p.playing.Wait()
	}
	return nil
}

func (s *stage) Freeze(context.Context, string) (thaw func(context.Context) error, err error) {
	return nil, errors.New("a stage freezes nobody")
}

func (s *stage) Apply(ctx context.Context, e wire.Effect) (func(context.Context) error, error) {
	heal := func(context.Context) error { return nil }
	if s.apply != nil {
		return heal, s.apply(ctx, e)
	}
	if e.Kind == wire.Kill {
		for _, p := range s.of(e.Node) {
			p.exit()
		}
	}
	return heal, nil
}

func (s *stage) Close(context.Context) error {
	s.mu.Lock()
	s.closed = true
	players := s.players
	s.mu.Unlock()
	for _, p := range players {
		p.exit()
		p.playing.Wait()
	}
	return s.atClose
}

// of returns the players of a node in the order of their names.
func (s *stage) of(node string) []*player {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*player
	for ordinal := 1; ordinal <= len(s.started); ordinal++ {
		if p := s.players[fmt.Sprintf("%s-%d", node, ordinal)]; p != nil {
			found = append(found, p)
		}
	}
	return found
}

// count is how often an instance of the node was started.
func (s *stage) count(node string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, name := range s.started {
		if len(name) > len(node) && name[:len(node)+1] == node+"-" {
			n++
		}
	}
	return n
}

// heardOf is what a player was told so far.
func (p *player) heardOf() []wire.Down {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

// perform runs a file's scenario on the stage; afterwards everything must be
// closed and no goroutine left.
func (s *stage) perform(ctx context.Context, text string) (*memory, error) {
	s.t.Helper()
	return s.performOne(ctx, loadYAML(s.t, text)[0])
}

// performOne runs a scenario on a topology as perform does.
func (s *stage) performOne(ctx context.Context, one scenarios.Loaded) (*memory, error) {
	s.t.Helper()
	before, m := runtime.NumGoroutine(), &memory{}
	err := (&Engine{Backend: s, Enough: s.enough}).Run(ctx, runner.NewPlan("stage", one.Scenario, one.Graph, 1, 1), m)
	if !s.closed {
		s.t.Error("the deployment was not closed")
	}
	until(s.t, "its goroutines end", func() bool { return runtime.NumGoroutine() <= before })
	return m, err
}

// until waits for a condition, generously.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("never: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// duo is front, which calls back, for a while.
func duo(length, faults string, replicas int) string {
	return fmt.Sprintf(`
application: duo
components:
  front: {operations: {ask: [{call: back.answer}]}}
  back:  {operations: {answer: []}}
entries: {ask: front.ask}
---
topology: duo
application: duo
nodes: {front: {kind: service, hosts: [front]}, back: {kind: service, hosts: [back], replicas: %d}}
---
scenario: duo
phases: [{name: steady, for: %s, load: {constant: 100/s}}]
faults: [%s]
`, replicas, length, faults)
}

var errStage = errors.New("the stage is not to be had")

func newListener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
