package price

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/unit"
)

// shop is a small topology as a run of 1,000 requests in 10 s leaves it: each
// request takes 7 ms of half a core of the service, and half of them 20 ms of the function.
func shop() *Usage {
	return &Usage{Requests: 1000, Length: 10 * time.Second, Nodes: []Node{
		{Name: "edge", Kind: "gateway", Replicas: 1, Requests: 1000, Instances: []Lifetime{{End: 10 * time.Second}}},
		{Name: "shop", Kind: "service", CPU: 0.5, Memory: 1 * gi, Replicas: 2, CPUPerRequest: 7 * time.Millisecond,
			Instances: []Lifetime{{End: 10 * time.Second}, {End: 10 * time.Second}}},
		{Name: "pay", Kind: "function", Memory: 512 * mi, Instances: []Lifetime{{End: 10 * time.Second}},
			Function: &Function{Invocations: []Invocation{{Duration: 20 * time.Millisecond, Count: 499}, {Duration: 20 * time.Millisecond, Init: 180 * time.Millisecond, Count: 1}}}},
	}}
}

// TestRun: 1,000 × 0.000001 + 2 tasks of a minute at least, and 500 invocations
// of 20 ms with one start: (500 × 0.02 + 0.18) × 0.5 GB-s.
func TestRun(t *testing.T) {
	s := Defaults()
	b := mustPrice(t, shop(), &s).Run()
	gateway := number(t, "0.001")
	tasks := number(t, "0.02024").Plus(number(t, "0.004445")).Times(Whole(2)).Over(Whole(60))
	calls := number(t, "0.0001").Plus(number(t, "5.09").Times(number(t, "0.0000166667")))
	for i, want := range []Number{gateway, tasks, calls} {
		if got := b.Nodes[i].Cost; got.Compare(want) != 0 {
			t.Errorf("%s costs %s, want %s", b.Nodes[i].Node, got, want)
		}
	}
	if got := b.Total.Compare(gateway.Plus(tasks).Plus(calls)); got != 0 || b.FreeTier {
		t.Errorf("the total is %s; free tier counted: %v", b.Total, b.FreeTier)
	}
}

// TestMonth: a service of half a core carries 0.5 × 70 % / 7 ms = 50/s with each instance.
func TestMonth(t *testing.T) {
	s := Defaults()
	a := mustPrice(t, shop(), &s)
	for rate, instances := range map[string]string{"0/s": "2", "1/s": "2", "100/s": "2", "100.001/s": "3", "500/s": "10", "500.5/s": "11"} {
		var r unit.Rate
		if err := r.UnmarshalText([]byte(rate)); err != nil {
			t.Fatal(err)
		}
		if got := a.instances(&a.usage.Nodes[1], decimal(float64(r))); got.String() != instances {
			t.Errorf("%s: %s instances, want %s", rate, got, instances)
		}
	}
	// At 100/s: 262.8 million requests; 2 tasks for 730 hours; 131.4 million invocations of 0.01018 GB-s each.
	want := number(t, "262.80").Plus(number(t, "36.0401")).Plus(number(t, "26.08")).
		Plus(number(t, "1337652").Minus(number(t, "400000")).Times(number(t, "0.0000166667")))
	if got := a.Month(Traffic{Rate: 100}).Total; got.Cents() != want.Cents() {
		t.Errorf("a month of 100/s costs %s, want %s", got.Cents(), want.Cents())
	}
	if at := a.At(Whole(100)); at.Compare(a.Month(Traffic{Rate: 100}).Total) != 0 {
		t.Errorf("at 100/s: %s, and its bill says %s", at, a.Month(Traffic{Rate: 100}).Total)
	}
	// The run's own rate is 100/s.
	if own := a.Month(Traffic{}).Total; own.Compare(a.At(Whole(100))) != 0 {
		t.Errorf("a month of the run's own rate costs %s, of 100/s %s", own, a.At(Whole(100)))
	}
	if free, not := a.Month(Traffic{Rate: 100}).Total, a.month([]stretch{{Whole(100), Whole(MonthHours)}}, false).Total; not.Minus(free).Cents() != "6.87" {
		t.Errorf("what is free saves %s, want 400,000 × 0.0000166667 + 0.20", not.Minus(free))
	}
}

// A day with hours of different load is billed by the month's amounts, not by the hour's.
func TestMonthByHour(t *testing.T) {
	s := Defaults()
	a := mustPrice(t, shop(), &s)
	day := Traffic{ByHour: make([]unit.Rate, 24)}
	day.ByHour[12] = 2400
	flat, hourly := a.Month(Traffic{Rate: 100}), a.Month(day)
	if flat.Requests.Compare(hourly.Requests) != 0 {
		t.Fatalf("%s requests at a constant rate, %s by the hour", flat.Requests, hourly.Requests)
	}
	for i, node := range []string{"edge", "shop", "pay"} {
		before, after := flat.Nodes[i].Cost, hourly.Nodes[i].Cost
		switch {
		case node == "shop" && after.Compare(before) <= 0:
			t.Errorf("instances for one hour's peak cost %s, without a peak %s", after, before)
		case node != "shop" && after.Compare(before) != 0:
			t.Errorf("%s costs %s with a peak and %s without", node, after, before)
		}
	}
	// 48 instances for one hour in 24, and 2 for the others: 94 instance-hours a day.
	want := number(t, "0.024685").Times(Whole(94)).Times(Whole(MonthHours)).Over(Whole(24))
	if got := hourly.Nodes[1].Cost; got.Compare(want) != 0 {
		t.Errorf("the peak costs %s, want %s", got, want)
	}
}

// What a run spent on failed requests is borne by those that succeeded, and said.
func TestFailedRequestsAreBorne(t *testing.T) {
	s := Defaults()
	borne := func(ok, failed int64) *Architecture {
		u := shop()
		u.Requests, u.Failed = ok, failed
		return mustPrice(t, u, &s)
	}
	half := borne(500, 500)
	if got, want := half.Month(Traffic{Rate: 100}).Nodes[0].Cost.Cents(), "503.04"; got != want { // 525.6 million: 300 × 1.00 + 225.6 × 0.90
		t.Errorf("the gateway costs %s, want %s: two requests for each that succeeds", got, want)
	}
	if got := half.RunRate(); got.Compare(Whole(100)) != 0 {
		t.Errorf("the run was asked %s/s", got)
	}
	for _, c := range []struct {
		ok, failed int64
		want       string
	}{
		{1000, 0, ""}, {990, 10, ""}, {500, 500, "50 % of the run's requests failed"},
	} {
		a := borne(c.ok, c.failed)
		if got := a.Borne(); !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%d failed of %d: %q", c.failed, c.ok+c.failed, got)
		}
		doubted := slices.ContainsFunc(a.Assumptions, func(s Assumption) bool { return s.Doubt && s.About == a.Name && s.Text == a.Borne() })
		if doubted != (c.want != "") {
			t.Errorf("%d failed of %d: %+v", c.failed, c.ok+c.failed, a.Assumptions)
		}
	}
	if got := borne(0, 1000).PerMillion(Traffic{Rate: 1}); got.Sign() < 0 {
		t.Errorf("a million requests cost %s", got)
	}
}

// Provisioned capacity serves no more than it has time for: one instance, which
// served all of 1/s in the run, 100 ms each, is full at 10/s. A month of that is
// 26.28 × 0.20 + 2,628,000 GB-s × (0.0000097222 + 0.0000041667); the 20/s above are
// (52.56 − 1) × 0.20 + (5,256,000 − 400,000) GB-s × 0.0000166667 as usual.
func TestProvisionedCapacityIsFull(t *testing.T) {
	s := Defaults()
	a := mustPrice(t, &Usage{Requests: 100, Length: 100 * time.Second, Nodes: []Node{{Name: "f", Kind: "function", Memory: 1 * gi, Replicas: 1, Function: &Function{
		Invocations: []Invocation{{Duration: 100 * time.Millisecond, Provisioned: true, Count: 100}}, Provisioned: []Lifetime{{End: 100 * time.Second}}}}}}, &s)
	for rate, want := range map[int64]string{0: "10.95", 10: "41.76", 30: "133.00"} {
		if got := a.At(Whole(rate)).Cents(); got != want {
			t.Errorf("a month of %d/s costs %s, want %s", rate, got, want)
		}
	}
	if steps := a.steps(Whole(100)); len(steps) != 2 || steps[0].Compare(Whole(10)) != 0 {
		t.Errorf("the curve bends at %v, want 10/s", steps)
	}
}

func TestPerMillion(t *testing.T) {
	s := Defaults()
	a := mustPrice(t, shop(), &s)
	// Of a million: 1.00, 0.10, 5,090 GB-s × 0.0000166667, and 36.0401 for 262.8 million.
	if got := a.PerMillion(Traffic{Rate: 100}); got.Text(4) != "1.3220" {
		t.Errorf("a million requests cost %s", got.Text(4))
	}
	if got := a.PerMillion(Traffic{Rate: 1e-9}).Compare(a.PerMillion(Traffic{Rate: 100})); got <= 0 {
		t.Error("a million requests at hardly any rate do not cost more, although instances wait")
	}
	nobody := mustPrice(t, &Usage{Length: time.Second, Nodes: shop().Nodes}, &s)
	if got := nobody.PerMillion(Traffic{}); got.Sign() != 0 {
		t.Errorf("without requests a million of them cost %s", got)
	}
}

func TestWhatIf(t *testing.T) {
	s := Defaults()
	c := mustPrice(t, shop(), &s).Cost(Traffic{Rate: 100})
	var words []string
	for _, w := range c.WhatIf {
		words = append(words, w.That+" "+w.Month.Minus(c.Month.Total).Cents())
	}
	// Memory: 2 GB tasks, 2 × 730 × 0.004445 more, and 1,337,652 GB-s. Duration: two more tasks, and 131.4 million × 0.02 s × 0.5 GB.
	if got := strings.Join(words, ", "); got != "twice the memory 28.78, twice the duration 57.94" {
		t.Error(got)
	}
	if c.Traffic != "a constant 100/s" {
		t.Error(c.Traffic)
	}
	if own := mustPrice(t, shop(), &s).Cost(Traffic{}); own.Traffic != "100/s (the run's own rate)" {
		t.Error(own.Traffic)
	}
}

// Where there is no limit on memory, twice of it is twice what the book takes the node for.
func TestTwiceTheMemoryWithoutALimit(t *testing.T) {
	for book, want := range map[string]string{
		"aws-fargate": "6.49", // 2 GiB more: 730 × 2 × 0.004445
		"self":        "2.19", // 1 GiB more: 730 × 0.003
	} {
		n := service(1, 0, 1, hour)
		c := architecture(t, book, Defaults(), n).Cost(Traffic{Rate: 1})
		if got := c.WhatIf[0].Month.Minus(c.Month.Total).Cents(); c.WhatIf[0].That != "twice the memory" || got != want {
			t.Errorf("%s: %s costs %s more, want %s", book, c.WhatIf[0].That, got, want)
		}
	}
}

// A function on a platform that bills instances has as many as the run had for its rate, idle ones too.
func TestFunctionOnInstances(t *testing.T) {
	s := Defaults()
	s.set("function", "self")
	u := shop()
	u.Nodes[2].Instances = []Lifetime{{0, 10 * time.Second}, {0, 5 * time.Second}} // 1.5 for 100/s
	a := mustPrice(t, u, &s)
	for rate, want := range map[int64]string{0: "0", 1: "1", 66: "1", 67: "2", 200: "3", 201: "4"} {
		if got := a.instances(&u.Nodes[2], Whole(rate)).String(); got != want {
			t.Errorf("%d/s: %s instances, want %s", rate, got, want)
		}
	}
	slow := mustPrice(t, u.TwiceTheDuration(), &s)
	if got := slow.instances(&slow.usage.Nodes[2], Whole(200)).String(); got != "6" {
		t.Errorf("at twice the duration: %s instances, want 6", got)
	}
	if len(u.Nodes[2].Instances) != 2 || u.Nodes[2].Function.Invocations[0].Duration != 20*time.Millisecond {
		t.Error("a what-if changes the usage that it is about")
	}
}
