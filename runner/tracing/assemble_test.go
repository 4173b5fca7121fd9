package tracing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// story is a request with what nodes tell of it.
type story struct {
	log  *Log
	done time.Duration
	why  policy.Cause
}

func (s *story) tell(node string, span wire.Span) {
	*s.log.Next(&Place{node, node + "-1"}) = span
}

func at(ms float64) policy.Instant { return policy.Instant(ms * float64(time.Millisecond)) }

const root = work.Identity(77)

// drawn prints a trace as a tree: part, name, place, times in ms and what is marked.
func drawn(t *testing.T, s *story, k *Keeper) string {
	t.Helper()
	r := record.Request{Entry: "buy", Phase: "steady", Sent: time.Millisecond, Done: s.done, Cause: s.why, Status: 200}
	k.Offer(k.Entry("buy"), &r, root, s.log)
	trace := k.Traces().Kept[0]
	children := map[uint64][]record.Span{}
	for _, span := range trace.Spans[1:] {
		children[span.Parent] = append(children[span.Parent], span)
	}
	var b strings.Builder
	if trace.Partial {
		b.WriteString("partial\n")
	}
	printed := 0
	var print func(span record.Span, depth int)
	print = func(span record.Span, depth int) {
		printed++
		fmt.Fprintf(&b, "%s%s %s @%s %v-%v", strings.Repeat("  ", depth), span.Part, span.Name, span.Instance,
			float64(span.Begin)/1e6, float64(span.End)/1e6)
		for _, flag := range []struct {
			name string
			is   bool
		}{{string(span.Cause), span.Cause != ""}, {"missing", span.Missing}, {"hedge", span.Hedge}, {"lost", span.Lost}, {"fallback", span.Fallback}, {"cold", span.Cold}, {"opaque", span.Opaque}} {
			if flag.is {
				b.WriteString(" " + flag.name)
			}
		}
		b.WriteString("\n")
		for _, c := range children[span.ID] {
			print(c, depth+1)
		}
	}
	print(trace.Spans[0], 0)
	if printed != len(trace.Spans) {
		fmt.Fprintf(&b, "%d hang in the air\n", len(trace.Spans)-printed)
	}
	return b.String()
}

func expect(t *testing.T, s *story, want string) {
	t.Helper()
	expectOf(t, s, New(plan(scenarios.Traces{Limit: 10})), want)
}

func expectOf(t *testing.T, s *story, k *Keeper, want string) {
	t.Helper()
	if got := drawn(t, s, k); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%swant%s", got, want)
	}
}

// door is what the gateway tells: one call to the shop.
func (s *story) door(cause policy.Cause) {
	s.tell("door", wire.Span{Kind: wire.ServeSpan, ID: root, Began: at(2), Begun: at(3), Ended: at(19), Name: "/buy", Cause: cause})
	s.tell("door", wire.Span{Kind: wire.CallSpan, ID: root, Parent: root, Began: at(3), Begun: at(3), Ended: at(19), Name: "shop", Number: 1, Status: 200, Endpoint: 1, Cause: cause, Passed: true})
}

// shop is what the shop tells of its own.
func (s *story) shop(until float64, cause policy.Cause) {
	s.tell("shop", wire.Span{Kind: wire.ServeSpan, ID: root, Began: at(4), Begun: at(6), Ended: at(until), Name: "shop.buy", Own: true, Cause: cause})
}

func TestRequestThroughAProxy(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms}
	s.door("")
	s.shop(18, "")
	s.tell("shop", wire.Span{Kind: wire.OperationSpan, ID: root.Child(0).Child(1), Parent: root, Began: at(7), Ended: at(9), Name: "shop.price"})
	expect(t, s, `
request buy @(generator) 0-20
  late sent late @(generator) 0-1
  serve /buy @door-1 2-19
    queue queue @door-1 2-3
    call call shop @door-1 3-19
      attempt attempt 1 to shop @door-1 3-19
        serve shop.buy @shop-1 4-18
          queue queue @shop-1 4-6
          work shop.buy @shop-1 6-18
            work shop.price @shop-1 7-9
`)
}

// A retry, a hedge beside it that wins, and a wait for the bulkhead before.
func TestAttempts(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms}
	s.door("")
	s.shop(18, "")
	step := root.Child(2)
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: step, Parent: root, Began: at(7), Ended: at(17), Name: "bank"})
	s.tell("shop", wire.Span{Kind: wire.AttemptSpan, ID: step.Child(1), Parent: step, Began: at(8), Ended: at(9), Name: "bank", Number: 1, Cause: policy.Refused, Endpoint: 1})
	s.tell("shop", wire.Span{Kind: wire.AttemptSpan, ID: step.Child(2), Parent: step, Began: at(11), Ended: at(17), Name: "bank", Number: 2, Lost: true, Endpoint: 2})
	s.tell("shop", wire.Span{Kind: wire.AttemptSpan, ID: step.Child(3), Parent: step, Began: at(14), Ended: at(17), Name: "bank", Number: 3, Status: 200, Endpoint: 3})
	s.tell("bank", wire.Span{Kind: wire.ServeSpan, ID: step.Child(3), Began: at(15), Begun: at(15), Ended: at(16), Name: "bank.pay", Own: true})
	expect(t, s, `
request buy @(generator) 0-20
  late sent late @(generator) 0-1
  serve /buy @door-1 2-19
    queue queue @door-1 2-3
    call call shop @door-1 3-19
      attempt attempt 1 to shop @door-1 3-19
        serve shop.buy @shop-1 4-18
          queue queue @shop-1 4-6
          work shop.buy @shop-1 6-18
            call call bank @shop-1 7-17
              held held back @shop-1 7-8
              backoff backoff @shop-1 9-11
              attempt attempt 1 to bank @shop-1 8-9 refused
              attempt attempt 2 to bank @shop-1 11-17 missing lost
              attempt attempt 3 to bank, a hedge @shop-1 14-17 hedge
                serve bank.pay @bank-1 15-16
                  work bank.pay @bank-1 15-16
`)
}

// A callee that was killed tells nothing: the attempt is marked, and so is the trace.
func TestKilledCallee(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms, why: policy.Reset}
	s.door(policy.Reset)
	expect(t, s, `
partial
request buy @(generator) 0-20 reset
  late sent late @(generator) 0-1
  serve /buy @door-1 2-19 reset
    queue queue @door-1 2-3
    call call shop @door-1 3-19 reset
      attempt attempt 1 to shop @door-1 3-19 reset missing
`)
}

// A caller that was killed leaves what it asked for in the air.
func TestKilledCaller(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms, why: policy.Reset}
	s.tell("bank", wire.Span{Kind: wire.ServeSpan, ID: root.Child(2).Child(1), Began: at(15), Begun: at(15), Ended: at(16), Name: "bank.pay", Own: true})
	expect(t, s, `
partial
request buy @(generator) 0-20 reset missing
  late sent late @(generator) 0-1
2 hang in the air
`)
}

// What a breaker or a limit rejects was never sent, and nothing lacks.
func TestRejected(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms}
	s.door("")
	s.shop(18, "")
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: root.Child(1), Parent: root, Began: at(7), Ended: at(7), Name: "bank", Cause: policy.RejectedBreaker})
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: root.Child(2), Parent: root, Began: at(7.5), Ended: at(7.5), Name: "own", Fallback: true})
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: root.Child(3), Parent: root, Began: at(8), Begun: at(8), Ended: at(9), Name: "own", Number: 1, Endpoint: 1, Status: 200})
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: root.Child(4), Parent: root, Began: at(9), Begun: at(9), Ended: at(10), Name: "bank", Number: 1, Endpoint: 1, Cause: policy.Declared})
	expect(t, s, `
request buy @(generator) 0-20
  late sent late @(generator) 0-1
  serve /buy @door-1 2-19
    queue queue @door-1 2-3
    call call shop @door-1 3-19
      attempt attempt 1 to shop @door-1 3-19
        serve shop.buy @shop-1 4-18
          queue queue @shop-1 4-6
          work shop.buy @shop-1 6-18
            call call bank @shop-1 7-7 rejected-breaker
            call call own @shop-1 7.5-7.5 fallback
            call call own @shop-1 8-9
              attempt attempt 1 to own @shop-1 8-9 opaque
            call call bank @shop-1 9-10 declared
              attempt attempt 1 to bank @shop-1 9-10 declared
`)
}

// A queue that was full, and one in which the deadline came.
func TestTurnedAway(t *testing.T) {
	s := &story{log: &Log{}, done: 20 * ms, why: policy.RejectedQueue}
	s.tell("door", wire.Span{Kind: wire.ServeSpan, ID: root, Began: at(2), Begun: at(2), Ended: at(2), Name: "/buy", Cause: policy.RejectedQueue})
	expect(t, s, `
request buy @(generator) 0-20 rejected-queue
  late sent late @(generator) 0-1
  serve /buy @door-1 2-2 rejected-queue
`)
	s = &story{log: &Log{}, done: 20 * ms, why: policy.Deadline}
	s.tell("door", wire.Span{Kind: wire.ServeSpan, ID: root, Began: at(2), Begun: at(9), Ended: at(9), Name: "/buy", Cause: policy.Deadline})
	expect(t, s, `
request buy @(generator) 0-20 deadline
  late sent late @(generator) 0-1
  serve /buy @door-1 2-9 deadline
    queue queue @door-1 2-9
`)
}

// A cold start has the parts of the start that it met, which began before it.
func TestColdStart(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 10}))
	k.Started("fn-4", 15*ms, map[string]float64{"created": 10, "initialised": 4, "fetched": 0})
	s := &story{log: &Log{}, done: 20 * ms}
	s.door("")
	s.shop(19, "")
	step := root.Child(1)
	s.tell("shop", wire.Span{Kind: wire.CallSpan, ID: step, Parent: root, Began: at(2), Begun: at(2), Ended: at(18), Name: "fn-front", Number: 1, Endpoint: 1, Status: 200})
	s.tell("fn-front", wire.Span{Kind: wire.ServeSpan, ID: step.Child(1), Began: at(3), Begun: at(3), Ended: at(18), Name: "/op/fn.run"})
	s.tell("fn-front", wire.Span{Kind: wire.WaitSpan, ID: step.Child(1), Number: 1, Began: at(3), Ended: at(15), Name: "fn", Endpoint: 4, Cold: true})
	s.tell("fn-front", wire.Span{Kind: wire.AttemptSpan, ID: step.Child(1), Parent: step.Child(1), Number: 1, Began: at(15), Ended: at(18), Name: "fn", Endpoint: 4, Status: 200})
	s.tell("fn", wire.Span{Kind: wire.ServeSpan, ID: step.Child(1), Began: at(16), Begun: at(16), Ended: at(17), Name: "fn.run", Own: true})
	expectOf(t, s, k, `
request buy @(generator) 0-20
  late sent late @(generator) 0-1
  serve /buy @door-1 2-19
    queue queue @door-1 2-3
    call call shop @door-1 3-19
      attempt attempt 1 to shop @door-1 3-19
        serve shop.buy @shop-1 4-19
          queue queue @shop-1 4-6
          work shop.buy @shop-1 6-19
            call call fn-front @shop-1 2-18
              attempt attempt 1 to fn-front @shop-1 2-18
                serve /op/fn.run @fn-front-1 3-18
                  wait wait for fn @fn-front-1 3-15 cold
                    start created @fn-4 1-11
                    start initialised @fn-4 11-15
                  attempt attempt 1 to fn @fn-front-1 15-18
                    serve fn.run @fn-1 16-17
                      work fn.run @fn-1 16-17
`)
}
