package render_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/reports/render/safe"
	"windtunnel/runner/record"
)

// pageOf prints a document as HTML and reads it.
func pageOf(t interface{ Fatal(...any) }, d *reports.Document) (string, *html.Node) {
	var b bytes.Buffer
	if err := render.Write(&b, "html", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

// all returns the elements of a name, in their order; "" for all of them.
func all(root *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// sectionsOf names the sections of a page, in their order.
func sectionsOf(root *html.Node) []string {
	var names []string
	for _, n := range all(root, "") {
		if name := attribute(n, "data-section"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func TestHTMLSections(t *testing.T) {
	for name, want := range map[string][]string{
		"microservices": {"verdict", "checks", "timeline", "topology", "latency", "nodes", "edges", "faults", "errors", "load", "method", "glossary"},
		"comparison":    {"verdict", "checks", "timeline", "topologies", "latency", "matrix", "basis", "runs", "method", "glossary"},
	} {
		_, root := pageOf(t, documents(t)[name])
		if got := sectionsOf(root); !slices.Equal(got, want) {
			t.Errorf("%s has the sections %v, want %v", name, got, want)
		}
	}
}

// A page can be read by its outline, and every place that it leads to is there.
func TestHTMLStructure(t *testing.T) {
	for name, d := range documents(t) {
		_, root := pageOf(t, d)
		level := 0
		for _, n := range all(root, "") {
			if len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
				continue
			}
			if at := int(n.Data[1] - '0'); at > level+1 {
				t.Errorf("%s: %s follows a heading of level %d", name, n.Data, level)
			} else {
				level = at
			}
			if strings.TrimSpace(textOf(n)) == "" {
				t.Errorf("%s has an empty %s", name, n.Data)
			}
		}
		if n := len(all(root, "h1")); n != 1 {
			t.Errorf("%s has %d titles", name, n)
		}
		ids := map[string]bool{}
		for _, n := range all(root, "") {
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: two elements have the id %s", name, id)
				}
				ids[id] = true
			}
		}
		for _, a := range all(root, "a") {
			if to, inside := strings.CutPrefix(attribute(a, "href"), "#"); !inside || !ids[to] {
				t.Errorf("%s: a link leads to %q", name, attribute(a, "href"))
			}
		}
		for _, n := range all(root, "svg") {
			if attribute(n, "aria-hidden") != "true" && (attribute(n, "role") != "img" || attribute(n, "aria-label") == "") {
				t.Errorf("%s: a drawing says nothing to those who do not see it", name)
			}
		}
		for _, row := range all(root, "tr") {
			head := row.Parent.Data == "thead"
			for cell := range row.ChildNodes() {
				if cell.Data == "th" && (!head || attribute(cell, "scope") != "col") {
					t.Errorf("%s: a head of no column", name)
				}
			}
		}
	}
}

// references are the attributes that load or lead somewhere.
var references = []string{"src", "href", "action", "formaction", "data", "poster", "srcset", "xlink:href", "background", "ping"}

// A page is one file: nothing of it comes from elsewhere, and nothing in it may
// run but its own script.
func TestHTMLStandsAlone(t *testing.T) {
	for name, d := range documents(t) {
		page, root := pageOf(t, d)
		for _, n := range all(root, "") {
			if slices.Contains([]string{"link", "img", "iframe", "object", "embed", "base", "form", "audio", "video", "image", "use"}, n.Data) {
				t.Errorf("%s has an element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if slices.Contains(references, a.Key) && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s: %s leads to %s by %s", name, n.Data, a.Val, a.Key)
				}
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has an attribute %s, which the page's own policy forbids", name, n.Data, a.Key)
				}
			}
		}
		policy := ""
		for _, m := range all(root, "meta") {
			if attribute(m, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(m, "content")
			}
		}
		if !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", name, policy)
		}
		styles, scripts := all(root, "style"), 0
		for _, s := range all(root, "script") {
			if attribute(s, "type") == "application/json" {
				if !json.Valid([]byte(textOf(s))) {
					t.Errorf("%s: %s", name, textOf(s))
				}
				continue
			}
			scripts++
			if !strings.Contains(policy, "script-src '"+hash(textOf(s))+"'") {
				t.Errorf("%s: the script is not the one that the policy allows", name)
			}
		}
		if len(styles) != 1 || scripts != 1 {
			t.Fatalf("%s has %d styles and %d scripts", name, len(styles), scripts)
		}
		if css := textOf(styles[0]); !strings.Contains(policy, "style-src '"+hash(css)+"'") || strings.Contains(css, "url(") || strings.Contains(css, "@import") {
			t.Errorf("%s: the style is not the one that the policy allows, or it loads something", name)
		}
		if len(page) > 1_000_000 {
			t.Errorf("%s takes %d bytes", name, len(page))
		}
	}
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// What is called by a name out of a file is a text in the page, and nothing else.
func TestHTMLOfHostileNames(t *testing.T) {
	hostileNames := []string{
		`<script>alert("x")</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</script><script>alert(1)</script>`,
		`</style><b>`, `<!--`, `]]>`, `&lt;b&gt;`, "\u202etxet", "שלום עולם", strings.Repeat("very-long-", 300), "{{.}}", "javascript:alert(1)", "\x00\x1b[2J",
	}
	name := rapid.OneOf(rapid.SampledFrom(hostileNames), rapid.String())
	_, harmless := pageOf(t, namedDocument("name"))
	want := len(all(harmless, ""))
	rapid.Check(t, func(t *rapid.T) {
		called := name.Draw(t, "name")
		_, root := pageOf(t, namedDocument(called))
		cut := 0 // what is cut gets a title
		for _, n := range all(root, "") {
			if n.Data == "title" || n.Data == "g" {
				cut++
			}
		}
		if got := len(all(root, "")); got > want+cut {
			t.Fatalf("%d elements, and %d for a harmless name", got, want)
		}
		h1 := all(root, "h1")
		if len(h1) != 1 || textOf(h1[0]) != safe.Text(called) {
			t.Fatalf("the title reads %q, want %q", textOf(h1[0]), safe.Text(called))
		}
	})
}

// namedDocument has a block of each sort, in which all is called the same.
func namedDocument(name string) *reports.Document {
	points := []reports.Spot{{X: 1, Y: 1}, {X: 2, Y: 5}}
	return &reports.Document{Title: name, Sections: []reports.Section{{Name: name, Title: name, Blocks: []reports.Block{
		reports.Paragraph{Text: name}, reports.List{Items: []string{name}}, reports.Source{Title: name, Text: name},
		&reports.Table{Columns: []reports.Column{{Title: name}, {Title: "n", Number: true}},
			Rows: [][]reports.Cell{{{Text: "x" + name, Code: true}, {Text: "x" + name, Gauge: &reports.Gauge{Observed: 1, Limit: 2}}}}, Note: "x" + name},
		&reports.Chart{Caption: reports.Caption{Title: "x" + name, Words: "x" + name}, X: reports.Axis{Title: name},
			Panels: []reports.Panel{{Title: name, Lines: []reports.Line{{Name: name, Points: points}}}}},
		&reports.Graph{Caption: reports.Caption{Title: "x" + name}, Key: "x" + name, Nodes: []reports.GraphNode{{Name: name}, {Name: name}},
			Edges:  []reports.GraphEdge{{From: 0, To: 1, Detail: "x" + name}},
			Frames: []reports.Frame{{Name: name, Nodes: []reports.Reading{{Text: name}, {Text: name}}, Edges: []reports.Reading{{Text: name}}}}},
	}}}}
}

// A run of an hour over a large topology still makes a page of less than a megabyte.
func TestHTMLOfALargeRun(t *testing.T) {
	d := largeRun(t).Document()
	page, _ := pageOf(t, d)
	if len(page) > 1_000_000 {
		t.Errorf("the page takes %d bytes", len(page))
	}
	t.Logf("%d bytes", len(page))
}

// largeRun is an hour on forty nodes that call each other, with faults, breakers
// and entries by the dozen.
func largeRun(t *testing.T) *reports.Analysis {
	t.Helper()
	const nodes, entries, hour = 40, 24, 3600
	id := record.Identity{Engine: record.Live, Backend: "process", Scenario: "long", Topology: "wide", Entries: []string{},
		Phases: []record.Phase{{Name: "steady", For: record.Millis(hour * time.Second)}}, Environment: record.Environment{Cores: 2}}
	for i := range entries {
		id.Entries = append(id.Entries, fmt.Sprintf("an-entry-with-a-rather-long-name-%d", i))
		id.Checks = append(id.Checks, fmt.Sprintf("an-entry-with-a-rather-long-name-%d.latency.p99 < 250ms", i))
		id.Faults = append(id.Faults, record.Fault{Name: fmt.Sprintf("fault-%d", i), Kind: "kill", Target: "node n", At: record.Millis(100 * time.Duration(i) * time.Second)})
	}
	for i := range nodes {
		id.Nodes = append(id.Nodes, record.Node{Name: nodeName(i), Kind: "service", Replicas: 3})
		for k := i + 1; k < min(i+4, nodes); k++ {
			id.Edges = append(id.Edges, record.Edge{From: nodeName(i), To: nodeName(k), Policy: "timeout 300ms · retry 3 · breaker 50%/20 · p2c"})
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, id, []byte(strings.Repeat("# a long input\n", 20_000)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		at := 100 * time.Duration(i) * time.Second
		w.Event(record.Event{At: at, Kind: record.FaultBegan, Name: fmt.Sprintf("fault-%d", i)})
		w.Event(record.Event{At: at + 20*time.Second, Kind: record.FaultHealed, Name: fmt.Sprintf("fault-%d", i)})
	}
	for second := 0; second < hour; second += 10 {
		at := time.Duration(second+10) * time.Second
		for i, n := range id.Nodes {
			w.Node(record.NodeSample{At: at, Node: n.Name, Instance: n.Name + "-1", CPU: time.Second, Interval: 10 * time.Second, Served: uint64(1000 + i*second)})
		}
		for i, e := range id.Edges {
			w.Edge(record.EdgeSample{At: at, From: e.From, Instance: e.From + "-1", To: e.To, Calls: uint64(i + second), Attempts: uint64(i + second), Latency: time.Second, Failed: uint64(second % 70)})
			if second%100 == 0 {
				w.Event(record.Event{At: at, Kind: record.BreakerState, Instance: e.From + "-1", Edge: e.From + ">" + e.To, From: "closed", To: "open"})
				w.Event(record.Event{At: at + 5*time.Second, Kind: record.BreakerState, Instance: e.From + "-1", Edge: e.From + ">" + e.To, From: "open", To: "closed"})
			}
		}
	}
	for i := range 20_000 {
		at := time.Duration(i) * hour * time.Second / 20_000
		w.Request(record.Request{Seq: uint64(i), Entry: id.Entries[i%entries], Phase: "steady", Intended: at, Sent: at, Status: 200,
			Done: at + time.Duration(1+i*i%5000)*time.Millisecond})
	}
	w.Event(record.Event{At: hour * time.Second, Kind: record.RunEnded})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := reports.Analyze(run, reports.Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func nodeName(i int) string { return fmt.Sprintf("node-of-some-name-%d", i) }

// Without a terminal's width there is room for every column and every picture's words.
func TestFormatsWithoutPicturesSayTheWords(t *testing.T) {
	const words = "The rate rose from 1 to 5."
	d := &reports.Document{Title: "t", Sections: []reports.Section{
		{Title: "drawn", Blocks: []reports.Block{&reports.Chart{Caption: reports.Caption{Title: "rate", Words: words}}}},
		{Title: "looked up", Appendix: true, Blocks: []reports.Block{reports.Source{Title: "a file", Text: "its text"}}},
	}}
	for _, format := range []string{"terminal", "markdown", "html"} {
		var b bytes.Buffer
		if err := render.Write(&b, format, d, render.Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ReplaceAll(b.String(), `\.`, "."), words) {
			t.Errorf("%s does not say %q:\n%s", format, words, &b)
		}
		if got := strings.Contains(b.String(), "looked up"); got != (format == "html") {
			t.Errorf("%s has the appendix: %v", format, got)
		}
	}
}

var spaces = regexp.MustCompile(`\s+`)

// The page says what the terminal says.
func TestHTMLHasEveryTitle(t *testing.T) {
	d := documents(t)["microservices"]
	_, root := pageOf(t, d)
	text := spaces.ReplaceAllString(textOf(root), " ")
	for _, s := range d.Sections {
		if !strings.Contains(text, s.Title) {
			t.Errorf("the page does not say %q", s.Title)
		}
	}
}
