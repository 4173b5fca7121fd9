package policy_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// ledger is a balancer that checks its own use: every pick is returned once.
type ledger struct{ out map[policy.EndpointID]int }

var lastLedger *ledger // the newest one made, for the test that makes the edge

func (l *ledger) Pick(_ policy.Instant, up []policy.Endpoint, draw work.Identity) policy.EndpointID {
	if len(up) == 0 || !slices.IsSortedFunc(up, func(a, b policy.Endpoint) int { return int(a.ID) - int(b.ID) }) {
		panic("endpoints empty or not sorted")
	}
	id := up[draw.Intn(len(up))].ID
	l.out[id]++
	return id
}

func (l *ledger) Done(_ policy.Instant, id policy.EndpointID, _ policy.Outcome) {
	if l.out[id]--; l.out[id] < 0 {
		panic("returned what was never picked")
	}
}

func init() {
	policy.Balancers.Register(def.Def[policy.Balancer]{
		Name: "ledger", Doc: "checks its own use; for tests",
		New: func() policy.Balancer {
			lastLedger = &ledger{out: map[policy.EndpointID]int{}}
			return lastLedger
		},
	})
}

// watched is a call with what its host saw of it.
type watched struct {
	call       policy.Call
	began      policy.Instant
	deadline   policy.Instant // the effective one
	idempotent bool
	sent       int
	flying     map[int]policy.Instant // attempts that are neither told, cancelled nor over, and when their time is up
	placed     bool                   // in the bulkhead
	finished   int
	cause      policy.Cause
}

// tunnel drives many calls on one edge with whatever events rapid draws.
type tunnel struct {
	t     *rapid.T
	cfg   policy.EdgeConfig
	edge  *policy.Edge
	now   policy.Instant
	up    []policy.Endpoint
	calls []*watched
	book  *ledger
}

func drawEdge(t *rapid.T) policy.EdgeConfig {
	ms := func(label string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Millisecond
	}
	cfg := policy.EdgeConfig{Balance: "ledger", Deadline: ms("deadline", 60), Timeout: ms("timeout", 30)}
	if rapid.Bool().Draw(t, "retry") {
		cfg.Retry = &policy.RetryConfig{
			Attempts: rapid.IntRange(1, 5).Draw(t, "attempts"),
			Always:   rapid.Bool().Draw(t, "always"),
			Backoff: policy.BackoffConfig{
				Base:   ms("base", 10),
				Jitter: rapid.SampledFrom([]string{"", "full", "equal", "decorrelated", "none"}).Draw(t, "jitter"),
			},
		}
		if rapid.Bool().Draw(t, "budget") {
			cfg.Retry.Budget = &policy.BudgetConfig{
				Share:     unit.Share(rapid.IntRange(0, 100).Draw(t, "share")) / 100,
				PerSecond: unit.Rate(rapid.IntRange(0, 3).Draw(t, "minimum rate")),
				TTL:       time.Second,
			}
		}
	}
	if rapid.Bool().Draw(t, "breaker") {
		b := drawBreaker(t)
		b.Per = rapid.SampledFrom([]string{"edge", "instance"}).Draw(t, "per")
		cfg.Breaker = &b
	}
	drawBounds(t, &cfg, ms)
	return cfg
}

func drawBounds(t *rapid.T, cfg *policy.EdgeConfig, ms func(string, int) time.Duration) {
	some := func(label string) bool { return rapid.IntRange(0, 2).Draw(t, label) == 0 }
	if some("hedge") {
		cfg.Hedge = &policy.HedgeConfig{After: ms("after", 20), Attempts: rapid.IntRange(2, 4).Draw(t, "in flight"),
			Quantile: unit.Share(rapid.IntRange(0, 1).Draw(t, "quantile")) / 2}
	}
	if some("bulkhead") {
		cfg.Bulkhead = &policy.BulkheadConfig{Calls: rapid.IntRange(1, 4).Draw(t, "calls"), Wait: ms("wait", 20)}
	}
	if some("limit") {
		cfg.Limit = &policy.LimitConfig{Least: rapid.IntRange(1, 5).Draw(t, "least"), Most: 10}
	}
	if some("ejection") {
		cfg.Ejection = &policy.EjectionConfig{Consecutive: 2, Every: 5 * time.Millisecond, For: 10 * time.Millisecond, Most: 0.5}
	}
	if some("throttle") {
		cfg.Throttle = &policy.ThrottleConfig{Over: time.Second}
	}
	if some("health") {
		cfg.Health = &policy.HealthConfig{Interval: 5 * time.Millisecond, Timeout: 3 * time.Millisecond, Unhealthy: 1, Panic: 0.3}
	}
	if some("fallback") {
		cfg.Fallback = &policy.FallbackConfig{}
	}
	if some("slow start") {
		cfg.SlowStart = 20 * time.Millisecond
	}
}

func TestCallInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &tunnel{t: t, cfg: drawEdge(t)}
		var err error
		if k.edge, err = policy.NewEdge(k.cfg); err != nil {
			t.Fatal(err)
		}
		k.book = lastLedger
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			k.now = k.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "gap")) * time.Millisecond / 2)
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				k.setEndpoints()
			case 1, 2:
				k.begin()
			case 3:
				k.edge.Tick(k.now, nil)
				for _, p := range k.edge.Probes(k.now, nil) {
					k.edge.Probed(k.now, p, rapid.SampledFrom([]policy.Cause{policy.OK, policy.OK, policy.Refused}).Draw(t, "probe"))
				}
			default:
				k.disturb()
			}
		}
		k.drain()
		k.audit()
		for id, n := range k.book.out {
			if n != 0 {
				t.Fatalf("%d attempts to %d were never returned to the balancer", n, id)
			}
		}
	})
}

func (k *tunnel) setEndpoints() {
	k.up = nil
	for id := range 5 {
		if rapid.Bool().Draw(k.t, "up") {
			k.up = append(k.up, policy.Endpoint{ID: policy.EndpointID(id)})
		}
	}
	k.edge.SetEndpoints(k.now, rapid.Permutation(k.up).Draw(k.t, "order"))
}

func (k *tunnel) begin() {
	w := &watched{began: k.now, deadline: policy.Never, flying: map[int]policy.Instant{}, idempotent: rapid.Bool().Draw(k.t, "idempotent")}
	if rapid.Bool().Draw(k.t, "bounded") {
		w.deadline = k.now.Add(time.Duration(rapid.IntRange(-2, 40).Draw(k.t, "within")) * time.Millisecond)
	}
	w.call = k.edge.Begin(k.now, work.Root(uint64(len(k.calls))), w.deadline, w.idempotent)
	if k.cfg.Deadline > 0 {
		w.deadline = min(w.deadline, k.now.Add(k.cfg.Deadline))
	}
	k.calls = append(k.calls, w)
	k.step(w, policy.Event{Kind: policy.Begin})
}

// disturb tells any call anything: replies to attempts that are in flight, were
// given up or never sent, early and late dues, a second begin.
func (k *tunnel) disturb() {
	if len(k.calls) == 0 {
		return
	}
	w := rapid.SampledFrom(k.calls).Draw(k.t, "call")
	ev := policy.Event{Kind: rapid.SampledFrom([]policy.EventKind{policy.Replied, policy.Replied, policy.Due, policy.Begin, policy.Granted}).Draw(k.t, "event")}
	if ev.Kind == policy.Replied {
		ev.Attempt = max(0, w.sent-rapid.IntRange(-1, 3).Draw(k.t, "back"))
		ev.Outcome.Cause = rapid.SampledFrom(append(policy.Causes(), policy.OK, policy.OK, policy.OK)).Draw(k.t, "cause")
	}
	k.step(w, ev)
}

func (k *tunnel) step(w *watched, ev policy.Event) {
	wasOver := w.call.Over()
	actions := w.call.Step(k.now, ev, nil)
	if wasOver && len(actions) > 0 {
		k.t.Fatalf("%+v after the call was over", actions)
	}
	if ev.Kind == policy.Replied { // a late one ends its attempt too, as timed out
		delete(w.flying, ev.Attempt)
	}
	for i, a := range actions {
		switch a.Kind {
		case policy.Send:
			k.checkSend(w, a)
		case policy.Cancel:
			if until, flies := w.flying[a.Attempt]; !flies || a.Cause != policy.OK && k.now < until {
				k.t.Fatalf("cancels attempt %d as %q, in flight %v", a.Attempt, a.Cause, w.flying)
			}
			delete(w.flying, a.Attempt)
		case policy.Finish:
			if i != len(actions)-1 {
				k.t.Fatalf("%+v goes on after finish", actions)
			}
			w.finished++
			w.cause = a.Cause
			w.placed = false
			if a.Fallback && (a.Cause != policy.OK || k.cfg.Fallback == nil) {
				k.t.Fatalf("%+v", a)
			}
		}
	}
	k.turns()
	for number := range w.sent + 2 {
		if _, flies := w.flying[number]; flies != w.call.Flies(number) {
			k.t.Fatalf("attempt %d flies: %v, in flight are %v", number, !flies, w.flying)
		}
	}
	if w.call.Over() != (w.finished == 1) || w.call.Attempts() != w.sent {
		k.t.Fatalf("over %v, %d finishes; %d attempts, %d sent", w.call.Over(), w.finished, w.call.Attempts(), w.sent)
	}
	if w.call.Over() && (len(w.flying) > 0 || w.call.Due() != policy.Never) {
		k.t.Fatalf("over with an attempt in flight or due at %s", at(w.call.Due()))
	}
}

// turns steps the calls whose turn has come, as a host does.
func (k *tunnel) turns() {
	for _, ticket := range k.edge.Turns(nil) {
		for _, w := range k.calls {
			if w.call.Ticket() == ticket {
				k.step(w, policy.Event{Kind: policy.Granted})
			}
		}
	}
}

// room checks the bounds on what is in flight on the edge.
func (k *tunnel) room() {
	calls, attempts := 0, 0
	for _, w := range k.calls {
		attempts += len(w.flying)
		if w.placed {
			calls++
		}
	}
	if b := k.cfg.Bulkhead; b != nil && calls > b.Calls {
		k.t.Fatalf("%d calls in flight, the bulkhead lets %d", calls, b.Calls)
	}
	if l := k.cfg.Limit; l != nil && attempts > l.Most {
		k.t.Fatalf("%d attempts in flight, the limit never lets more than %d", attempts, l.Most)
	}
}

func (k *tunnel) checkSend(w *watched, a policy.Action) {
	w.sent++
	w.placed = true
	most, abreast := 1, 1
	if r := k.cfg.Retry; r != nil && (w.idempotent || r.Always) {
		most = r.Attempts
	}
	if h := k.cfg.Hedge; h != nil && w.idempotent {
		abreast = h.Attempts
	}
	most *= abreast
	limit := w.deadline
	if k.cfg.Timeout > 0 {
		limit = min(limit, k.now.Add(k.cfg.Timeout))
	}
	switch {
	case len(w.flying) >= abreast:
		k.t.Fatalf("sends while %d are in flight", len(w.flying))
	case a.Attempt != w.sent || w.sent > most:
		k.t.Fatalf("sends attempt %d as number %d of at most %d", a.Attempt, w.sent, most)
	case k.now >= w.deadline:
		k.t.Fatalf("sends at %s past the deadline %s", at(k.now), at(w.deadline))
	case a.Deadline != limit || w.call.Due() > limit:
		k.t.Fatalf("attempt until %s, due %s, should be %s", at(a.Deadline), at(w.call.Due()), at(limit))
	case !slices.ContainsFunc(k.up, func(p policy.Endpoint) bool { return p.ID == a.Endpoint }):
		k.t.Fatalf("sends to %d, up are %v", a.Endpoint, k.up)
	}
	w.flying[a.Attempt] = limit
	k.room()
}

// drain lets time pass until every call is over: answering what waits for a
// reply alone, it must not take more than a call's attempts.
func (k *tunnel) drain() {
	for _, w := range k.calls {
		for steps := 0; !w.call.Over(); steps++ {
			if steps > 60 {
				k.t.Fatalf("a call does not end: due %s", at(w.call.Due()))
			}
			if w.call.Due() == policy.Never {
				oldest := slices.Min(slices.Collect(maps.Keys(w.flying)))
				k.step(w, policy.Event{Kind: policy.Replied, Attempt: oldest, Outcome: policy.Outcome{Cause: policy.Reset}})
				continue
			}
			k.now = max(k.now, w.call.Due())
			k.step(w, policy.Event{Kind: policy.Due})
		}
	}
}

// audit compares the edge's counters with what the host saw.
func (k *tunnel) audit() {
	c := k.edge.Counters()
	failed := map[policy.Cause]uint64{}
	sent, retries := 0, 0
	for _, w := range k.calls {
		if w.finished != 1 {
			k.t.Fatalf("%d finishes", w.finished)
		}
		if w.cause != policy.OK {
			failed[w.cause]++
		}
		sent += w.sent
		retries += max(0, w.sent-1)
	}
	retries -= int(c.Hedges)
	if int(c.Calls) != len(k.calls) || int(c.Attempts) != sent || len(c.Failed) != len(failed) {
		k.t.Fatalf("%+v, but %d calls, %d sent, %v", c, len(k.calls), sent, failed)
	}
	for cause, n := range failed {
		if c.Failed[cause] != n {
			k.t.Fatalf("%s: %d, but %d", cause, c.Failed[cause], n)
		}
	}
	if k.cfg.Retry != nil && k.cfg.Retry.Budget != nil {
		b := k.cfg.Retry.Budget
		most := float64(b.Share)*float64(c.Calls) + float64(b.PerSecond)*(k.now.Sub(0)+b.TTL).Seconds()
		if float64(retries) > most+1e-6 {
			k.t.Fatalf("%d retries, the budget grants %g", retries, most)
		}
	}
}

func TestRetryable(t *testing.T) {
	not := []policy.Cause{policy.OK, policy.Deadline, policy.RejectedBreaker, policy.Unsent}
	for _, c := range append(policy.Causes(), policy.OK) {
		if got := policy.Retryable(c); got == slices.Contains(not, c) {
			t.Errorf("%s: %v", nameOf(c), got)
		}
	}
}

// The hot path: one call that succeeds costs under 2 µs and no allocation, with
// every policy on.
func TestCallDoesNotAllocate(t *testing.T) {
	for _, name := range balancers {
		for _, per := range []string{"edge", "instance"} {
			run := hotPath(t, name, per)
			for range 1000 {
				run()
			}
			if n := testing.AllocsPerRun(1000, run); n != 0 {
				t.Errorf("%s, breaker per %s: %g allocations a call", name, per, n)
			}
		}
	}
}

// hotPath returns a function that makes one call, and every fourth time a retry.
func hotPath(t testing.TB, balance, per string) func() {
	edge, err := policy.NewEdge(policy.EdgeConfig{
		Balance: balance, Timeout: time.Second, Deadline: 3 * time.Second,
		Fallback:  &policy.FallbackConfig{},
		RateLimit: &policy.RateLimitConfig{Rate: 1e9, Burst: 100},
		Bulkhead:  &policy.BulkheadConfig{Calls: 10},
		Hedge:     &policy.HedgeConfig{After: time.Second, Quantile: 0.95},
		Throttle:  &policy.ThrottleConfig{},
		Limit:     &policy.LimitConfig{},
		Ejection:  &policy.EjectionConfig{Consecutive: 1 << 30},
		Health:    &policy.HealthConfig{Interval: 24 * time.Hour},
		Retry:     &policy.RetryConfig{Attempts: 3, Budget: &policy.BudgetConfig{Share: 1}},
		Breaker: &policy.BreakerConfig{
			Failures: unit.CountOrShare{Share: 0.9}, Over: unit.CountOrTime{Time: 10 * time.Second}, Per: per,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var up []policy.Endpoint
	for id := range 10 {
		up = append(up, policy.Endpoint{ID: policy.EndpointID(id)})
	}
	edge.SetEndpoints(0, up)
	for _, p := range edge.Probes(0, nil) {
		if p.Endpoint > 0 { // one of them is left out
			edge.Probed(0, p, policy.OK)
		}
	}
	root := work.Root(1)
	now, n := policy.Instant(0), uint64(0)
	return func() {
		var room [4]policy.Action
		now, n = now.Add(100*time.Microsecond), n+1
		call := edge.Begin(now, root.Child(n), policy.Never, true)
		out := call.Step(now, policy.Event{Kind: policy.Begin}, room[:0])
		if n%4 == 0 {
			out = call.Step(now, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: policy.Reset}}, out[:0])
		}
		out = call.Step(now, policy.Event{Kind: policy.Replied, Attempt: call.Attempts(), Outcome: policy.Outcome{Latency: time.Millisecond}}, out[:0])
		if !call.Over() || out[len(out)-1].Cause != policy.OK {
			panic("the call did not end well")
		}
		edge.Deadline()
	}
}

func BenchmarkCall(b *testing.B) {
	for _, name := range balancers {
		for _, per := range []string{"edge", "instance"} {
			b.Run(name+"/"+per, func(b *testing.B) {
				run := hotPath(b, name, per)
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
			})
		}
	}
}

// BenchmarkPlainCall is a call on an edge with no policy but a timeout.
func BenchmarkPlainCall(b *testing.B) {
	edge, err := policy.NewEdge(policy.EdgeConfig{Timeout: time.Second})
	if err != nil {
		b.Fatal(err)
	}
	edge.SetEndpoints(0, upTo(10))
	now, n := policy.Instant(0), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		var room [4]policy.Action
		now, n = now.Add(100*time.Microsecond), n+1
		call := edge.Begin(now, work.Root(n), policy.Never, true)
		out := call.Step(now, policy.Event{Kind: policy.Begin}, room[:0])
		call.Step(now, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Latency: time.Millisecond}}, out[:0])
		edge.Deadline()
	}
}
