package policy_test

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// clinic drives an edge with health checks by whatever events rapid draws, and
// keeps by its transitions what it must be doing.
type clinic struct {
	t      *rapid.T
	cfg    policy.HealthConfig
	edge   *policy.Edge
	now    policy.Instant
	up     []policy.Endpoint
	states map[policy.EndpointID]string
	panics bool
	sent   map[policy.EndpointID]policy.Probe // under way
	ended  map[policy.EndpointID]policy.Instant
	called bool
}

// Whatever probes bring, and whoever comes and goes: an instance has one probe at
// a time and the interval between two; transitions are chains; and calls go to
// none that is known to be unhealthy unless too many are.
func TestHealthInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &clinic{t: t, states: map[policy.EndpointID]string{}, sent: map[policy.EndpointID]policy.Probe{}, ended: map[policy.EndpointID]policy.Instant{}}
		k.cfg = policy.HealthConfig{Interval: 20 * time.Millisecond, Timeout: 5 * time.Millisecond, NoTraffic: 50 * time.Millisecond,
			Unhealthy: rapid.IntRange(1, 3).Draw(t, "unhealthy"), Healthy: rapid.IntRange(1, 3).Draw(t, "healthy"),
			Jitter: unit.Share(rapid.IntRange(0, 1).Draw(t, "jitter")) / 2, Panic: unit.Share(rapid.IntRange(0, 4).Draw(t, "panic")) / 4}
		cfg := policy.EdgeConfig{Balance: rapid.SampledFrom(balancers).Draw(t, "balance"), Health: &k.cfg}
		if rapid.Bool().Draw(t, "ejection") {
			cfg.Ejection = &policy.EjectionConfig{Consecutive: 2, Every: 5 * time.Millisecond, For: 10 * time.Millisecond, Most: 0.5}
		}
		if rapid.Bool().Draw(t, "slow start") {
			cfg.SlowStart = 30 * time.Millisecond
		}
		var err error
		if k.edge, err = policy.NewEdge(cfg); err != nil {
			t.Fatal(err)
		}
		k.edge.Self = work.Root(rapid.Uint64().Draw(t, "caller"))
		for n := range rapid.IntRange(1, 120).Draw(t, "steps") {
			k.now = k.now.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "gap")) * time.Millisecond)
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				k.instances()
			case 1, 2:
				k.answer()
			default:
				k.call(uint64(n))
			}
			k.settle()
		}
	})
}

// instances draws which there are.
func (k *clinic) instances() {
	k.up = nil
	for id := policy.EndpointID(1); id <= 6; id++ {
		if rapid.Bool().Draw(k.t, "up") {
			k.up = append(k.up, policy.Endpoint{ID: id})
		}
	}
	k.tick() // what was due before belongs to those that were there
	k.edge.SetEndpoints(k.now, k.up)
	there := map[policy.EndpointID]bool{}
	for _, e := range k.up {
		there[e.ID] = true
	}
	for id := policy.EndpointID(1); id <= 6; id++ {
		if !there[id] {
			delete(k.states, id)
			delete(k.sent, id)
			delete(k.ended, id)
		}
	}
}

// answer ends a probe that is under way.
func (k *clinic) answer() {
	if len(k.sent) > 0 {
		id := rapid.SampledFrom(slices.Sorted(maps.Keys(k.sent))).Draw(k.t, "of")
		p := k.sent[id]
		cause := rapid.SampledFrom([]policy.Cause{policy.OK, policy.OK, policy.Refused, policy.Status}).Draw(k.t, "cause")
		k.edge.Probed(k.now, p, cause)
		if k.ended[id] = k.now; k.now > p.Until {
			k.ended[id] = p.Until
		}
		delete(k.sent, id)
		k.edge.Probed(k.now, p, policy.Refused) // a second time says nothing
	}
}

func (k *clinic) call(n uint64) {
	k.tick()
	k.called = true
	call := k.edge.Begin(k.now, work.Root(n), policy.Never, true)
	a := call.Step(k.now, policy.Event{Kind: policy.Begin}, nil)[0]
	healthy, unchecked := 0, 0
	for _, e := range k.up {
		switch k.states[e.ID] {
		case policy.Healthy:
			healthy++
		case "":
			unchecked++
		}
	}
	state := k.states[a.Endpoint]
	switch {
	case a.Kind == policy.Finish:
		if a.Cause != policy.Refused || len(k.up) > 0 && (k.panics || healthy+unchecked > 0) {
			k.t.Fatalf("%+v with %d healthy and %d unchecked of %d", a, healthy, unchecked, len(k.up))
		}
		return
	case k.panics:
	case healthy > 0 && state != policy.Healthy, healthy == 0 && state != "":
		k.t.Fatalf("sends to %d, which is %q, with %d healthy", a.Endpoint, state, healthy)
	}
	cause := rapid.SampledFrom([]policy.Cause{policy.OK, policy.Status}).Draw(k.t, "reply")
	call.Step(k.now, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: cause}}, nil)
}

// settle does what a host does after each step.
func (k *clinic) settle() {
	k.tick()
	for _, p := range k.edge.Probes(k.now, nil) {
		apart := time.Duration(math.MaxInt64)
		if ended, before := k.ended[p.Endpoint]; before {
			apart = k.now.Sub(ended)
		}
		if _, under := k.sent[p.Endpoint]; under || k.called && apart < k.cfg.Interval || p.Until != k.now.Add(k.cfg.Timeout) {
			k.t.Fatalf("sends %+v at %s, under way %v, %v after the last", p, at(k.now), under, apart)
		}
		k.sent[p.Endpoint] = p
	}
	if due := k.edge.Deadline(); due <= k.now {
		k.t.Fatalf("settled at %s and due at %s", at(k.now), at(due))
	}
}

// tick takes the transitions in.
func (k *clinic) tick() {
	for id, p := range k.sent {
		if k.now >= p.Until {
			k.ended[id] = p.Until
			delete(k.sent, id)
		}
	}
	for _, tr := range k.edge.Tick(k.now, nil) {
		if tr.Machine != "health" {
			continue
		}
		from := k.states[tr.Endpoint]
		if from == "" {
			from = policy.Unchecked
		}
		switch {
		case tr.At > k.now, tr.Reason == "":
			k.t.Fatalf("%+v at %s", tr, at(k.now))
		case tr.Endpoint == 0:
			if k.panics == (tr.To == policy.Panic) || tr.From == tr.To {
				k.t.Fatalf("%+v while panic is %v", tr, k.panics)
			}
			k.panics = tr.To == policy.Panic
		case tr.From != from || tr.From == tr.To:
			k.t.Fatalf("%+v of one that is %s", tr, from)
		default:
			k.states[tr.Endpoint] = tr.To
		}
	}
}

// Callers with jitter do not probe in step, and each draws its own.
func TestHealthJitter(t *testing.T) {
	firsts := map[policy.Instant]bool{}
	for caller := range uint64(50) {
		h := policy.NewHealth(policy.HealthConfig{Interval: time.Second, Jitter: 0.2}, work.Root(caller))
		h.SetHosts(0, upTo(1))
		due := h.Deadline()
		if due < 0 || due > policy.Instant(200*time.Millisecond) {
			t.Errorf("the first probe comes at %s", at(due))
		}
		firsts[due] = true
		h.Began(due)
		p := h.Probes(due, nil)[0]
		h.Probed(due, 1, p.Number, policy.OK)
		h.Tick(due, nil)
		if next := h.Deadline().Sub(due); next < time.Second || next > 1200*time.Millisecond {
			t.Errorf("the next comes %v later", next)
		}
	}
	if len(firsts) < 50 {
		t.Errorf("50 callers begin at %d instants", len(firsts))
	}
}
