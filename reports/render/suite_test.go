package render_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// suiteRun is a run of a suite; margin is how far its check keeps from its limit
// of 100 ms, below 0 beyond it.
func suiteRun(scenario, topology string, seed uint64, verdict reports.Verdict, margin float64, why ...string) reports.IndexRun {
	r := reports.IndexRun{Scenario: scenario, Topology: topology, Seed: seed, On: "sim", Params: map[string]string{"rate": "50/s"}, Verdict: verdict, Reasons: why}
	if verdict == reports.NotRun {
		return r
	}
	observed := 100 - margin
	check := reports.CheckResult{That: "total.latency.p99 < 100ms", Unit: "ms", Observed: &observed, Low: &observed, High: &observed, Samples: 50, Verdict: reports.Pass, Place: "suite.yaml:9:5"}
	if verdict == reports.Fail {
		check.Verdict, check.Reason = reports.Fail, "observed 131 ms"
	}
	r.Tell(scenario+"-"+topology+"-"+strings.Repeat("x", int(seed)), &reports.Result{Began: "2026-01-02T03:04:05Z", Scenario: scenario, Topology: topology,
		Params: r.Params, Seed: seed, Verdict: verdict, Reasons: why, Warnings: []string{"the warm-up was too short"}, Checks: []reports.CheckResult{check}})
	return r
}

// suite is an index with runs of each verdict, with repetitions, and gates.
func suite() *reports.Document {
	x := &reports.Index{
		Suite: `nightly <&"`, Began: "2026-01-02T03:04:05Z", Command: []string{"windtunnel", "run", "suite.yaml"},
		Runs: []reports.IndexRun{
			suiteRun("outage", "monolith", 1, reports.Pass, 20), suiteRun("outage", "monolith", 2, reports.Inconclusive, 20, "nothing was sent"),
			suiteRun("outage", "services", 1, reports.Fail, -31, "total.latency.p99 < 100ms: observed 131 ms"),
			suiteRun("outage", "functions", 1, reports.Partial, 5, "interrupted"), suiteRun("outage", "functions", 2, reports.NotRun, 0, "interrupted"),
			suiteRun("spike", "monolith", 1, reports.Pass, 60), suiteRun("spike", "services", 1, reports.Pass, 3), suiteRun("spike", "functions", 1, reports.NotRun, 0, "interrupted"),
		},
		Gates: []reports.GateResult{
			{Gate: "p99:+10%", Column: "outage on monolith", Verdict: reports.Pass, Found: "~"},
			{Gate: "p99:+10%", Column: "outage on services", Verdict: reports.Fail, Found: "p99 is 30 % higher"},
			{Gate: "baseline", Verdict: reports.Inconclusive, Found: "it has too few runs"},
		},
		LeftOut: []string{"steady on parcels: another application"},
	}
	x.Conclude()
	return x.SuiteDocument("runs/x", "runs/x")
}

// The page of a suite is one as those of runs are: offline, without complaint,
// legible in every light, and as wide as its window.
func TestBrowserShowsASuite(t *testing.T) {
	ctx := browser(t)
	d := suite()
	p := open(t, ctx, d)
	if len(p.messages) > 0 {
		t.Errorf("the console says %q", p.messages)
	}
	if len(p.requests) != 1 || !strings.HasPrefix(p.requests[0], "file://") {
		t.Errorf("it asked for %q", p.requests)
	}
	want := []string{"verdict", "gates", "at a glance", "combinations", "runs", "warnings", "left out"}
	if shown := p.sections(t); !slices.Equal(shown, want) {
		t.Errorf("it shows %v, want %v", shown, want)
	}
	p.legible(t, "suite")
	p.media(t, "screen", "light")
	for _, width := range []int64{1280, 420} {
		p.do(t, chromedp.EmulateViewport(width, 900))
		if wide := value[bool](t, p, `document.documentElement.scrollWidth > innerWidth`); wide {
			t.Errorf("it is wider than a window of %d", width)
		}
	}
	p.picture(t, "suite-narrow")
	if n := value[int](t, p, `document.querySelectorAll("svg.gauge").length`); n == 0 {
		t.Error("no check is drawn against its limit")
	}
}

// From the page of a suite the keyboard leads to the reports of its runs, and
// back; nothing that it stops at has no name.
func TestBrowserFollowsASuite(t *testing.T) {
	ctx := browser(t)
	dir := t.TempDir()
	d := suite()
	write := func(d *reports.Document, path ...string) {
		file := filepath.Join(append([]string{dir}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := render.Write(f, "html", d, render.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	write(d, "index.html")
	write(documents(t)["monolith"], "outage-services-x", "report.html")
	p := openFile(t, ctx, filepath.Join(dir, "index.html"))
	links := map[string]bool{}
	for range 60 {
		p.do(t, chromedp.KeyEvent(kb.Tab))
		at := value[string](t, p, `(() => { const e = document.activeElement; return e.textContent.trim() ? e.getAttribute("href") || e.tagName : "nameless " + e.outerHTML })()`)
		if strings.HasPrefix(at, "nameless") {
			t.Error(at)
		}
		links[at] = true
		if at == "outage-services-x/report.html" {
			break
		}
	}
	for _, want := range []string{"#content", "#gates", "#combinations", "outage-monolith-xx/report.html", "outage-services-x/report.html"} {
		if !links[want] {
			t.Errorf("the tab key does not reach %s, only %v", want, links)
		}
	}
	p.do(t, chromedp.KeyEvent(kb.Enter))
	p.titled(t, "payments-outage on shop-monolith")
	p.do(t, run("setTimeout(() => history.back())")) // after the answer, which the page would take with it
	p.titled(t, "nightly")
}

// titled waits for the page whose title begins so.
func (p *opened) titled(t *testing.T, want string) {
	t.Helper()
	for {
		title, err := chromedp.Run(p.ctx, chromedp.Title()) // an error while the page changes
		if err == nil && strings.HasPrefix(title, want) {
			return
		}
		if p.ctx.Err() != nil {
			t.Fatalf("the page is %q (%v), want %q", title, err, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
