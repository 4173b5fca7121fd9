package live

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend/process"
	"windtunnel/runner/record"
)

// traced is a gateway before a service that asks, at the same time, another one,
// of which some calls must be repeated, and a function; then it reads through a
// cache. All of its requests are traced.
const traced = `
application: traced
components:
  shop:  {operations: {buy: [{call: shop.price}, {parallel: [{call: stock.take}, {call: bank.pay}]}, {call: page.show}], price: []}}
  stock: {operations: {take: {idempotent: true, steps: [{wait: 1ms}, {fail: 30%}]}}}
  bank:  {operations: {pay: [{wait: 2ms}]}}
  page:  {operations: {show: {idempotent: true, steps: [{wait: 1ms}]}}}
entries: {buy: shop.buy}
---
topology: traced
application: traced
nodes:
  door:  {kind: gateway}
  shop:  {kind: service, hosts: [shop]}
  stock: {kind: service, hosts: [stock], replicas: 2}
  bank:  {kind: function, hosts: [bank], scaler: {lambda: {keep_alive: 60s}}}
  kept:  {kind: cache, to: page, ttl: 1ms}
  page:  {kind: service, hosts: [page]}
edges:
  - {from: shop, to: stock, retry: {attempts: 8, backoff: {base: 1ms, cap: 1ms}}}
---
scenario: traced
generator: {max_lateness: 30s, max_steal: 100%}
traces: {sample: 100%, limit: 10000}
phases: [{name: steady, for: 1500ms, load: {constant: 40/s}}]
`

// recorded carries a file's scenario out on processes, into a run directory, and
// reads that.
func recorded(t *testing.T, text string) *record.Run {
	t.Helper()
	one := loadYAML(t, text)[0]
	plan := runner.NewPlan("t"+time.Now().Format("150405.000000000")[7:], one.Scenario, one.Graph, 1, 1)
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, record.Identity{Run: plan.Run, Engine: record.Live}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = (&Engine{Backend: process.Backend{}}).Run(t.Context(), plan, w)
	if left, sweepErr := process.Sweep(context.Background(), plan.Run); left != 0 || sweepErr != nil {
		t.Errorf("%d things of the run are left (%v)", left, sweepErr)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// pauses are parts that a request may have or not, as the machine has it.
var pauses = []record.Part{record.PartLate, record.PartQueue, record.PartHeld, record.PartBackoff, record.PartWait, record.PartStart}

// tree prints a trace without its pauses: part, name and node of each span,
// below those of its parent.
func tree(trace *record.Trace) string {
	var print func(s *record.Span, depth int) string
	print = func(s *record.Span, depth int) string {
		var below []string
		for i := range trace.Spans {
			if c := &trace.Spans[i]; c.Parent == s.ID && !slices.Contains(pauses, c.Part) {
				below = append(below, print(c, depth+1))
			}
		}
		slices.Sort(below) // what goes on at once has no order
		return fmt.Sprintf("%s%s %s @%s\n", strings.Repeat("  ", depth), s.Part, s.Name, s.Node) + strings.Join(below, "")
	}
	return print(&trace.Spans[0], 0)
}

// expectedTree is that of a request of traced, which asked the stock so often and
// found the page in the cache or not.
func expectedTree(asked int, found bool) string {
	text := `request buy @(generator)
  serve /buy @door
    call call shop @door
      attempt attempt 1 to shop @door
        serve shop.buy @shop
          work shop.buy @shop
            call call bank-front @shop
              attempt attempt 1 to bank-front @shop
                serve /op/bank.pay @bank-front
                  attempt attempt 1 to bank @bank-front
                    serve bank.pay @bank
                      work bank.pay @bank
            call call kept @shop
              attempt attempt 1 to kept @shop
                serve /op/page.show @kept
`
	if !found {
		text += `                  call call page @kept
                    attempt attempt 1 to page @kept
                      serve page.show @page
                        work page.show @page
`
	}
	text += "            call call stock @shop\n"
	for n := range asked {
		text += fmt.Sprintf(`              attempt attempt %d to stock @shop
                serve stock.take @stock
                  work stock.take @stock
`, n+1)
	}
	return text + "            work shop.price @shop\n"
}

// Every request of a run on processes is a tree of what each process on its way
// has told when it was asked, and nothing hangs in the air.
func TestTracesOfProcesses(t *testing.T) {
	run := recorded(t, traced)
	traces, err := run.Traces()
	if err != nil {
		t.Fatal(err)
	}
	requests := map[uint64]record.Request{}
	for r, err := range run.Requests() {
		if err != nil {
			t.Fatal(err)
		}
		requests[r.Seq] = r
	}
	if n := traces.Counts.Requests; n != 60 || len(requests) != 60 || len(traces.Kept) != 60 || traces.Counts.Failed != 0 {
		t.Fatalf("%d of %d requests are kept, of %d recorded ones; %d failed", len(traces.Kept), n, len(requests), traces.Counts.Failed)
	}
	retried, cold, instances := 0, 0, map[string]bool{}
	for i := range traces.Kept {
		one := &traces.Kept[i]
		root, r := one.Spans[0], requests[one.Seq]
		if one.Partial || root.Parent != 0 || root.Begin != r.Intended || root.End != r.Done || root.Status != r.Status {
			t.Errorf("request %d, partial: %v: %+v, recorded as %+v", one.Seq, one.Partial, root, r)
		}
		asked, found := 0, true
		for _, s := range one.Spans {
			switch {
			case s.Part == record.PartAttempt && s.To == "stock":
				asked++
			case s.Part == record.PartServe && s.Node == "page":
				found = false
			case s.Part == record.PartWait && s.Cold:
				cold++
			}
			instances[s.Instance] = true
		}
		if asked > 1 {
			retried++
		}
		if got, want := tree(one), expectedTree(asked, found); got != want {
			t.Errorf("request %d is\n%swant\n%s", one.Seq, got, want)
		}
		expectSides(t, one)
	}
	for _, want := range []string{"door-1", "shop-1", "stock-1", "stock-2", "bank-front-1", "bank-1", "kept-1", "page-1"} {
		if !instances[want] {
			t.Errorf("%s is in no trace", want)
		}
	}
	if retried == 0 || cold == 0 {
		t.Errorf("%d requests have a retry, %d a wait for a cold start", retried, cold)
	}
}

// expectSides holds what one process tells of an attempt against what the other
// one tells: it was served by the instance that it was for, while it lasted.
func expectSides(t *testing.T, trace *record.Trace) {
	t.Helper()
	const clocks = 50 * time.Millisecond // that they may be apart
	byID, starts := map[uint64]*record.Span{}, 0
	for i := range trace.Spans {
		s := &trace.Spans[i]
		if byID[s.ID] != nil {
			t.Errorf("request %d has two spans with the id %x", trace.Seq, s.ID)
		}
		byID[s.ID] = s
	}
	for _, s := range byID {
		above := byID[s.Parent]
		switch {
		case s.Part == record.PartRequest:
		case above == nil:
			t.Errorf("request %d: nothing is above %s %s", trace.Seq, s.Part, s.Name)
		case s.Part == record.PartStart:
			starts++
			if above.Part != record.PartWait || !above.Cold || above.Endpoint != s.Instance {
				t.Errorf("request %d: the start of %s is below %s %s of %s", trace.Seq, s.Instance, above.Part, above.Name, above.Endpoint)
			}
		case s.Part == record.PartServe && above.Part == record.PartAttempt && s.Instance != above.Endpoint:
			t.Errorf("request %d: an attempt for %s was served by %s", trace.Seq, above.Endpoint, s.Instance)
		case s.Begin < above.Begin-clocks || s.End > above.End+clocks:
			t.Errorf("request %d: %s %s lasts from %v to %v, and what is above from %v to %v", trace.Seq, s.Part, s.Name, s.Begin, s.End, above.Begin, above.End)
		}
	}
	for _, s := range byID {
		if s.Part == record.PartWait && s.Cold && starts == 0 {
			t.Errorf("request %d waited for a cold start of %s of which nothing is known", trace.Seq, s.Endpoint)
		}
	}
}
