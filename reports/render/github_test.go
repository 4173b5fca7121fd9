package render_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

func annotations(t interface{ Fatal(...any) }, d *reports.Document) []string {
	var b bytes.Buffer
	if err := render.Write(&b, "github", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestAnnotations(t *testing.T) {
	got := annotations(t, &reports.Document{Title: "t", Runs: []*reports.Result{judged()}})
	want := []string{
		`::error file=dir%3Ax/b.yaml,line=14,col=7,title=<script>"&' on x` + "\ufffd\ufffd" + `]]>::b.latency.p99 < 1ms: observed 1.5 ms`,
		`::warning title=<script>"&' on x` + "\ufffd\ufffd" + `]]>::c.errors.rate < 1%25 @during(<x>): 100%25, no: samples`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A gate is of no line. It comes first, and where it holds there is nothing to say.
func TestAnnotationsOfGates(t *testing.T) {
	got := annotations(t, suite())
	want := []string{
		"::error title=gates of nightly <&\"::p99:+10%25: p99 is 30 %25 higher", "::warning title=gates of nightly <&\"::baseline: it has too few runs",
		"::warning title=outage on monolith rate=50/s::inconclusive: nothing was sent", "::error file=suite.yaml,line=9,col=5,title=outage on services rate=50/s::total.latency.p99 < 100ms: observed 131 ms",
		"::warning title=outage on functions rate=50/s::partial: interrupted",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := annotations(t, capacity(t)); len(got) != 1 || !strings.HasPrefix(got[0], "::notice ") {
		t.Errorf("a capacity that was found: %q", got)
	}
}

func TestAtMostNineAnnotations(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 9: 9, 10: 10, 40: 10} {
		r := &reports.Result{Scenario: "s", Topology: "t", Verdict: reports.Fail}
		for i := range n {
			r.Checks = append(r.Checks, reports.CheckResult{That: fmt.Sprintf("c%d", i), Verdict: reports.Fail, Place: fmt.Sprintf("a.yaml:%d:1", i+1)})
		}
		got := annotations(t, &reports.Document{Title: "t", Runs: []*reports.Result{r}})
		if len(got) != want {
			t.Errorf("%d checks: %d annotations, want %d", n, len(got), want)
		}
		if n > 9 && got[9] != fmt.Sprintf("::error title=t::%d more", n-9) {
			t.Error(got[9])
		}
		if n == 0 && !strings.HasPrefix(got[0], "::notice ") {
			t.Error(got[0])
		}
	}
}

func TestAnnotationOfARunThatCannotBeJudged(t *testing.T) {
	r := &reports.Result{Scenario: "s", Topology: "t", Verdict: reports.Partial, Reasons: []string{"interrupted"}}
	if got := annotations(t, &reports.Document{Runs: []*reports.Result{r}}); got[0] != "::warning title=s on t::partial: interrupted" {
		t.Error(got)
	}
}

var command = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]*,line=\d+,col=\d+,)?title=[^,:]*::[^\r\n]*$`)

// Whatever is called what, each annotation is one command, and none is added.
func TestNoNameMakesACommand(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching("[:,%\r\na-c0-9=]{0,12}"), rapid.Just("x\n::error::y"))
	rapid.Check(t, func(t *rapid.T) {
		r := &reports.Result{Scenario: text.Draw(t, "scenario"), Topology: text.Draw(t, "topology"), Verdict: reports.Fail,
			Checks: []reports.CheckResult{{That: text.Draw(t, "that"), Reason: text.Draw(t, "reason"), Verdict: reports.Fail,
				Place: text.Draw(t, "file") + rapid.SampledFrom([]string{"", ":3:4", ":0:0", ":-1:x"}).Draw(t, "place")}}}
		got := annotations(t, &reports.Document{Title: text.Draw(t, "title"), Runs: []*reports.Result{r}})
		if len(got) != 1 || !command.MatchString(got[0]) {
			t.Fatalf("%q", got)
		}
	})
}
