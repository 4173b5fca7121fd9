package reports

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/reports/price"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// priced analyses a run with the usual prices, or those that words ask for.
func (s *script) priced(t testing.TB, words ...string) *Analysis {
	t.Helper()
	settings := price.Defaults()
	for _, w := range words {
		if err := settings.Use(w, nil); err != nil {
			t.Fatal(err)
		}
	}
	return s.analyze(t, Options{Prices: &settings})
}

// scaled is a run of 10 s whose service gets a second instance for a while.
func scaled() *script {
	s := steadyScript(10 * second)
	s.id.Nodes = []record.Node{{Name: "edge", Kind: "gateway", Replicas: 1}, {Name: "shop", Kind: "service", Replicas: 1, CPU: 0.5, Memory: 1 << 30}}
	for i := range 100 {
		s.send("home", time.Duration(i)*100*milli, 5*milli, policy.OK)
		s.requests[i].Bytes = 2000
	}
	s.send("home", 9950*milli, 0, policy.Unsent)
	event := func(at time.Duration, kind, node, instance string) {
		s.events = append(s.events, record.Event{At: at, Kind: kind, Node: node, Instance: instance})
	}
	event(-second, record.InstanceStart, "edge", "edge-1")
	event(-2*second, record.InstanceStart, "shop", "shop-1")
	event(3*second, record.InstanceStart, "shop", "shop-2")
	event(7*second, record.InstanceStop, "shop", "shop-2")
	event(11*second, record.InstanceStop, "shop", "shop-1")
	for at := second; at <= 10*second; at += second {
		s.nodes = append(s.nodes, record.NodeSample{At: at, Node: "edge", Instance: "edge-1", Interval: second, Served: 8, Failed: 1, Rejected: 1},
			record.NodeSample{At: at, Node: "shop", Instance: "shop-1", Interval: second, CPU: 50 * milli, Served: 9})
	}
	return s
}

func TestUsageOfARun(t *testing.T) {
	u := scaled().analyze(t, Options{}).Usage()
	if u.Requests != 100 || u.Length != 10*second || u.Rate != 10 {
		t.Errorf("%d requests in %s, %s", u.Requests, u.Length, u.Rate)
	}
	edge, shop := u.Nodes[0], u.Nodes[1]
	if edge.Requests != 100 || edge.Bytes < 190_000 || edge.Bytes > 200_000 || edge.Kind != "gateway" {
		t.Errorf("the gateway took in %d requests and passed on %d bytes", edge.Requests, edge.Bytes)
	}
	if got := edge.Instances; len(got) != 1 || got[0] != (price.Lifetime{Start: -second, End: 10 * second}) {
		t.Errorf("the gateway, which nobody stopped, lived for %v", got)
	}
	want := []price.Lifetime{{Start: -2 * second, End: 11 * second}, {Start: 3 * second, End: 7 * second}}
	if got := shop.Instances; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("the service's instances lived for %v, want %v", got, want)
	}
	if shop.CPUPerRequest != 5*milli || shop.CPU != 0.5 || shop.Memory != 1<<30 || shop.Replicas != 1 {
		t.Errorf("the service: %+v", shop)
	}
}

// What a node spends is for the requests that succeed: a system that is asked
// more than it can do is not the cheaper for what it turns away.
func TestOverloadIsNotCheaper(t *testing.T) {
	asked := func(failed int) *Analysis {
		s := scaled()
		s.id.Nodes[1].CPU, s.id.Nodes[1].Memory = 1, 0
		for i := range failed {
			s.send("home", time.Duration(i)*milli, 5*milli, policy.Status)
		}
		return s.priced(t, "edge="+price.None)
	}
	alone, beset := asked(0), asked(900)
	for _, a := range []*Analysis{alone, beset} {
		u := a.Usage()
		if u.Requests != 100 || u.Nodes[1].CPUPerRequest != 5*milli {
			t.Errorf("%d requests and %s each of the service, want 100 and 5ms", u.Requests, u.Nodes[1].CPUPerRequest)
		}
		if got := a.architect.Month(price.Traffic{Rate: 1000}).Total.Cents(); got != alone.architect.Month(price.Traffic{Rate: 1000}).Total.Cents() {
			t.Errorf("a month of 1,000/s costs %s", got)
		}
	}
	const said = "90 % of the run's requests failed, and what they took is borne by those that succeeded"
	if !slices.Contains(beset.Warnings, costWarning+said) || !strings.Contains(strings.Join(assumptionList([]price.Cost{*beset.Cost}, nil).Items, "\n"), said) {
		t.Errorf("warnings %v, assumptions %v", beset.Warnings, beset.Cost.Assumptions)
	}
	hopeless := scaled()
	for i := range hopeless.requests {
		hopeless.requests[i].Cause = policy.Status
	}
	if a := hopeless.priced(t, "edge="+price.None); a.Cost != nil || !slices.ContainsFunc(a.Warnings, func(w string) bool { return strings.HasPrefix(w, "costs are left out: every request") }) {
		t.Errorf("nothing succeeded: %+v, %v", a.Cost, a.Warnings)
	}
	if got := asked(1).Warnings; slices.ContainsFunc(got, func(w string) bool { return strings.HasPrefix(w, costWarning) }) {
		t.Errorf("one of 101: %v", got)
	}
}

// A function is billed by its invocations: each in whole milliseconds, and as
// many with a start as there were starts.
func TestUsageOfAFunction(t *testing.T) {
	a := scaled().analyze(t, Options{})
	a.Nodes = append(a.Nodes, NodeResult{Name: "pay", Kind: "function", Replicas: 1, MemoryLimit: 256 << 20}, NodeResult{Name: "pay-front", Kind: "front"},
		NodeResult{Name: "idle", Kind: "function", Replicas: 1})
	a.run.Bills = []record.Bill{{Node: "idle"}, {Node: "pay", Invocations: 12, Inits: 3, Init: 600 * milli, Millis: [][2]uint64{{5, 2}, {7, 10}}}}
	nodes := a.Usage().Nodes
	if len(nodes) != 4 || nodes[3].Function != nil {
		t.Fatalf("the front, or the function that nobody invoked: %+v", nodes)
	}
	want := []price.Invocation{{Duration: 5 * milli, Init: 200 * milli, Count: 2},
		{Duration: 7 * milli, Init: 200 * milli, Count: 1}, {Duration: 7 * milli, Count: 9}}
	if got := nodes[2]; got.Replicas != 0 || !slices.Equal(got.Function.Invocations, want) {
		t.Errorf("%d replicas, invocations %v", got.Replicas, got.Function.Invocations)
	}
}

// A function with provisioned instances is billed for them, used or idle. They
// serve what of its work they have room for, and nobody waits for their starts.
func TestUsageOfProvisionedInstances(t *testing.T) {
	function := func(provisioned int, inFlight ...int) *Analysis {
		s := scaled()
		s.id.Nodes = append(s.id.Nodes, record.Node{Name: "pay", Kind: "function", Memory: 1 << 30, Concurrency: 1, Provisioned: provisioned})
		for i, n := range inFlight {
			s.nodes = append(s.nodes, record.NodeSample{At: time.Duration(i+1) * second, Node: "pay", Instance: "pay-1", Interval: second, InFlight: n})
		}
		return s.priced(t)
	}
	took := func(ms int, init time.Duration, provisioned bool, count int64) price.Invocation {
		return price.Invocation{Duration: time.Duration(ms) * milli, Init: init, Provisioned: provisioned, Count: count}
	}
	for _, c := range []struct {
		provisioned int
		inFlight    []int
		bill        record.Bill
		want        []price.Invocation
	}{
		// Of 1, 3, 4 and 0 at a time, two at a time are 5 of 8.
		{2, []int{1, 3, 4, 0}, record.Bill{Invocations: 16, Inits: 4, Init: 800 * milli, Millis: [][2]uint64{{5, 6}, {7, 10}}},
			[]price.Invocation{took(5, 0, true, 3), took(5, 200*milli, false, 2), took(5, 0, false, 1), took(7, 0, true, 7), took(7, 0, false, 3)}},
		{2, []int{1, 2, 0}, record.Bill{Invocations: 16, Inits: 2, Init: 400 * milli, Millis: [][2]uint64{{5, 16}}}, []price.Invocation{took(5, 0, true, 16)}},
		{2, nil, record.Bill{Invocations: 16, Inits: 3, Init: 600 * milli, Millis: [][2]uint64{{5, 16}}},
			[]price.Invocation{took(5, 0, true, 15), took(5, 200*milli, false, 1)}}, // a third was started, and for somebody
		{0, []int{1}, record.Bill{Invocations: 2, Inits: 1, Init: 200 * milli, Millis: [][2]uint64{{5, 2}}},
			[]price.Invocation{took(5, 200*milli, false, 1), took(5, 0, false, 1)}},
		{3, nil, record.Bill{}, nil}, // nobody invoked it, and it is there
	} {
		a := function(c.provisioned, c.inFlight...)
		c.bill.Node = "pay"
		a.run.Bills = []record.Bill{c.bill}
		node := a.Usage().Nodes[2]
		if f := node.Function; f == nil || len(f.Provisioned) != c.provisioned || !slices.Equal(f.Invocations, c.want) || node.Replicas != c.provisioned {
			t.Errorf("%d provisioned, %v in flight: %+v, want %v", c.provisioned, c.inFlight, f, c.want)
		}
	}
	// Idle for a month: 3 × 1 GiB × 2,628,000 s × 0.0000041667, by the second; without them nothing.
	for provisioned, want := range map[int]string{0: "0.00", 3: "32.85"} {
		a := function(provisioned)
		cost := a.Cost.Month.Nodes[2]
		if got := cost.Cost.Cents(); cost.Node != "pay" || got != want {
			t.Errorf("%d provisioned cost %s a month, want %s", provisioned, got, want)
		}
		said := slices.ContainsFunc(a.Cost.Assumptions, func(s price.Assumption) bool {
			return s.About == "pay" && strings.Contains(s.Text, "provisioned at all times, used or idle: 3 instances")
		})
		if said != (provisioned > 0) {
			t.Errorf("%d provisioned: %+v", provisioned, a.Cost.Assumptions)
		}
	}
}

// A record without starts, as the first ones were, has what was declared.
func TestUsageWithoutStarts(t *testing.T) {
	u := outage("shop-microservices", 7).analyze(t, Options{}).Usage()
	for _, n := range u.Nodes {
		if len(n.Instances) != n.Replicas || n.Instances[0].Length() != 36*second {
			t.Errorf("%s of %d replicas lived for %v", n.Name, n.Replicas, n.Instances)
		}
	}
}

func TestCostOfARun(t *testing.T) {
	a := scaled().priced(t)
	if a.Cost == nil {
		t.Fatal("the run has no cost")
	}
	// Tasks of a minute at least: 2/60 × (0.5 × 0.04048 + 0.004445), and 100 requests of 0.000001.
	if got := a.Cost.Run.Total.Text(8); got != "0.00092283" {
		t.Errorf("the run costs %s", got)
	}
	// 730 × 0.024685 + 26.28 × 1.00.
	if got := a.Cost.Month.Total.Cents(); got != "44.30" {
		t.Errorf("a month costs %s", got)
	}
	if a := scaled().priced(t, price.None); a.Cost != nil || costSection(a.Cost).Title != "" {
		t.Errorf("without prices there is a cost: %v", a.Cost)
	}
	if a := scaled().analyze(t, Options{}); a.Cost != nil {
		t.Error("there are costs that nobody asked for")
	}
}

// A book that has no prices for a node is a doubt, and loses nothing of the run.
func TestCostThatCannotBe(t *testing.T) {
	a := scaled().priced(t, "shop=aws-sqs")
	if a.Cost != nil || len(a.Warnings) == 0 || !strings.HasPrefix(a.Warnings[len(a.Warnings)-1], "costs are left out: price shop: it is a service") {
		t.Errorf("cost %v, warnings %v", a.Cost, a.Warnings)
	}
	c, err := Compare([]*Analysis{a, outage("shop-monolith", 7).priced(t)}, CompareOptions{AllowDifferent: true})
	if err != nil || c.Cost != nil {
		t.Errorf("compared with one that has no cost: %v, %v", c.Cost, err)
	}
}

// All sides of a comparison are priced for the same traffic.
func TestCompareCosts(t *testing.T) {
	runs := []*Analysis{outage("shop-monolith", 7).priced(t), outage("shop-microservices", 7).priced(t), outage("shop-monolith", 8).priced(t)}
	c, err := Compare(runs, CompareOptions{})
	if err != nil || c.Cost == nil {
		t.Fatal(c.Cost, err)
	}
	for _, cost := range c.Cost.Costs {
		if cost.Traffic != "a constant 20/s" {
			t.Errorf("%s is priced for %s", cost.Architecture, cost.Traffic)
		}
	}
	if len(c.Cost.Costs) != 2 || len(c.Cost.BreakEven) != 1 || c.Cost.BreakEven[0].UpTo.Compare(price.Whole(1000)) > 0 {
		t.Errorf("costs %v, break-even %v", c.Cost.Costs, c.Cost.BreakEven)
	}
	if curves := c.Cost.Curves; len(curves) != 2 || curves[0].Architecture != "shop-monolith" || len(curves[1].Points) < 10 {
		t.Errorf("curves %v", curves)
	}
	declared := price.Defaults()
	declared.Traffic.Rate = 5
	c, err = Compare([]*Analysis{outage("shop-monolith", 7).analyze(t, Options{Prices: &declared})}, CompareOptions{})
	if err != nil || c.Cost.Costs[0].Traffic != "a constant 5/s" || len(c.Cost.BreakEven) != 0 {
		t.Errorf("declared traffic: %v, %v", c.Cost, err)
	}
}

// What a side costs in proportion to the cheapest: with a reference that does not
// vary the interval is that of the other side, and with a few runs there is none.
func TestCostRatios(t *testing.T) {
	cheap, dear := []float64{10, 10, 10, 10, 10, 10}, []float64{28, 29, 30, 30, 31, 32}
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-9 }
	ratios := costRatios([][]float64{dear, cheap})
	if len(ratios) != 2 || !near(ratios[0].Ratio, 3) || ratios[1].Ratio != 1 || ratios[1].Low != nil {
		t.Fatalf("%+v", ratios)
	}
	if low, high := *ratios[0].Low, *ratios[0].High; !(2.8-1e-9 <= low && low < 3 && 3 < high && high <= 3.2+1e-9) {
		t.Errorf("%v to %v", low, high)
	}
	if few := costRatios([][]float64{dear[:1], cheap[:1]}); !near(few[0].Ratio, 2.8) || few[0].Low != nil {
		t.Errorf("of one run: %+v", few[0])
	}
	if free := costRatios([][]float64{{5}, {0}}); len(free) != 0 {
		t.Errorf("of nothing: %+v", free)
	}
	if tied := costRatios([][]float64{{5, 5}, {5, 5}}); tied[0].Ratio != 1 || tied[1].Ratio != 1 {
		t.Errorf("tied: %+v", tied)
	}
}

func TestCostCells(t *testing.T) {
	at := func(v float64) *float64 { return &v }
	c := CostComparison{
		Costs:  []price.Cost{{Month: price.Bill{Total: price.Whole(1200)}}, {Month: price.Bill{Total: price.Whole(400)}}, {Month: price.Bill{Total: price.Whole(400)}}},
		Months: []Spread{{Low: at(1190.5), High: at(1210)}, {Low: at(400), High: at(400)}, {}},
		Ratios: []CostRatio{{Ratio: 3, Low: at(2.9), High: at(3.1)}, {Ratio: 1}, {Ratio: 1.004, Low: at(1.0041), High: at(1.0042)}},
	}
	for i, want := range [][2]string{{"1,200.00 (1,190.50–1,210.00)", "3.00 (2.90–3.10)"}, {"400.00", "1"}, {"400.00", "1.00"}} {
		if month, times := c.month(i).Text, c.times(i).Text; month != want[0] || times != want[1] {
			t.Errorf("%q, %q, want %q", month, times, want)
		}
	}
	if !strings.Contains(c.note(), "95 % intervals") {
		t.Error(c.note())
	}
	c.Months, c.Ratios = c.Months[1:], c.Ratios[1:2]
	if strings.Contains(c.note(), "95 % intervals") {
		t.Error(c.note())
	}
}

func TestBreakEvenText(t *testing.T) {
	at := func(rate int64, who string) price.Meet {
		return price.Meet{Rate: price.Whole(rate), Cost: price.Whole(rate * 10), Cheaper: who}
	}
	for want, meets := range map[string][]price.Meet{
		"a is cheaper than b at any rate up to 900/s":                                                                            {},
		"a is cheaper than b below 5.00/s (50.00 USD a month), then b, as far as 900/s":                                          {at(5, "b")},
		"a is cheaper than b below 5.00/s (50.00 USD a month), then b below 6.00/s (60.00 USD a month), then a, as far as 900/s": {at(5, "b"), at(6, "a")},
		"a is cheaper than b below 5.00/s (50.00 USD a month); they change places 4 times, and above 8.00/s a is cheaper, as far as 900/s": {
			at(5, "b"), at(6, "a"), at(7, "b"), at(8, "a")},
	} {
		if got := breakEvenText(price.BreakEven{A: "a", B: "b", Low: "a", UpTo: price.Whole(900), Meet: meets}, "USD"); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
	if got := breakEvenText(price.BreakEven{A: "a", B: "b", UpTo: price.Whole(900)}, "USD"); got != "a and b cost the same up to 900/s" {
		t.Error(got)
	}
}

func TestMoney(t *testing.T) {
	for want, n := range map[string]price.Number{
		"0": {}, "1,234.50": price.Whole(12345).Over(price.Whole(10)), "0.333": price.Whole(1).Over(price.Whole(3)),
		"0.0333": price.Whole(1).Over(price.Whole(30)), "0.00000123": price.Whole(123).Over(price.Whole(100_000_000)), "1.00": price.Whole(1),
	} {
		if got := money(n); got != want {
			t.Errorf("%s: %s, want %s", n, got, want)
		}
	}
}

// Points that differ in their load alone have no break-even, and what is assumed
// of all of them is said once.
func TestCostsOfSeveralLoads(t *testing.T) {
	var runs []*Analysis
	for _, topology := range []string{"small", "large"} {
		for _, rate := range []string{"10/s", "20/s", "30/s"} {
			s := scaled()
			s.id.Topology, s.id.Params, s.id.Phases[0].Load = topology, map[string]string{"rate": rate}, "constant "+rate
			s.id.Nodes = s.id.Nodes[1:] // nothing stands in front
			runs = append(runs, s.priced(t))
		}
	}
	c, err := Compare(runs, CompareOptions{AllowDifferent: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cost.Costs) != 6 || len(c.Cost.BreakEven) != 3 {
		t.Fatalf("%d costs, break-even %+v", len(c.Cost.Costs), c.Cost.BreakEven)
	}
	for _, b := range c.Cost.BreakEven {
		if strings.TrimPrefix(b.A, "small") != strings.TrimPrefix(b.B, "large") {
			t.Errorf("%s against %s", b.A, b.B)
		}
	}
	text := ""
	for _, block := range c.Cost.section().Blocks {
		if l, ok := block.(List); ok {
			text += strings.Join(l.Items, "\n") + "\n"
		}
	}
	for _, once := range []string{"small: nothing stands in front of it", "large: nothing stands in front of it", "shop of small: "} {
		if strings.Count(text, once) == 0 {
			t.Errorf("no %q in\n%s", once, text)
		}
	}
	if got := strings.Count(text, "nothing stands in front of it"); got != 2 {
		t.Errorf("it is said %d times:\n%s", got, text)
	}
}
