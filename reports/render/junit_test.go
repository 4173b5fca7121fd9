package render_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// judged is a result with a check of each verdict, and names of the worst sort.
func judged() *reports.Result {
	observed := 1.5
	return &reports.Result{
		Scenario: `<script>"&'`, Topology: "x\x00\x1b]]>", Began: "2026-01-02T03:04:05Z", Verdict: reports.Fail, Run: "demo",
		Warnings: []string{"a doubt\x07", "<b>"},
		Checks: []reports.CheckResult{
			{That: "a.latency.p99 < 1ms", Verdict: reports.Pass, Observed: &observed, Unit: "ms", Place: "a.yaml:3:5"},
			{That: "b.latency.p99 < 1ms", Verdict: reports.Fail, Observed: &observed, Unit: "ms", Reason: "observed 1.5 ms", Place: "dir:x/b.yaml:14:7"},
			{That: "c.errors.rate < 1% @during(<x>)", Verdict: reports.Inconclusive, Reason: "100%,\nno: samples", Place: "--check c"},
		},
	}
}

// saturated is a result that cannot be judged, whatever its checks say.
func saturated() *reports.Result {
	return &reports.Result{Scenario: "s", Topology: "t", Began: "2026-01-02T03:04:05Z", Verdict: reports.Inconclusive,
		Reasons: []string{"the load generator was saturated"}, Checks: []reports.CheckResult{{That: "a.rate > 1/s", Verdict: reports.Pass}}}
}

// gated is a comparison that was held against gates.
func gated(t *testing.T) *reports.Document {
	t.Helper()
	var gates []reports.Gate
	for _, text := range []string{"p99:+10%", "ok:-0.5%", "nobody.p50:+1%"} {
		gate, err := reports.ParseGate(text)
		if err != nil {
			t.Fatal(err)
		}
		gates = append(gates, gate)
	}
	c, err := reports.Compare(append(repeated(t, "monolith", 8, 1), repeated(t, "microservices", 8, 1.2)...), reports.CompareOptions{Margin: 0.05, Gates: gates})
	if err != nil {
		t.Fatal(err)
	}
	return c.Document()
}

// everyDocument are of every verb that reports: run, run of a sweep, compare,
// with gates and without, twin, a suite, capacity; and what is hardest to print.
func everyDocument(t *testing.T) map[string]*reports.Document {
	t.Helper()
	all := documents(t)
	all["judged"] = &reports.Document{Runs: []*reports.Result{judged(), saturated()}}
	all["suite"], all["capacity"], all["sweep"], all["gated"] = suite(), capacity(t), sweep(t), gated(t)
	return all
}

func junitOf(t *testing.T, d *reports.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.Write(&b, "junit", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every report is valid by both schemas, and its figures add up.
// WINDTUNNEL_JUNIT names a directory to keep the files in, for others' tools.
func TestJUnitIsValid(t *testing.T) {
	for name, d := range everyDocument(t) {
		text := junitOf(t, d)
		if dir := os.Getenv("WINDTUNNEL_JUNIT"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".xml"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for schema, violations := range map[string][]string{"Ant": antSchema.violations(text), "Jenkins": jenkinsSchema.violations(text), "sense": addsUp(text)} {
			for _, v := range violations {
				t.Errorf("%s, by %s: %s", name, schema, v)
			}
		}
		root, err := readXML(text)
		if err != nil {
			t.Fatal(err)
		}
		want := len(d.Runs)
		if d.Overall != nil {
			want++
		}
		if len(root.children) != want {
			t.Errorf("%s has %d suites, want %d", name, len(root.children), want)
		}
	}
}

// What is judged, of one run or of all together, is there for a CI server to see.
func TestJUnitSays(t *testing.T) {
	docs := everyDocument(t)
	for name, wants := range map[string][]string{
		"judged": {`tests="4" failures="1" errors="1"`, `tests="2" failures="0" errors="1"`, "dir:x/b.yaml:14:7: observed 1.5 ms"},
		"suite": {`name="outage on monolith rate=50/s seed 2"`, `<skipped message="interrupted">`, `name="gates of nightly &lt;&amp;&#34;"`,
			`<testcase name="p99:+10% on outage on services"`, `<failure message="p99 is 30 % higher" type="gate">`, `<error message="it has too few runs" type="inconclusive">`},
		"capacity": {`name="capacity of load on shop-monolith"`, "up to 400/s, between 381/s and 420/s", `failures="0" errors="0"`},
		"gated":    {`name="gates of payments-outage"`, `type="gate"`, `name="nobody.p50:+1% on shop-microservices"`},
	} {
		text := string(junitOf(t, docs[name]))
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in\n%s", name, want, text)
			}
		}
	}
	if docs["comparison"].Overall != nil {
		t.Error("a comparison without gates and doubts is judged")
	}
}

// A check that finds nothing wrong with anything would prove nothing: each of
// these is refused, by the one schema, the other, or both.
func TestJUnitSchemas(t *testing.T) {
	valid := string(junitOf(t, everyDocument(t)["judged"]))
	for _, c := range []struct {
		old, new     string
		ant, jenkins bool // refuse it
	}{
		{` hostname="localhost"`, ``, true, false},
		{` tests="4"`, ``, true, true},
		{` tests="4"`, ` tests="four"`, true, false},
		{` tests="4"`, ` tests="4000000000"`, true, false},
		{` id="0"`, ` id=""`, true, false},
		{`hostname="localhost"`, `hostname=" "`, true, false},
		{`timestamp="2026-01-02T03:04:05"`, `timestamp="2026-01-02T03:04:05Z"`, true, false},
		{`timestamp="2026-01-02T03:04:05"`, `timestamp="2026-02-30T03:04:05"`, true, false},
		{`timestamp="2026-01-02T03:04:05"`, `timestamp="2026-01-02"`, true, false},
		{`time="0.000"`, `time="0 s"`, true, true},
		{`time="0.000"`, `time="1e3"`, true, true},
		{`<system-err></system-err>`, ``, true, false},
		{`<properties>`, `<system-out></system-out><properties>`, true, false},
		{`<testsuites>`, `<testsuites><system-out></system-out>`, true, true},
		{`<testsuites>`, `<testsuites name="all">`, true, false},
		{`<testsuites>`, `<testsuites>text`, true, true},
		{`<testcase name="the run can be judged"`, `<testcase`, true, true},
		{`<testcase name="the run can be judged"`, `<testcase line="3" name="the run can be judged"`, true, true},
		{`type="check"`, ``, true, false},
		{`<failure message="observed 1.5 ms"`, `<failure text="observed 1.5 ms"`, true, true},
		{`<failure message="observed 1.5 ms"`, `<skipped></skipped><failure message="observed 1.5 ms"`, true, false},
		{`<failure message="observed 1.5 ms" type="check">`, `<failure message="observed 1.5 ms" type="check"><b></b>`, true, true},
		{`<property name="run" value="demo">`, `<property name="run">`, true, true},
		{`<property name="run" value="demo">`, `<property name="" value="demo">`, true, false},
		{`<property name="run" value="demo">`, `<property name="run" value="demo">x`, true, true},
	} {
		if !strings.Contains(valid, c.old) {
			t.Fatalf("there is no %s in\n%s", c.old, valid)
		}
		text := []byte(strings.Replace(valid, c.old, c.new, 1))
		if found := antSchema.violations(text); (len(found) > 0) != c.ant {
			t.Errorf("%s for %s: by Ant's schema %q", c.new, c.old, found)
		}
		if found := jenkinsSchema.violations(text); (len(found) > 0) != c.jenkins {
			t.Errorf("%s for %s: by Jenkins's schema %q", c.new, c.old, found)
		}
	}
}
