package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// scaled is duo, of which back has a scaler.
func scaled(length, scaler string) string {
	return strings.Replace(duo(length, "", 1), "replicas: 1", "scaler: "+scaler, 1)
}

// TestAFleetThatCannotStart: where the first instances do not come up, the run
// ends at once with the reason.
func TestAFleetThatCannotStart(t *testing.T) {
	for name, play := range map[string]func(s *stage){
		"no program": func(s *stage) {
			s.start = func(_ context.Context, name string) error {
				if name == "front-1" {
					return nil
				}
				return errStage
			}
		},
		"it dies when it is configured": func(s *stage) {
			s.heard = func(p *player, d wire.Down) bool {
				if d.Configure != nil && p.name != "front-1" {
					p.exit()
				}
				return true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			play(s)
			began := time.Now()
			_, err := s.perform(t.Context(), scaled("1s", "{fixed: {count: 3}}"))
			var e *runner.EnvironmentError
			if !errors.Is(err, errStage) && !errors.As(err, &e) {
				t.Errorf("it ended with %v", err)
			}
			if n := s.count("back"); n > 6 || time.Since(began) > startTimeout/2 {
				t.Errorf("%d starts in %v", n, time.Since(began))
			}
		})
	}
}

// TestAFleetThatCannotGrow: what a scaler wants later and cannot be started is
// told, tried ever more slowly, and costs the run nothing else.
func TestAFleetThatCannotGrow(t *testing.T) {
	s := newStage(t)
	s.start = func(_ context.Context, name string) error {
		if name == "front-1" || name == "back-1" {
			return nil
		}
		return errStage
	}
	m, err := s.perform(t.Context(), scaled("1500ms", "{schedule: [{at: 0s, count: 1}, {at: 100ms, count: 5}]}"))
	if err != nil {
		t.Fatal(err)
	}
	// Four at once, after 50 ms again, and then after 0.1 s and more: the pause
	// doubles with each that fails.
	if n := s.count("back"); n < 5 || n > 1+4*3 {
		t.Errorf("%d starts", n)
	}
	notes := slices.DeleteFunc(m.eventsOf(record.Note), func(e record.Event) bool { return e.Name == record.NoteLimits })
	if len(notes) != s.count("back")-1 {
		t.Errorf("%d starts failed, and %d notes say so", s.count("back")-1, len(notes))
	}
	for _, n := range notes {
		if !strings.HasPrefix(n.Reason, "start an instance: ") || n.Node != "back" {
			t.Errorf("note %+v", n)
		}
	}
}

// TestAFleetHangsUp: when the run has ended, so have all its connections to the
// instances of fleets: nobody tells anything any more.
func TestAFleetHangsUp(t *testing.T) {
	s := newStage(t)
	var open atomic.Int32
	s.heard = func(p *player, d wire.Down) bool {
		if d.Configure != nil {
			open.Add(1)
			p.playing.Go(func() { <-p.exited; open.Add(-1) })
		}
		return true
	}
	m, err := s.perform(t.Context(), scaled("300ms", "{schedule: [{at: 0s, count: 2}, {at: 100ms, count: 4}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if n := open.Load(); n != 0 || s.count("back") != 4 {
		t.Errorf("%d instances live, of %d of back", n, s.count("back"))
	}
	m.lived(t)
}

// TestAFleetShrinks: callers have understood that an instance is gone before it
// is told to end, and one that does not end is ended.
func TestAFleetShrinks(t *testing.T) {
	s := newStage(t)
	var told atomic.Int32 // how many instances the caller knew of when the first was told to stop
	var caller atomic.Int32
	s.heard = func(p *player, d wire.Down) bool {
		switch {
		case p.name == "front-1" && d.Endpoints != nil:
			caller.Store(int32(len(d.Endpoints.List)))
		case d.Stop != nil && d.Stop.ID == "drain":
			told.CompareAndSwap(0, caller.Load())
		}
		return true
	}
	m, err := s.perform(t.Context(), scaled("2500ms", "{schedule: [{at: 0s, count: 3}, {at: 100ms, count: 1}]}")) // late comers have a second
	if err != nil {
		t.Fatal(err)
	}
	retired := 0
	for _, e := range m.eventsOf(record.InstanceStop) {
		if e.Reason == "retired" {
			retired++
		}
	}
	if retired != 2 || told.Load() < 1 || told.Load() > 2 {
		t.Errorf("%d retired, and the caller knew %d when the first was told to end", retired, told.Load())
	}
	m.lived(t)
}

// TestAnInstanceThatDiesWhileItIsToRetire: its front answers only once it knows
// that the instance is gone, and will not let go of it. Nobody publishes it again.
func TestAnInstanceThatDiesWhileItIsToRetire(t *testing.T) {
	s := newStage(t)
	var dead policy.EndpointID // once it was to retire
	refused, again := false, 0
	s.heard = func(p *player, d wire.Down) bool {
		switch {
		case p.name != topologies.FrontOf("unit")+"-1":
		case d.Retire != nil:
			dead = d.Retire.Endpoint
			for _, unit := range s.of("unit") {
				if unit.name == runner.EndpointName("unit", dead) {
					unit.exit()
				}
			}
		case d.Endpoints != nil && dead > 0:
			known := slices.ContainsFunc(d.Endpoints.List, func(e wire.Endpoint) bool { return e.ID == dead })
			if known && refused {
				again++
			}
			if !known && !refused {
				refused = true
				p.say(wire.Up{Ack: &wire.Ack{ID: "retire/" + runner.EndpointName("unit", dead), Error: "it is busy"}})
			}
		}
		return true
	}
	m, err := s.perform(t.Context(), lone("1ms", "scaler: {schedule: [{at: 0s, count: 2}, {at: 100ms, count: 1}]}",
		"{name: p, for: 1s, load: {constant: 10/s}}", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !refused || again > 0 {
		t.Errorf("refused: %v, and then %d times among those that serve", refused, again)
	}
	m.lived(t)
}

// TestWhoLeftAStartThatCameToNothing: the front tells later who left, when the
// start that they waited for has been cancelled or has failed. What counts is the
// instant at which they left.
func TestWhoLeftAStartThatCameToNothing(t *testing.T) {
	const cancelled = "{at: 0s, count: 0}, {at: 100ms, count: 1}, {at: 700ms, count: 0}, {at: 1300ms, count: 1}"
	for name, c := range map[string]struct {
		schedule string
		start    func(ctx context.Context) error
	}{
		"cancelled": {cancelled, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		"failed":    {"{at: 0s, count: 0}, {at: 100ms, count: 1}", func(context.Context) error { return errStage }},
		"served":    {"{at: 0s, count: 0}, {at: 100ms, count: 1}", func(context.Context) error { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			var began, ended atomic.Pointer[time.Time] // of the first start, from within
			note := func(to *atomic.Pointer[time.Time]) { now := time.Now(); to.Store(&now) }
			s.start = func(ctx context.Context, instance string) error {
				if instance != "unit-1" {
					return nil
				}
				note(&began)
				defer note(&ended)
				return c.start(ctx)
			}
			var told []wire.Invocation
			s.heard = func(p *player, d wire.Down) bool {
				if p.name == topologies.FrontOf("unit")+"-1" && d.Endpoints != nil && len(d.Endpoints.List) > 0 && told == nil {
					left := func(at time.Time) wire.Invocation {
						return wire.Invocation{Began: at.Add(-time.Millisecond), Cold: time.Millisecond, Cause: policy.Deadline, Left: true}
					}
					told = []wire.Invocation{left(*began.Load())}
					if name == "cancelled" {
						told = append(told, left(*ended.Load()))
					}
					p.say(wire.Up{Invocations: told})
				}
				return true
			}
			m, err := s.perform(t.Context(), lone("1ms", "scaler: {schedule: ["+c.schedule+"]}", "{name: p, for: 2s, load: {constant: 10/s}}", ""))
			if err != nil {
				t.Fatal(err)
			}
			if len(told) == 0 || len(m.invocations) != 1 || !m.invocations[0].Left {
				t.Errorf("of %+v it recorded %+v", told, m.invocations)
			}
		})
	}
}

// TestAKillHoldsAFleetDown until it is healed; then it is filled again.
func TestAKillHoldsAFleetDown(t *testing.T) {
	s := newStage(t)
	text := strings.Replace(scaled("900ms", "{fixed: {count: 2}}"), "faults: []", "faults: [{name: down, at: 100ms, for: 300ms, kill: {node: back}}]", 1)
	m, err := s.perform(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	_, healed := instants(t, m)
	later := 0
	for _, e := range m.eventsOf(record.InstanceReady) {
		if e.Node == "back" && e.At > 0 {
			if later++; e.At < 400*time.Millisecond {
				t.Errorf("%s was ready at %v; the fault was healed at %v", e.Instance, e.At, healed)
			}
		}
	}
	if later != 2 {
		t.Errorf("%d were ready after the heal", later)
	}
	m.lived(t)
}

// faulty is a scaler with a fault of the program: it panics when it is asked a
// second time, once the run has begun.
type faulty struct{ begun bool }

func (f *faulty) New() policy.Scaler { return f }

func (f *faulty) Kept() int { return 0 }

func (f *faulty) Decide(now policy.Instant, o policy.Observation) policy.Decision {
	if f.begun = f.begun || now > 0; f.begun {
		panic("a fault of the program")
	}
	return policy.Decision{Desired: 2, Next: now.Add(time.Millisecond), Reason: "two"}
}

// TestAFaultInAFleetEndsTheRun: at once, with an error that says where, so that
// what was recorded until then is kept as a record of a run that was cut short.
func TestAFaultInAFleetEndsTheRun(t *testing.T) {
	s := newStage(t)
	one := loadYAML(t, scaled("10m", "{fixed: {count: 2}}"))[0]
	one.Graph.Topology.Node("back").Scaler = &faulty{}
	m, err := s.performOne(t.Context(), one)
	if err == nil || !strings.HasPrefix(err.Error(), "keep the instances of back: panic: a fault of the program\n") {
		t.Errorf("it ended with %v", err)
	}
	if s.count("back") != 2 || len(m.eventsOf(record.RunBegan)) != 1 {
		t.Errorf("%d instances of back in a run that began %d times", s.count("back"), len(m.eventsOf(record.RunBegan)))
	}
	m.lived(t)
}

// TestAFaultInALifeEndsTheRun, too: in what a fleet does beside asking its scaler.
func TestAFaultInALifeEndsTheRun(t *testing.T) {
	s := newStage(t)
	s.start = func(_ context.Context, name string) error {
		if name == "back-2" {
			panic("a fault of the backend")
		}
		return nil
	}
	_, err := s.perform(t.Context(), scaled("10m", "{schedule: [{at: 0s, count: 1}, {at: 100ms, count: 2}]}"))
	if err == nil || !strings.HasPrefix(err.Error(), "keep the instances of back: panic: a fault of the backend\n") {
		t.Errorf("it ended with %v", err)
	}
}

// TestNobodyRefusesForAService: while the burst rule binds, no more instances
// start than it gives, and what waits does so at those that there are.
func TestNobodyRefusesForAService(t *testing.T) {
	m := drive(t, strings.NewReplacer("kind: function", "kind: service, concurrency: 1").Replace(
		lone("500ms", "scaler: {lambda: {burst: 1, per: 1m, min: 1, max: 20, keep_alive: 1m}}", "{name: burst, for: 1s, load: {constant: 5/s}}", "")), 1)
	if n := count(m.bySeq(), policy.OK); n != 5 {
		t.Errorf("%d of 5 answered", n)
	}
	if most := m.most("unit"); most != 2 {
		t.Errorf("%d instances at most, want the provisioned one and that of the burst", most)
	}
	for _, e := range m.eventsOf(record.Scale) {
		if strings.Contains(e.Reason, "turned away") || strings.Contains(e.Reason, "refused") {
			t.Errorf("scaled %+v", e)
		}
	}
}

// TestIdleInstancesOfAServiceEnd when they have idled for the keep-alive, as
// their own metrics tell, and those that are asked stay.
func TestIdleInstancesOfAServiceEnd(t *testing.T) {
	m := drive(t, strings.NewReplacer("kind: function", "kind: service, concurrency: 1").Replace(
		lone("400ms", "scaler: {lambda: {keep_alive: 500ms, min: 1}}",
			"{name: burst, for: 2s, load: {constant: 8/s}}, {name: idle, for: 8s, load: {constant: 0/s}}", "")), 1)
	if n := count(m.bySeq(), policy.OK); n != 16 {
		t.Errorf("%d of 16 answered", n)
	}
	retired, most := 0, m.most("unit")
	for _, e := range m.eventsOf(record.InstanceStop) {
		if e.Reason == record.Retired {
			retired++
		}
	}
	if most < 2 || retired < most-1 {
		t.Errorf("%d instances at most, of which %d retired", most, retired)
	}
	m.lived(t)
}
