package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Known is a metric that a check may name, after its subject and a dot.
type Known struct {
	Name string
	Unit Unit
	Of   Subjects
	Doc  string // one line, in plain English
	// After says that the metric begins with a fault's end, and needs the
	// window @after(FAULT).
	After bool
}

// Subjects says what a metric may be measured of.
type Subjects string

// The sorts of subject. Whether a name is an entry or a node is for the Source
// to know; that "generator" has its own metrics is settled here.
const (
	OfEntry     Subjects = "entry"     // an entry, or total
	OfNode      Subjects = "node"      // a node
	OfEither    Subjects = "either"    // an entry, total or a node
	OfGenerator Subjects = "generator" // the load generator
)

// String names what may stand before the dot.
func (s Subjects) String() string {
	return map[Subjects]string{
		OfEntry:     "an entry or total",
		OfNode:      "a node",
		OfEither:    "an entry, total or a node",
		OfGenerator: "generator",
	}[s]
}

// known is the table of metrics: one line adds one.
var known = tabulate(
	Known{Name: "offered", Unit: Rate, Of: OfEntry, Doc: "requests that the load asked for, per second"},
	Known{Name: "rate", Unit: Rate, Of: OfEntry, Doc: "requests that were sent, per second"},
	Known{Name: "ok.rate", Unit: Rate, Of: OfEntry, Doc: "requests that succeeded, per second"},
	Known{Name: "errors.rate", Unit: Share, Of: OfEntry, Doc: "the share of requests that failed, from whatever cause"},
	Known{Name: "errors.count", Unit: Count, Of: OfEntry, Doc: "requests that failed, from whatever cause"},
	Known{Name: "recovery.time", Unit: Millis, Of: OfEntry, After: true,
		Doc: "from a fault's end to the first 3 s with 99 % of the former share of successes and at most 1.5 times the former p95"},
	Known{Name: "amplification", Unit: Ratio, Of: OfEntry, Doc: "attempts for each call between nodes: 1 where nothing is retried"},
	Known{Name: "cold.rate", Unit: Share, Of: OfEntry, Doc: "the share of requests that waited for an instance to start, whether or not they were served then"},
	Known{Name: "instances.max", Unit: Count, Of: OfNode, Doc: "the most instances that served at one time"},
	Known{Name: "breaker.openings", Unit: Count, Of: OfNode, Doc: "how often the breakers on the edges to the node opened"},
	Known{Name: "breaker.open.time", Unit: Millis, Of: OfNode, Doc: "how long a breaker on an edge to the node was open, all added up"},
	Known{Name: "cache.hit.rate", Unit: Share, Of: OfNode, Doc: "the share of lookups that the caches on the node, or else those before it, answered with what they kept"},
	Known{Name: "discovery.dead.time", Unit: Millis, Of: OfNode, Doc: "from the end of an instance of the node until the last attempt was sent to it; of several the longest"},
	Known{Name: "discovery.dead.attempts", Unit: Count, Of: OfNode, Doc: "attempts that were sent to instances of the node after their end"},
	Known{Name: "discovery.share.time", Unit: Millis, Of: OfNode,
		Doc: "from the start of a new instance of the node until it gets half of an even share over a second; of several the longest"},
	Known{Name: "discovery.age", Unit: Millis, Of: OfNode, Doc: "the greatest age of what a caller knew of the node's instances"},
	Known{Name: "cpu", Unit: Cores, Of: OfNode, Doc: "cores in use, as the mean over the window, all instances added up"},
	Known{Name: "memory", Unit: Size, Of: OfNode, Doc: "the most memory in use, all instances added up"},
	Known{Name: "rejected", Unit: Count, Of: OfNode, Doc: "requests that found the queue full"},
	Known{Name: "lateness.p50", Unit: Millis, Of: OfGenerator, Doc: "how late the median request was sent"},
	Known{Name: "lateness.p99", Unit: Millis, Of: OfGenerator, Doc: "how late one in a hundred requests was sent, or later"},
	Known{Name: "lateness.max", Unit: Millis, Of: OfGenerator, Doc: "how late the latest request was sent"},
)

// summaries are what can be said of many latencies, with how it is put in words.
var summaries = map[string]string{
	"mean": "the mean", "p50": "the median", "p90": "the 90th percentile", "p95": "the 95th percentile",
	"p99": "the 99th percentile", "p999": "the 99.9th percentile", "max": "the largest",
}

// tabulate adds the families to the single metrics: each summary of a latency,
// each cause of failure.
func tabulate(single ...Known) map[string]Known {
	table := map[string]Known{}
	for _, k := range single {
		table[k.Name] = k
	}
	for name, words := range summaries {
		table["latency."+name] = Known{Name: "latency." + name, Unit: Millis, Of: OfEntry,
			Doc: words + " time from the intended send to the reply, of the requests that succeeded"}
		table["failed_latency."+name] = Known{Name: "failed_latency." + name, Unit: Millis, Of: OfEntry,
			Doc: words + " time from the intended send to the failure, of the requests that failed"}
	}
	for _, cause := range policy.Causes() {
		name := "errors." + string(cause) + ".count"
		table[name] = Known{Name: name, Unit: Count, Of: OfEntry, Doc: "requests that failed with the cause " + string(cause)}
	}
	return table
}

// Metrics lists every metric that a check may name, by name.
func Metrics() []Known {
	all := make([]Known, 0, len(known))
	for _, name := range names() {
		all = append(all, known[name])
	}
	return all
}

func names() []string { return slices.Sorted(maps.Keys(known)) }

// hint says what an unknown metric may have meant. Who wrote latency.p98 or
// errors is told of all that begins so.
func hint(subject, name string) string {
	if _, ok := known[subject+"."+name]; ok {
		return fmt.Sprintf(": say of what: total.%s.%s", subject, name)
	}
	if near := def.Nearest(name, names()); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	family, _, _ := strings.Cut(name, ".")
	var members []string
	for _, k := range names() {
		if strings.HasPrefix(k, family+".") {
			members = append(members, k)
		}
	}
	if len(members) > 0 {
		return "; there are " + strings.Join(members, ", ")
	}
	return "; `windtunnel list metrics` has them all"
}
