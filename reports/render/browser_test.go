package render_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// browser starts a headless Chromium that reaches no network. Where there is
// none the test is skipped, unless WINDTUNNEL_REQUIRE asks for it.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if strings.Contains(os.Getenv("WINDTUNNEL_REQUIRE"), "chromium") {
			t.Fatal("WINDTUNNEL_REQUIRE asks for chromium, which is not installed; `make setup` installs it")
		}
		t.Skip("no chromium is installed; `make setup` installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("proxy-server", "127.0.0.1:1"), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // tabs are opened in a browser that runs
		t.Fatal(err)
	}
	return ctx
}

// opened is a page in the browser, with what was said and asked while it loaded.
type opened struct {
	ctx      context.Context
	messages []string
	requests []string
}

// open writes a document to a file and opens that, in a tab of its own.
func open(t *testing.T, ctx context.Context, d *reports.Document, prepare ...chromedp.Action[chromedp.Void]) *opened {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := render.Write(f, "html", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return openFile(t, ctx, file, prepare...)
}

func openFile(t *testing.T, ctx context.Context, file string, prepare ...chromedp.Action[chromedp.Void]) *opened {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &opened{ctx: ctx}
	p.do(t, chromedp.EmulateViewport(1280, 900))
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	console, requests := chromedp.Console(ctx), chromedp.Events(ctx, network.RequestWillBeSent)
	p.do(t, prepare...)
	p.do(t, chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()))
	// Both streams are read up to a message of our own, after all that the page caused.
	p.do(t, run(`console.log("the page is there")`))
	for m, err := range console {
		if err != nil {
			t.Fatal(err)
		}
		if m.Text == "the page is there" {
			break
		}
		p.messages = append(p.messages, m.String())
	}
	for r, err := range requests {
		if err != nil {
			t.Fatal(err)
		}
		p.requests = append(p.requests, r.Request.URL)
		break // further ones are refused by the page's policy, which the console would tell
	}
	return p
}

// run carries out a script whose value does not matter.
func run(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool]("(() => {"+script+"; return true})()")(ctx, target)
		return chromedp.Void{}, err
	}
}

func (p *opened) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// value is that of an expression in the page.
func value[T any](t *testing.T, p *opened, expression string) T {
	t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// media sets what the page is shown on: a colour scheme, or paper.
func (p *opened) media(t *testing.T, kind, scheme string) {
	t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		t.Fatal(err)
	}
}

// picture keeps a picture of the whole page where WINDTUNNEL_PICTURES names a directory.
func (p *opened) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("WINDTUNNEL_PICTURES")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A reader opens the file, offline: nothing is missing, nothing complains, and
// nothing is asked for but the file.
func TestBrowserShowsThePage(t *testing.T) {
	ctx := browser(t)
	for name, d := range everyDocument(t) {
		p := open(t, ctx, d)
		if len(p.messages) > 0 {
			t.Errorf("%s: the console says %q", name, p.messages)
		}
		if len(p.requests) != 1 || !strings.HasPrefix(p.requests[0], "file://") {
			t.Errorf("%s asked for %q", name, p.requests)
		}
		_, root := pageOf(t, d)
		shown := p.sections(t)
		if want := sectionsOf(root); len(want) > 0 && !slices.Equal(shown, want) {
			t.Errorf("%s shows %v, want %v", name, shown, want)
		}
		if wide := value[bool](t, p, `document.documentElement.scrollWidth > innerWidth`); wide {
			t.Errorf("%s is wider than its window", name)
		}
		p.picture(t, name)
	}
}

// sections are those that are to be seen, by name.
func (p *opened) sections(t *testing.T) []string {
	t.Helper()
	return value[[]string](t, p, `[...document.querySelectorAll("[data-section]")].filter(s => s.getBoundingClientRect().height > 0).map(s => s.dataset.section)`)
}

// What the reader's eye gets: every text stands out from what is behind it, in
// light, in dark and on paper.
func TestBrowserContrast(t *testing.T) {
	open(t, browser(t), documents(t)["microservices"]).legible(t, "microservices")
}

func (p *opened) legible(t *testing.T, name string) {
	t.Helper()
	for _, m := range [][2]string{{"screen", "light"}, {"screen", "dark"}, {"print", "dark"}} {
		p.media(t, m[0], m[1])
		faint := value[[]string](t, p, faintTexts)
		if len(faint) > 0 {
			t.Errorf("%s, %s, %s: %q", name, m[0], m[1], faint)
		}
		dark := value[bool](t, p, `getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"`)
		if want := m == [2]string{"screen", "dark"}; dark != want {
			t.Errorf("%s, %s, %s: dark is %v", name, m[0], m[1], dark)
		}
		p.picture(t, fmt.Sprintf("%s-%s-%s", name, m[0], m[1]))
	}
}

// faintTexts finds the texts whose contrast with what lies behind is below 4.5.
const faintTexts = `(() => {
	const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length && (c.length < 4 || c[3] > 0)) return c; }
		return [255, 255, 255];
	};
	const faint = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.textContent.trim() || ["SCRIPT", "STYLE", "title"].includes(e.tagName) || !e.getClientRects().length) continue;
		const style = getComputedStyle(e), color = parse(e instanceof SVGElement ? style.fill : style.color);
		const [x, y] = [luminance(color), luminance(behind(e))];
		const contrast = (Math.max(x, y) + .05) / (Math.min(x, y) + .05);
		if (contrast < 4.5) faint.add(e.tagName + "." + (e.getAttribute("class") || "") + " " + contrast.toFixed(2));
	}
	return [...faint];
})()`

// A reader without a mouse reaches everything that does something.
func TestBrowserKeyboard(t *testing.T) {
	ctx := browser(t)
	p := open(t, ctx, documents(t)["microservices"])
	reached := map[string]bool{}
	for range 60 {
		p.do(t, chromedp.KeyEvent(kb.Tab))
		reached[value[string](t, p, `(() => { const e = document.activeElement; return e.className && e.tagName !== "A" ? e.className : e.tagName })()`)] = true
	}
	for _, want := range []string{"A", "plot", "INPUT", "BUTTON", "SUMMARY"} {
		if !reached[want] {
			t.Errorf("the tab key does not reach %s, only %v", want, reached)
		}
	}
	// The arrow keys read values off a chart.
	p.do(t, run(`document.querySelector("figure.chart .plot").focus()`), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	if tip := value[string](t, p, `document.querySelector("figure.chart .tip").textContent`); !strings.Contains(tip, "1.50 s") || !strings.Contains(tip, "succeeded 20") {
		t.Errorf("the second value reads %q", tip)
	}
	// The scrubber shows one moment, and the whole run again.
	whole := value[string](t, p, `document.querySelector("figure.graph svg").textContent`)
	p.do(t, run(`document.querySelector(".scrubber input").focus()`))
	for range 13 {
		p.do(t, chromedp.KeyEvent(kb.ArrowRight))
	}
	if at := value[string](t, p, `document.querySelector(".scrubber output").textContent`); at != "13 to 14 s · payments-down" {
		t.Errorf("the scrubber stands at %q", at)
	}
	if now := value[string](t, p, `document.querySelector("figure.graph svg").textContent`); !strings.Contains(now, "silent") || now == whole {
		t.Errorf("while payments is down the drawing reads %q", now)
	}
	p.do(t, run(`document.querySelector(".scrubber button").click()`))
	if now := value[string](t, p, `document.querySelector("figure.graph svg").textContent`); now != whole {
		t.Errorf("back at the whole run the drawing reads %q", now)
	}
}

// Without script the page says the same, and offers nothing that does not work.
func TestBrowserWithoutScript(t *testing.T) {
	ctx := browser(t)
	d := documents(t)["microservices"]
	p := open(t, ctx, d)
	with := value[[]string](t, p, `[...document.querySelectorAll("h1, h2, td, th, svg text, p, li")].filter(e => !e.closest(".tip, .scrubber")).map(e => e.textContent)`)
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	p.do(t, chromedp.Reload())
	without := value[[]string](t, p, `[...document.querySelectorAll("h1, h2, td, th, svg text, p, li")].map(e => e.textContent)`)
	if !slices.Equal(with, without) {
		t.Errorf("%d texts with script, %d without", len(with), len(without))
	}
	if n := value[int](t, p, `document.querySelectorAll("button, input, [tabindex]").length`); n != 0 {
		t.Errorf("%d controls do nothing without script", n)
	}
}

// A name out of a file does not run.
func TestBrowserOfHostileNames(t *testing.T) {
	ctx := browser(t)
	for _, name := range []string{`<script>window.ran = true</script>`, `"><img src=x onerror="window.ran=true">`, `</script><script>window.ran=true</script>`,
		"\u202etxet desrever", strings.Repeat("endless", 200), "שלום"} {
		p := open(t, ctx, namedDocument(name))
		if len(p.messages) > 0 {
			t.Errorf("%q: the console says %q", name, p.messages)
		}
		if value[bool](t, p, `"ran" in window`) {
			t.Errorf("%q ran", name)
		}
		if wide := value[bool](t, p, `document.documentElement.scrollWidth > innerWidth`); wide {
			t.Errorf("%q makes the page wider than its window", name)
		}
	}
}

// TestPictures takes pictures of the reports that WINDTUNNEL_REPORTS names, for
// people to judge; it is no check of anything.
func TestPictures(t *testing.T) {
	files := os.Getenv("WINDTUNNEL_REPORTS")
	if files == "" {
		t.Skip("WINDTUNNEL_REPORTS names no reports")
	}
	ctx := browser(t)
	for file := range strings.SplitSeq(files, ",") {
		p := openFile(t, ctx, file)
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		for _, scheme := range []string{"light", "dark"} {
			p.media(t, "screen", scheme)
			p.picture(t, name+"-"+scheme)
		}
		p.do(t, run(`document.querySelector("figure.chart .plot")?.focus()`), chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageDown),
			run(`const range = document.querySelector(".scrubber input"); if (range) { range.value = 14; range.dispatchEvent(new Event("input")); }`))
		p.picture(t, name+"-used")
		p.do(t, chromedp.EmulateViewport(420, 800))
		p.picture(t, name+"-narrow")
	}
}
