package reports

import (
	"math"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// discovered is a run of 20 s in which courier-1 dies at 5.05 s and courier-3 is
// ready at 10 s. The caller asks the dead one until 8.44 s, and the new one from
// 12 s on: with a tenth of an even share first, and with all of it from 14 s on.
func discovered() *Analysis {
	at := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	edge := record.EdgeSample{At: at(20), From: "desk", Instance: "desk-1", To: "courier", ViewAge: at(4)}
	for slice := 0; slice < 200; slice++ {
		begin := time.Duration(slice) * policy.TargetSlice
		add := func(instance string, n uint64, last time.Duration) {
			edge.Targets = append(edge.Targets, record.TargetSample{At: begin, Instance: instance, Attempts: n, Last: last})
		}
		if begin <= at(8.4) {
			add("courier-1", 5, begin+40*time.Millisecond)
		}
		add("courier-2", 10, begin+90*time.Millisecond)
		switch {
		case begin >= at(14):
			add("courier-3", 10, begin+50*time.Millisecond)
		case begin >= at(12) && slice%10 == 0:
			add("courier-3", 5, begin+50*time.Millisecond)
		}
	}
	a := &Analysis{timeline: &timeline{end: at(20)}, run: &record.Run{
		Identity: record.Identity{Edges: []record.Edge{{From: "desk", To: "courier", Discovery: "dns 5s"}, {From: "desk", To: "dns"}}},
		Edges:    []record.EdgeSample{edge},
		Events: []record.Event{
			{At: -1, Kind: record.InstanceReady, Node: "courier", Instance: "courier-1"},
			{At: -1, Kind: record.InstanceReady, Node: "courier", Instance: "courier-2"},
			{At: at(5.05), Kind: record.InstanceStop, Node: "courier", Instance: "courier-1"},
			{At: at(10), Kind: record.InstanceReady, Node: "courier", Instance: "courier-3"},
			{At: at(19.5), Kind: record.InstanceReady, Node: "courier", Instance: "courier-4"},
			{At: at(20), Kind: record.RunEnded},
			{At: at(20.1), Kind: record.InstanceStop, Node: "courier", Instance: "courier-2"},
		}}}
	a.measureDiscovery()
	return a
}

func TestDiscoveryIsMeasured(t *testing.T) {
	a := discovered()
	if len(a.Discovery) != 1 {
		t.Fatalf("%+v; want the edge of which the topology says how, and no other", a.Discovery)
	}
	d := a.Discovery[0]
	if d.How != "dns 5s" || d.OldestMS != 4000 || len(d.Dead) != 1 || len(d.New) != 2 {
		t.Fatalf("%+v", d)
	}
	// From slice 5.1 s to 8.4 s there are 34, each with 5; that of the end was over before it.
	if dead := d.Dead[0]; dead.Instance != "courier-1" || dead.AskedMS != 3390 || dead.Attempts != 170 {
		t.Errorf("%+v; want 170 attempts, the last 3.39 s after the end", dead)
	}
	if n := d.New[0]; n.Instance != "courier-3" || n.ShareMS == nil || *n.ShareMS < 3000 || *n.ShareMS > 4000 {
		t.Errorf("%+v; want its share from about 14 s on, 4 s after it was ready", n)
	}
	if n := d.New[1]; n.ShareMS != nil {
		t.Errorf("%+v never got anything", n)
	}
	if after, any := d.Joined(); !any || !math.IsInf(after, 1) {
		t.Errorf("one never had its share: %v", after)
	}
}

func TestDiscoveryFindings(t *testing.T) {
	group := func(label string, asked, share float64) *runGroup {
		a := &Analysis{}
		a.Discovery = []DiscoveryResult{{From: "desk", To: "courier", Dead: []DeadTarget{{AskedMS: asked}}, New: []NewTarget{{ShareMS: &share}}}}
		return &runGroup{label: label, runs: []*Analysis{a}}
	}
	got := discoveryFindings([]*runGroup{group("dns", 9000, 400), group("watch", 1500, 390), {label: "told", runs: []*Analysis{{}}}})
	if want := "A dead instance of courier was asked for 9.00 s on dns; 1.50 s on watch."; len(got) != 1 || got[0] != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := discoveryFindings([]*runGroup{group("a", 90, 0), group("b", 20, 0)}); len(got) != 0 {
		t.Errorf("less than a tenth of a second apart: %q", got)
	}
}

func TestDiscoverySection(t *testing.T) {
	s := discovered().discoverySection()
	const want = "A dead instance was asked for up to 3,390 ms (170 attempts); not every new one got its share; what callers knew was up to 4,000 ms old"
	if s.Title != want || len(s.Blocks) != 2 {
		t.Errorf("%q, %d blocks", s.Title, len(s.Blocks))
	}
	if s := (&Analysis{}).discoverySection(); s.Title != "" || len(s.Blocks) > 0 {
		t.Errorf("a run without has %q", s.Title)
	}
}
