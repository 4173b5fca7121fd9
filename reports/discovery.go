package reports

import (
	"maps"
	"math"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// DiscoveryResult is how the callers of an edge found its instances, over the
// whole run: all that call along it added up.
type DiscoveryResult struct {
	From string `json:"from"`
	To   string `json:"to"`
	How  string `json:"how"` // in words: "dns 5s"
	// OldestMS is the greatest age of what a caller knew; 0 where it is told, and asks nobody.
	OldestMS float64      `json:"oldest_view_ms"`
	Dead     []DeadTarget `json:"dead"` // the instances that ended, in order of time
	New      []NewTarget  `json:"new"`  // those that came once the load had begun, in order of time
}

// DeadTarget is an instance that ended: by itself, by a fault, or retired.
type DeadTarget struct {
	Instance string  `json:"instance"`
	AtMS     float64 `json:"at_ms"`    // when that was noticed
	AskedMS  float64 `json:"asked_ms"` // from then to the last attempt that was sent to it; 0: none was
	// Attempts that were sent to it after its end. Those in the tenth of a second
	// in which it ended count as one where any came after.
	Attempts uint64 `json:"attempts"`
}

// NewTarget is an instance that became ready.
type NewTarget struct {
	Instance string  `json:"instance"`
	ReadyMS  float64 `json:"ready_ms"`
	// ShareMS runs from then to the first attempt from which on, over one second,
	// the instance got at least half of an even share of the edge's attempts; null:
	// that did not come while there was enough load to tell.
	ShareMS *float64 `json:"share_ms"`
}

// How a share is told: over so long, of so many attempts at least.
const (
	shareOver     = time.Second
	shareAttempts = 10
)

// Lingered is the longest that a dead instance was asked, and how many attempts
// all of them got; any is false where none ended.
func (d *DiscoveryResult) Lingered() (longestMS float64, attempts uint64, any bool) {
	for _, t := range d.Dead {
		longestMS, attempts = max(longestMS, t.AskedMS), attempts+t.Attempts
	}
	return longestMS, attempts, len(d.Dead) > 0
}

// Joined is the longest that a new instance waited for its share, infinite where
// one never got it; any is false where none came.
func (d *DiscoveryResult) Joined() (longestMS float64, any bool) {
	for _, t := range d.New {
		if t.ShareMS == nil {
			return math.Inf(1), true
		}
		longestMS = max(longestMS, *t.ShareMS)
	}
	return longestMS, len(d.New) > 0
}

// measureDiscovery fills in the edges of which the topology says how instances are found.
func (a *Analysis) measureDiscovery() {
	for _, e := range a.run.Identity.Edges {
		if e.Discovery == "" {
			continue
		}
		t := a.trafficOf(e.From, e.To)
		d := DiscoveryResult{From: e.From, To: e.To, How: e.Discovery, OldestMS: ms(t.oldest), Dead: []DeadTarget{}, New: []NewTarget{}}
		tenures := a.tenuresOf(e.To)
		for _, l := range tenures {
			if l.ended {
				asked, attempts := t.after(l.instance, l.end)
				d.Dead = append(d.Dead, DeadTarget{Instance: l.instance, AtMS: ms(l.end), AskedMS: ms(asked), Attempts: attempts})
			}
			if l.ready > 0 {
				d.New = append(d.New, NewTarget{Instance: l.instance, ReadyMS: ms(l.ready), ShareMS: t.share(l, tenures, a.timeline.end)})
			}
		}
		a.Discovery = append(a.Discovery, d)
	}
}

// tenure is when an instance served, from its events.
type tenure struct {
	instance   string
	ready, end time.Duration // end is that of the run where it has not ended before
	ended      bool          // within the run
}

// tenuresOf lists the instances of a node that have become ready, in order of that.
func (a *Analysis) tenuresOf(node string) []tenure {
	var tenures []tenure
	for _, e := range a.run.Events {
		if e.Kind == record.RunEnded {
			break
		}
		if e.Node != node {
			continue
		}
		switch e.Kind {
		case record.InstanceReady:
			tenures = append(tenures, tenure{instance: e.Instance, ready: e.At, end: forever})
		case record.InstanceStop:
			for i := range tenures {
				if tenures[i].instance == e.Instance && !tenures[i].ended {
					tenures[i].end, tenures[i].ended = e.At, true
				}
			}
		}
	}
	return tenures
}

// traffic is who was asked along an edge, in slices of policy.TargetSlice.
type traffic struct {
	oldest time.Duration
	all    map[int64]uint64 // attempts by slice
	to     map[string][]record.TargetSample
}

func (a *Analysis) trafficOf(from, to string) traffic {
	t := traffic{all: map[int64]uint64{}, to: map[string][]record.TargetSample{}}
	for _, e := range a.run.Edges {
		if e.From != from || e.To != to {
			continue
		}
		t.oldest = max(t.oldest, e.ViewAge)
		for _, s := range e.Targets {
			t.all[sliceOf(s.At)] += s.Attempts
			t.to[s.Instance] = append(t.to[s.Instance], s)
		}
	}
	return t
}

func sliceOf(at time.Duration) int64 { return int64(at / policy.TargetSlice) }

// after is how long after an instant an instance was asked last, and how often since.
func (t traffic) after(instance string, end time.Duration) (asked time.Duration, attempts uint64) {
	for _, s := range t.to[instance] {
		if s.Last <= end {
			continue
		}
		asked = max(asked, s.Last-end)
		if s.At < end {
			s.Attempts = 1
		}
		attempts += s.Attempts
	}
	return asked, attempts
}

// share is when an instance had its share, in milliseconds after it was ready;
// nil where it never had.
func (t traffic) share(l tenure, tenures []tenure, end time.Duration) *float64 {
	const slices10 = int64(shareOver / policy.TargetSlice)
	own := map[int64]uint64{}
	first := map[int64]time.Duration{} // instant of each slice that has any
	for _, s := range t.to[l.instance] {
		own[sliceOf(s.At)] += s.Attempts
		if at, known := first[sliceOf(s.At)]; !known || s.At < at {
			first[sliceOf(s.At)] = s.At
		}
	}
	for _, at := range slices.Sorted(maps.Keys(first)) {
		if time.Duration(at+slices10)*policy.TargetSlice > end {
			return nil
		}
		got, of := uint64(0), uint64(0)
		for i := at; i < at+slices10; i++ {
			got, of = got+own[i], of+t.all[i]
		}
		if of >= shareAttempts && float64(got)*2*float64(living(tenures, first[at])) >= float64(of) {
			after := ms(max(0, first[at]-l.ready))
			return &after
		}
	}
	return nil
}

// living counts the instances that serve at an instant, one at least.
func living(tenures []tenure, at time.Duration) int {
	n := 0
	for _, l := range tenures {
		if l.ready <= at && at < l.end {
			n++
		}
	}
	return max(n, 1)
}

// discoveryMetric answers of a node, for all that call it: of the instances that
// ended, or came, in the scope.
func (a *Analysis) discoveryMetric(m check.Metric, node string, sc scope) (check.Value, error) {
	longest, attempts, samples := 0.0, uint64(0), 0
	for _, d := range a.Discovery {
		if d.To != node {
			continue
		}
		switch m.Name {
		case "discovery.age":
			oldest, n := a.oldestWithin(d, sc)
			longest, samples = max(longest, ms(oldest)), samples+n
		case "discovery.share.time":
			d.New = slices.DeleteFunc(slices.Clone(d.New), func(t NewTarget) bool { return !sc.holds(fromMS(t.ReadyMS)) })
			after, _ := d.Joined()
			longest, samples = max(longest, after), samples+len(d.New)
		default:
			d.Dead = slices.DeleteFunc(slices.Clone(d.Dead), func(t DeadTarget) bool { return !sc.holds(fromMS(t.AtMS)) })
			asked, sent, _ := d.Lingered()
			longest, attempts, samples = max(longest, asked), attempts+sent, samples+len(d.Dead)
		}
	}
	if m.Name == "discovery.dead.attempts" {
		longest = float64(attempts)
	}
	return exactly(longest, samples), nil
}

// oldestWithin is the greatest age of a view in the seconds that end in a scope.
func (a *Analysis) oldestWithin(d DiscoveryResult, sc scope) (oldest time.Duration, samples int) {
	for _, e := range a.run.Edges {
		if e.From == d.From && e.To == d.To && e.ViewAge > 0 && sc.holds(e.At) {
			oldest, samples = max(oldest, e.ViewAge), samples+1
		}
	}
	return oldest, samples
}
