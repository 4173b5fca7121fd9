package svg

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/reports"
)

var update = flag.Bool("update", false, "write goldens anew")

func at(v float64) *float64 { return &v }

// pictures has one of each drawing.
func pictures(name string) map[string]string {
	nan := math.NaN()
	points := func(ys ...float64) []reports.Spot {
		var all []reports.Spot
		for i, y := range ys {
			all = append(all, reports.Spot{X: float64(i), Y: y})
		}
		return all
	}
	return map[string]string{
		"chart": Chart(&reports.Chart{
			Caption: reports.Caption{Title: name, Words: "All went well."}, X: reports.Axis{Title: name, Max: 4, Time: true},
			Bands: []reports.Band{{From: 1, To: 2, Name: name, Tone: reports.Bad}, {From: 2, To: 2.1, Name: "next", Tone: reports.Muted}, {From: 9, To: 10, Name: "outside"}},
			Panels: []reports.Panel{
				{Title: name, Lines: []reports.Line{
					{Name: name, Points: points(1, 1, 1, 5, nan, 2)}, {Name: "b", Series: 1, Shape: reports.Area, Points: points(2, 3, 4)},
					{Name: "again", Series: 1, Repeats: true, Points: points(2, 3, 3)},
				}},
				{Title: "log", Y: reports.Axis{Spacing: reports.Log}, Lines: []reports.Line{
					{Name: "steps", Tone: reports.Good, Shape: reports.Steps, Points: points(1, 1, 10, 0, 3)},
					{Name: "marks", Series: 9, Shape: reports.Marks, Points: points(100, math.Inf(1), -1)},
				}},
				{Title: "lanes", Lanes: []reports.Lane{{Name: name, States: []reports.Band{{From: 1, To: 1.5, Name: name, Tone: reports.Bad}, {From: 8, To: 9}},
					Marks: []reports.Mark{{At: 3, Name: name, Tone: reports.Good}}}}},
			},
		}),
		"heat": HeatMap(&reports.HeatMap{
			Caption: reports.Caption{Title: name}, X: reports.Axis{Title: name}, Y: reports.Axis{Spacing: reports.Log},
			XEdges: []float64{0, 1, 2}, YEdges: []float64{1, 10, 100, 1000}, Counts: [][]int{{0, 3, 3}, {100, 1, 0}},
			Bands: []reports.Band{{From: 0, To: 1, Name: name, Tone: reports.Bad}},
		}),
		"dots": Dots(&reports.Dots{
			Caption: reports.Caption{Title: name}, X: reports.Axis{Title: "ms"},
			Rows: []reports.DotRow{{Name: name, Values: []float64{1, 2, 2, nan}, Middle: at(2), Note: name}, {Name: "none", Series: 1}},
		}),
		"stack": Stack(&reports.Stack{
			Caption: reports.Caption{Title: name}, X: reports.Axis{Title: "ms"},
			Rows: []reports.StackRow{
				{Name: name, Parts: []reports.StackPart{{Name: "created", Value: 3, Text: "3"}, {Name: name, Value: 40, Text: "40"}, {Name: "none", Value: nan}}},
				{Name: "b", Parts: []reports.StackPart{{Name: name, Value: 1, Text: "1"}, {Name: "endless", Value: math.Inf(1)}}}, {Name: "empty"},
			},
		}),
		"graph": Graph(&reports.Graph{
			Caption: reports.Caption{Title: name},
			Nodes: []reports.GraphNode{{Name: "callers", Outer: true}, {Name: name, Kind: name, Detail: name, Reading: reports.Reading{Text: name, Tone: reports.Bad}},
				{Name: "b"}, {Name: "c"}},
			Edges: []reports.GraphEdge{{From: 0, To: 1, Weight: 1}, {From: 1, To: 2, Weight: 0.5, Detail: name, Reading: reports.Reading{Text: name, Tone: reports.Bad}},
				{From: 2, To: 3}, {From: 3, To: 1}, {From: 0, To: 3}, {From: 2, To: 2}, {From: 1, To: 99}},
		}),
		"gauge": Gauge(&reports.Gauge{Observed: 12, Limit: 100, Low: at(11), High: at(13), Under: true}, reports.Good),
	}
}

func TestPicturesGolden(t *testing.T) {
	for name, picture := range pictures("payments-down") {
		path := filepath.Join("testdata", name+".svg")
		// A line for each element, so that a difference can be read.
		picture = strings.ReplaceAll(picture, "><", ">\n<") + "\n"
		if *update {
			if err := os.WriteFile(path, []byte(picture), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if picture != string(want) {
			t.Errorf("%s differs from what is drawn now (-update writes it anew):\n%s", path, picture)
		}
	}
}

// elements reads a picture as XML, and returns how often each element occurs.
func elements(t interface{ Fatal(...any) }, picture string) map[string]int {
	found := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err, picture)
		}
		if e, ok := token.(xml.StartElement); ok {
			found[e.Name.Local]++
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "style" {
					t.Fatal("attribute", a.Name.Local)
				}
			}
		}
	}
}

// Whatever things are called, a picture is well-formed and has the elements
// that it has for a harmless name, and a few for what is cut.
func TestNoNameEscapes(t *testing.T) {
	harmless := map[string]map[string]int{}
	for kind, picture := range pictures("name") {
		harmless[kind] = elements(t, picture)
	}
	name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>"'&/ a-z=\x00-\x1f]{0,40}`),
		rapid.SampledFrom([]string{`"><script>alert(1)</script>`, "]]>", "\u202eabc", "שלום", strings.Repeat("long", 500)}))
	rapid.Check(t, func(t *rapid.T) {
		for kind, picture := range pictures(name.Draw(t, "name")) {
			if strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") {
				t.Fatalf("%s draws what is no number", kind)
			}
			for element, n := range elements(t, picture) {
				if element == "g" || element == "title" { // around what was cut
					continue
				}
				if n > harmless[kind][element] {
					t.Fatalf("%s has %d of %s, and %d for a harmless name", kind, n, element, harmless[kind][element])
				}
			}
		}
	})
}

func TestEmptyDrawings(t *testing.T) {
	for name, picture := range map[string]string{
		"chart": Chart(&reports.Chart{}), "panels": Chart(&reports.Chart{Panels: []reports.Panel{{}, {Lanes: []reports.Lane{{}}}}}),
		"dots": Dots(&reports.Dots{}), "stack": Stack(&reports.Stack{}), "graph": Graph(&reports.Graph{}), "gauge": Gauge(&reports.Gauge{}, reports.Plain),
		"heat": HeatMap(&reports.HeatMap{}),
	} {
		if elements(t, picture)["svg"] != 1 {
			t.Errorf("%s: %s", name, picture)
		}
	}
}

// A level stretch is drawn by its ends.
func TestPathIsThin(t *testing.T) {
	x, y := scale{max: 10, to: 100}, scale{max: 10, from: 100}
	for _, c := range []struct {
		points []reports.Spot
		steps  bool
		want   string
	}{
		{[]reports.Spot{{X: 0, Y: 5}, {X: 1, Y: 5}, {X: 2, Y: 5}, {X: 3, Y: 5}, {X: 4, Y: 10}}, false, "M0 50L30 50L40 0"},
		{[]reports.Spot{{X: 0, Y: 5}, {X: 1, Y: 5}, {X: 2, Y: 10}, {X: 3, Y: 10}}, true, "M0 50H20V0H30V0"},
		{[]reports.Spot{{X: 0, Y: 1}, {X: 1, Y: 2}}, false, "M0 90L10 80"},
	} {
		if got := path(c.points, x, y, c.steps); got != c.want {
			t.Errorf("%v: %s, want %s", c.points, got, c.want)
		}
	}
}

// The limit and the value are never drawn over the edge, and what lies beyond
// the limit is on the right side.
func TestGaugeScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &reports.Gauge{Observed: rapid.Float64Range(0, 1e6).Draw(t, "observed"), Limit: rapid.Float64Range(0, 1e6).Draw(t, "limit")}
		s := gaugeScale(g)
		s.from, s.to = 0, 100
		o, l := s.at(g.Observed), s.at(g.Limit)
		if g.Observed < g.Limit && o > l || g.Observed > g.Limit && o < l {
			t.Fatalf("%v at %v, limit %v at %v", g.Observed, o, g.Limit, l)
		}
		if g.Limit > 0 && l >= 100 {
			t.Fatalf("the limit %v stands at the end of %+v", g.Limit, s)
		}
	})
}

func TestHeatLevels(t *testing.T) {
	for _, c := range []struct{ n, most, want int }{{0, 100, 0}, {1, 100, 1}, {10, 100, 4}, {100, 100, heatLevels}, {1, 1, heatLevels}} {
		if got := heatLevel(c.n, c.most); got != c.want {
			t.Errorf("%d of %d: %d, want %d", c.n, c.most, got, c.want)
		}
	}
}

// A waterfall says in text what its bars show, whatever the names are.
func TestWaterfall(t *testing.T) {
	const name = `<script>alert("x")</script> ` + "\u202e\x1b[31m"
	f := &reports.Waterfall{Caption: reports.Caption{Title: name}, X: reports.Axis{Title: "ms"}, Left: 3,
		Keys: []reports.WaterfallKey{{Name: name, Series: 0}, {Name: "not seen", Series: -1}},
		Rows: []reports.WaterfallRow{
			{Name: name, Place: name, From: 0, To: 120, Critical: []reports.WaterfallPart{{From: 0, To: 20}, {From: 100, To: 120, Series: -1}}},
			{Name: "short", Depth: 99, From: 5, To: 5.25, Note: name, Tone: reports.Bad},
		}}
	got := Waterfall(f)
	for _, text := range []string{"<script", "\u202e", "\x1b", "NaN"} {
		if strings.Contains(got, text) {
			t.Errorf("the drawing holds %q", text)
		}
	}
	for _, text := range []string{"120 ms", "0.250 ms", "3 more spans", "not seen", `class="span muted"`, "&lt;script"} {
		if !strings.Contains(got, text) {
			t.Errorf("the drawing does not hold %q:\n%s", text, got)
		}
	}
	if Waterfall(&reports.Waterfall{}) == "" {
		t.Error("an empty one is nothing")
	}
}
