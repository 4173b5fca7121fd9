package policy_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// talk plays an edge's dialogue.
type talk struct {
	t     *testing.T
	edge  *policy.Edge
	calls map[string]*policy.Call
	sent  map[policy.EndpointID]uint64 // the latest probe of each
}

func TestEdgeDialogues(t *testing.T) {
	dialogues(t, "edge", func(t *testing.T) func(command) []string {
		return (&talk{t: t, calls: map[string]*policy.Call{}, sent: map[policy.EndpointID]uint64{}}).say
	})
}

func (k *talk) say(c command) []string {
	switch c.name {
	case "edge":
		edge, err := policy.NewEdge(c.edge(k.t))
		if err != nil {
			return []string{err.Error()}
		}
		k.edge = edge
		k.edge.SetEndpoints(c.at, endpoints(k.t, c.sets["up"]))
		return nil
	case "up":
		k.edge.SetEndpoints(c.at, endpoints(k.t, strings.Join(c.args, ",")))
		return nil
	case "begin":
		name := c.args[0]
		call := k.edge.Begin(c.at, work.Root(1).Named(name), c.instant(k.t, "deadline"), !slices.Contains(c.args, "unsafe"))
		k.calls[name] = &call
		return k.step(c, policy.Event{Kind: policy.Begin})
	case "reply": // "reply a ok", "reply a timeout attempt=1"
		attempt := c.int(k.t, "attempt")
		if attempt == 0 {
			attempt = k.calls[c.args[0]].Attempts()
		}
		return k.step(c, policy.Event{Kind: policy.Replied, Attempt: attempt, Outcome: policy.Outcome{Cause: causeOf(c.args[1])}})
	case "due":
		return k.step(c, policy.Event{Kind: policy.Due})
	case "turn":
		return k.step(c, policy.Event{Kind: policy.Granted})
	case "tick":
		var lines []string
		for _, tr := range k.edge.Tick(c.at, nil) {
			lines = append(lines, told(tr))
		}
		return append(lines, strings.TrimSpace(k.edge.State()+" next tick "+at(k.edge.Deadline())))
	case "probes":
		return k.probes(c)
	case "probed": // "probed timeout of=2", "probed ok of=2 number=1"
		number := k.sent[policy.EndpointID(c.int(k.t, "of"))]
		if n := c.int(k.t, "number"); n > 0 {
			number = uint64(n)
		}
		k.edge.Probed(c.at, policy.Probe{Endpoint: policy.EndpointID(c.int(k.t, "of")), Number: number}, causeOf(c.args[0]))
		return nil
	case "counters":
		return []string{counted(k.edge.Counters())}
	default:
		k.t.Fatalf("no command %q", c.name)
		return nil
	}
}

// probes sends what is due.
func (k *talk) probes(c command) []string {
	var lines []string
	for _, p := range k.edge.Probes(c.at, nil) {
		k.sent[p.Endpoint] = p.Number
		lines = append(lines, fmt.Sprintf("probe %d of %d, until %s", p.Number, p.Endpoint, at(p.Until)))
	}
	return append(lines, "next tick "+at(k.edge.Deadline()))
}

func (k *talk) step(c command, ev policy.Event) []string {
	name := c.args[0]
	call := k.calls[name]
	var lines []string
	for _, a := range call.Step(c.at, ev, nil) {
		switch a.Kind {
		case policy.Send:
			lines = append(lines, fmt.Sprintf("send %s#%d to %d, until %s", name, a.Attempt, a.Endpoint, at(a.Deadline)))
		case policy.Cancel:
			lines = append(lines, fmt.Sprintf("cancel %s#%d%s", name, a.Attempt, lost(a)))
		case policy.Finish:
			lines = append(lines, fmt.Sprintf("finish %s %s%s", name, nameOf(a.Cause), fallen(a)))
		}
	}
	for _, ticket := range k.edge.Turns(nil) {
		for name, other := range k.calls {
			if other.Ticket() == ticket {
				lines = append(lines, "turn of "+name)
			}
		}
	}
	if call.Ticket() != 0 {
		lines = append(lines, "waits")
	}
	if !call.Over() {
		lines = append(lines, "due "+at(call.Due()))
	}
	return lines
}

func lost(a policy.Action) string {
	if a.Cause == policy.OK {
		return ", it lost"
	}
	return ""
}

func fallen(a policy.Action) string {
	if a.Fallback {
		return ", by the fallback"
	}
	return ""
}

func (c command) edge(t *testing.T) policy.EdgeConfig {
	cfg := policy.EdgeConfig{Deadline: c.duration(t, "deadline"), Timeout: c.duration(t, "timeout"), Balance: c.sets["balance"]}
	if _, set := c.sets["attempts"]; set {
		cfg.Retry = &policy.RetryConfig{Attempts: c.int(t, "attempts"), Always: slices.Contains(c.args, "always")}
		cfg.Retry.Backoff = policy.BackoffConfig{Base: c.duration(t, "base"), Cap: c.duration(t, "cap"), Jitter: c.sets["jitter"]}
		if _, set := c.sets["budget"]; set {
			cfg.Retry.Budget = &policy.BudgetConfig{TTL: c.duration(t, "ttl")}
			c.text(t, "budget", &cfg.Retry.Budget.Share)
			c.text(t, "minimum-rate", &cfg.Retry.Budget.PerSecond)
		}
	}
	if _, set := c.sets["failures"]; set {
		b := c.breaker(t)
		cfg.Breaker = &b
	}
	c.bounds(t, &cfg)
	return cfg
}

// bounds reads what else an edge has: "rate=10/s burst=2 bulkhead=1 wait=5ms
// hedge=20ms in-flight=3 fallback=10 tokens=4 limit=3 eject=2".
func (c command) bounds(t *testing.T, cfg *policy.EdgeConfig) {
	set := func(key string) bool { _, set := c.sets[key]; return set }
	if set("rate") {
		cfg.RateLimit = &policy.RateLimitConfig{Burst: c.int(t, "burst")}
		c.text(t, "rate", &cfg.RateLimit.Rate)
	}
	if set("bulkhead") {
		cfg.Bulkhead = &policy.BulkheadConfig{Calls: c.int(t, "bulkhead"), Wait: c.duration(t, "wait")}
	}
	if set("health") {
		cfg.Health = &policy.HealthConfig{Interval: c.duration(t, "health"), Timeout: c.duration(t, "health-timeout"),
			Unhealthy: c.int(t, "unhealthy"), Healthy: c.int(t, "healthy"), NoTraffic: c.duration(t, "no-traffic")}
		c.text(t, "panic", &cfg.Health.Panic)
		c.text(t, "health-jitter", &cfg.Health.Jitter)
	}
	if set("hedge") {
		cfg.Hedge = &policy.HedgeConfig{After: c.duration(t, "hedge"), Attempts: c.int(t, "in-flight")}
		if set("hedge-budget") {
			cfg.Hedge.Budget = &policy.BudgetConfig{}
			c.text(t, "hedge-budget", &cfg.Hedge.Budget.Share)
		}
	}
	if set("fallback") {
		cfg.Fallback = &policy.FallbackConfig{Respond: unit.Bytes(c.int(t, "fallback"))}
		for _, on := range strings.FieldsFunc(c.sets["on"], func(r rune) bool { return r == ',' }) {
			cfg.Fallback.On = append(cfg.Fallback.On, policy.Cause(on))
		}
	}
	if set("tokens") {
		if cfg.Retry == nil {
			cfg.Retry = &policy.RetryConfig{Attempts: 1}
		}
		cfg.Retry.Throttle = &policy.RetryThrottleConfig{Tokens: c.int(t, "tokens")}
	}
	if set("limit") {
		cfg.Limit = &policy.LimitConfig{Least: c.int(t, "limit"), Most: c.int(t, "limit")}
	}
	if set("eject") {
		cfg.Ejection = &policy.EjectionConfig{Consecutive: c.int(t, "eject"), Every: c.duration(t, "every"), For: c.duration(t, "for")}
		c.text(t, "most", &cfg.Ejection.Most)
	}
}

func endpoints(t *testing.T, list string) []policy.Endpoint {
	var up []policy.Endpoint
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		id, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		up = append(up, policy.Endpoint{ID: policy.EndpointID(id)})
	}
	return up
}

func counted(c policy.Counters) string {
	s := fmt.Sprintf("%d calls, %d attempts, %d denied", c.Calls, c.Attempts, c.Denied)
	if c.Hedges > 0 {
		s += fmt.Sprintf(", %d hedges", c.Hedges)
	}
	if c.Fallbacks > 0 {
		s += fmt.Sprintf(", %d by the fallback", c.Fallbacks)
	}
	for _, cause := range policy.Causes() {
		if n := c.Failed[cause]; n > 0 {
			s += fmt.Sprintf(", %d %s", n, cause)
		}
	}
	return s
}

func TestNewEdgeRefusesUnknownNames(t *testing.T) {
	for name, cfg := range map[string]policy.EdgeConfig{
		`no balancer "fastest"`:      {Balance: "fastest"},
		`no jitter "some"`:           {Retry: &policy.RetryConfig{Backoff: policy.BackoffConfig{Jitter: "some"}}},
		`no breaker per "operation"`: {Breaker: &policy.BreakerConfig{Per: "operation"}},
	} {
		if _, err := policy.NewEdge(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestZeroEdgeMakesOneUnboundedAttempt(t *testing.T) {
	edge, err := policy.NewEdge(policy.EdgeConfig{})
	if err != nil {
		t.Fatal(err)
	}
	edge.SetEndpoints(0, []policy.Endpoint{{ID: 3}})
	call := edge.Begin(0, work.Root(1), policy.Never, true)
	actions := call.Step(0, policy.Event{Kind: policy.Begin}, nil)
	if len(actions) != 1 || actions[0].Kind != policy.Send || actions[0].Endpoint != 3 || actions[0].Deadline != policy.Never {
		t.Fatalf("%+v", actions)
	}
	if call.Due() != policy.Never || edge.State() != "" || edge.Deadline() != policy.Never {
		t.Fatalf("due %s, state %q, tick %s", at(call.Due()), edge.State(), at(edge.Deadline()))
	}
	actions = call.Step(5, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: policy.Status}}, nil)
	if len(actions) != 1 || actions[0].Kind != policy.Finish || actions[0].Cause != policy.Status {
		t.Fatalf("%+v", actions)
	}
}

// Counters are the caller's: what happens later does not change them.
func TestCountersAreACopy(t *testing.T) {
	edge, _ := policy.NewEdge(policy.EdgeConfig{})
	refuse := func() {
		call := edge.Begin(0, 0, policy.Never, true)
		call.Step(0, policy.Event{Kind: policy.Begin}, nil)
	}
	refuse()
	before := edge.Counters()
	refuse()
	if before.Calls != 1 || before.Failed[policy.Refused] != 1 || edge.Counters().Failed[policy.Refused] != 2 {
		t.Fatalf("%+v, then %+v", before, edge.Counters())
	}
}

// An outage as a whole: a dependency that fails for eight seconds opens the
// breaker soon after, sheds most of the load, and is used again within Open of its return.
func TestBreakerThroughAnOutage(t *testing.T) {
	edge, err := policy.NewEdge(policy.EdgeConfig{
		Timeout: 100 * time.Millisecond,
		Breaker: &policy.BreakerConfig{
			Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Count: 20}, Open: time.Second, Probes: 5,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	edge.SetEndpoints(0, []policy.Endpoint{{ID: 1}, {ID: 2}})
	const down, back, end = policy.Instant(10 * time.Second), policy.Instant(18 * time.Second), policy.Instant(30 * time.Second)
	var transitions []policy.Transition
	sentWhileDown, failedAfter := 0, policy.Instant(0)
	for now := policy.Instant(0); now < end; now = now.Add(10 * time.Millisecond) { // 100 calls a second, answered at once
		call := edge.Begin(now, work.Root(uint64(now)), policy.Never, false)
		cause := policy.OK
		for _, a := range call.Step(now, policy.Event{Kind: policy.Begin}, nil) {
			if a.Kind == policy.Finish {
				cause = a.Cause
				continue
			}
			if now >= down && now < back {
				cause = policy.Refused
				sentWhileDown++
			}
			call.Step(now, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: cause}}, nil)
		}
		if cause != policy.OK && now >= back {
			failedAfter = now
		}
		transitions = edge.Tick(now, transitions)
	}
	first, last := transitions[0], transitions[len(transitions)-1]
	if first.To != policy.Open || first.At < down || first.At > down.Add(200*time.Millisecond) {
		t.Errorf("opened by %+v", first)
	}
	if last.To != policy.Closed || last.At < back || last.At > back.Add(1100*time.Millisecond) {
		t.Errorf("closed by %+v", last)
	}
	if limit := 10 + 8*5; sentWhileDown > limit {
		t.Errorf("%d attempts met the outage, at most %d should", sentWhileDown, limit)
	}
	if failedAfter > last.At {
		t.Errorf("still failing at %s", at(failedAfter))
	}
}

// Transitions of several breakers are told in the order of their instants, also
// those of an endpoint that has gone.
func TestTickSortsByInstant(t *testing.T) {
	edge, err := policy.NewEdge(policy.EdgeConfig{Breaker: &policy.BreakerConfig{
		Failures: unit.CountOrShare{Count: 1}, Open: time.Second, Probes: 1, Per: "instance",
	}})
	if err != nil {
		t.Fatal(err)
	}
	edge.SetEndpoints(0, []policy.Endpoint{{ID: 1}, {ID: 2}, {ID: 3}})
	for i := range policy.Instant(3) {
		call := edge.Begin(i, 0, policy.Never, false)
		call.Step(i, policy.Event{Kind: policy.Begin}, nil)
		call.Step(i, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: policy.Reset}}, nil)
	}
	edge.SetEndpoints(0, []policy.Endpoint{{ID: 2}, {ID: 1}, {ID: 2}})
	if edge.Deadline() > 2 {
		t.Errorf("transitions wait and the next tick is at %d", edge.Deadline())
	}
	told := edge.Tick(policy.Instant(time.Minute), nil)
	if len(told) != 5 || !slices.IsSortedFunc(told, func(a, b policy.Transition) int { return int(a.At - b.At) }) {
		t.Errorf("%+v", told)
	}
}

// An answer from before an endpoint went away says nothing to the breaker that
// it gets when it is back.
func TestPermitsEndWithTheirEndpoint(t *testing.T) {
	edge, err := policy.NewEdge(policy.EdgeConfig{Breaker: &policy.BreakerConfig{
		Failures: unit.CountOrShare{Count: 1}, Per: "instance",
	}})
	if err != nil {
		t.Fatal(err)
	}
	one := []policy.Endpoint{{ID: 1}}
	begin := func() *policy.Call {
		call := edge.Begin(0, 0, policy.Never, false)
		call.Step(0, policy.Event{Kind: policy.Begin}, nil)
		return &call
	}
	reset := policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: policy.Reset}}
	edge.SetEndpoints(0, one)
	old := begin()
	edge.SetEndpoints(0, nil)
	edge.SetEndpoints(0, one)
	current := begin()
	if old.Step(1, reset, nil); edge.State() != policy.Closed {
		t.Errorf("%s by an answer from before", edge.State())
	}
	if current.Step(2, reset, nil); edge.State() != policy.Open {
		t.Errorf("%s after an answer of its own", edge.State())
	}
}

// Everything fails: without a budget each call makes all its attempts, with one
// the retries stay a share of the calls.
func TestBudgetBoundsAStorm(t *testing.T) {
	storm := func(budget *policy.BudgetConfig) policy.Counters {
		edge, err := policy.NewEdge(policy.EdgeConfig{Retry: &policy.RetryConfig{Attempts: 4, Budget: budget}})
		if err != nil {
			t.Fatal(err)
		}
		edge.SetEndpoints(0, []policy.Endpoint{{ID: 1}, {ID: 2}, {ID: 3}})
		for now := policy.Instant(0); now < policy.Instant(20*time.Second); now = now.Add(10 * time.Millisecond) {
			call := edge.Begin(now, work.Root(uint64(now)), policy.Never, true)
			for call.Step(now, policy.Event{Kind: policy.Begin}, nil); !call.Over(); {
				call.Step(now, policy.Event{Kind: policy.Replied, Attempt: call.Attempts(), Outcome: policy.Outcome{Cause: policy.Reset}}, nil)
			}
		}
		return edge.Counters()
	}
	if c := storm(nil); c.Calls != 2000 || c.Attempts != 8000 || c.Denied != 0 || c.Failed[policy.Reset] != 2000 {
		t.Errorf("without a budget %+v", c)
	}
	c := storm(&policy.BudgetConfig{Share: 0.2})
	if retries := c.Attempts - c.Calls; retries < 380 || retries > 400 || c.Denied == 0 {
		t.Errorf("with a budget of a fifth %+v", c)
	}
}

// Whatever balances: a retry goes to another instance than the one that failed,
// as long as there is another.
func TestRetriesAvoidTheFailed(t *testing.T) {
	for _, name := range balancers {
		edge, err := policy.NewEdge(policy.EdgeConfig{Balance: name, Retry: &policy.RetryConfig{Attempts: 10}})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(50) {
			edge.SetEndpoints(0, upTo(2+int(seed%3)))
			call := edge.Begin(0, work.Root(seed), policy.Never, true)
			var last policy.EndpointID
			for actions := call.Step(0, policy.Event{Kind: policy.Begin}, nil); !call.Over(); {
				if actions[0].Endpoint == last {
					t.Fatalf("%s: attempt %d goes to %d again", name, call.Attempts(), last)
				}
				last = actions[0].Endpoint
				actions = call.Step(0, policy.Event{Kind: policy.Replied, Attempt: call.Attempts(), Outcome: policy.Outcome{Cause: policy.Reset}}, nil)
			}
		}
	}
}

// The state of an edge is the worst of its breakers', in whatever order they are.
func TestStateIsTheWorst(t *testing.T) {
	for _, order := range [][]policy.EndpointID{{1, 2, 3}, {3, 2, 1}, {2, 3, 1}} {
		edge, err := policy.NewEdge(policy.EdgeConfig{Breaker: &policy.BreakerConfig{
			Failures: unit.CountOrShare{Count: 1}, Open: time.Second, Per: "instance",
		}})
		if err != nil {
			t.Fatal(err)
		}
		edge.SetEndpoints(0, upTo(3))
		fail := func(now policy.Instant, id policy.EndpointID) {
			for range 3 { // in turn: one of them is it
				call := edge.Begin(now, 0, policy.Never, false)
				for _, a := range call.Step(now, policy.Event{Kind: policy.Begin}, nil) {
					cause := policy.OK
					if a.Endpoint == id {
						cause = policy.Reset
					}
					call.Step(now, policy.Event{Kind: policy.Replied, Attempt: 1, Outcome: policy.Outcome{Cause: cause}}, nil)
				}
			}
		}
		// The first opens at 0 s and the second at 0.6 s, so at 1.2 s one is half-open and one open.
		for i, want := range []string{policy.Open, policy.Open, policy.Open, policy.HalfOpen} {
			now := policy.Instant(i) * policy.Instant(600*time.Millisecond)
			if i < 2 {
				fail(now, order[i])
			}
			if edge.Tick(now, nil); edge.State() != want {
				t.Errorf("failing in order %v, at %s: %s instead of %s", order, at(now), edge.State(), want)
			}
		}
	}
}
