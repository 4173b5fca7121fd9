package render

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/reports/render/svg"
)

func (p *page) blocks(blocks []reports.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case reports.Paragraph:
			p.write(`<p class="`, toneClass(b.Tone), `">`, safe.Markup(b.Text), `</p>`, "\n")
		case reports.List:
			p.list(b)
		case reports.Source:
			p.write(`<details><summary>`, safe.Markup(b.Title), `</summary><pre><code>`, markupLines(b.Text), `</code></pre></details>`, "\n")
		case *reports.Table:
			p.table(b)
		case *reports.Chart:
			p.figure(b.Caption, svg.Chart(b), "chart", chartData(b))
		case *reports.HeatMap:
			p.figure(b.Caption, svg.HeatMap(b), "heat", nil)
		case *reports.Dots:
			p.figure(b.Caption, svg.Dots(b), "dots", nil)
		case *reports.Stack:
			p.figure(b.Caption, svg.Stack(b), "stack", nil)
		case *reports.Waterfall:
			p.figure(b.Caption, svg.Waterfall(b), "fall", nil)
		case *reports.Graph:
			p.graph(b)
		}
	}
}

// markupLines is safe.Markup for a file.
func markupLines(s string) string {
	lines := strings.Split(safe.Lines(s), "\n")
	for i, line := range lines {
		parts := strings.Split(line, "\t")
		for k := range parts {
			parts[k] = safe.Markup(parts[k])
		}
		lines[i] = strings.Join(parts, "\t")
	}
	return strings.Join(lines, "\n")
}

func (p *page) list(l reports.List) {
	p.write(`<ul class="`, toneClass(l.Tone), `">`, "\n")
	for _, item := range l.Items {
		p.write(`<li>`, safe.Markup(item), `</li>`, "\n")
	}
	p.write(`</ul>`, "\n")
}

// table writes all columns: a page can be scrolled to the side.
func (p *page) table(t *reports.Table) {
	t = withoutEmpty(t)
	if len(t.Columns) == 0 {
		return
	}
	p.write(`<div class="wide"><table>`, "\n")
	if slices.ContainsFunc(t.Columns, func(c reports.Column) bool { return c.Title != "" }) {
		p.write(`<thead><tr>`)
		for _, c := range t.Columns {
			p.headCell(c)
		}
		p.write(`</tr></thead>`, "\n")
	}
	p.write(`<tbody>`, "\n")
	for _, row := range t.Rows {
		p.write(`<tr>`)
		for i, c := range row {
			p.cell(c, t.Columns[i].Number)
		}
		p.write(`</tr>`, "\n")
	}
	p.write(`</tbody></table></div>`, "\n")
	if t.Note != "" {
		p.write(`<p class="note">`, safe.Markup(t.Note), `</p>`, "\n")
	}
}

func (p *page) headCell(c reports.Column) {
	class := ""
	if c.Number {
		class = ` class="number"`
	}
	if c.Title == "" {
		p.write(`<td`, class, `></td>`)
		return
	}
	p.write(`<th scope="col"`, class, `>`, safe.Markup(c.Title), `</th>`)
}

func (p *page) cell(c reports.Cell, number bool) {
	classes := []string{}
	if c.Tone != reports.Plain {
		classes = append(classes, toneClass(c.Tone))
	}
	if number {
		classes = append(classes, "number")
	}
	if c.Mark {
		classes = append(classes, "sign")
	}
	p.write(`<td`)
	if len(classes) > 0 {
		p.write(` class="`, strings.Join(classes, " "), `"`)
	}
	p.write(`>`)
	if c.Gauge != nil {
		p.write(svg.Gauge(c.Gauge, c.Tone), ` `)
	}
	before, after := "", ""
	if c.Link != "" {
		before, after = `<a href="`+safe.Markup(linkTo(c.Link))+`">`, `</a>`
	}
	if c.Code && c.Text != "" {
		before, after = before+`<code>`, `</code>`+after
	}
	p.write(before, safe.Markup(c.Text), after, `</td>`)
}

// linkTo writes a relative path as an address. It never has a scheme.
func linkTo(path string) string { return (&url.URL{Path: path}).String() }

// figure writes a drawing with its caption, and what its script needs.
func (p *page) figure(c reports.Caption, drawing, kind string, data any) {
	p.write(`<figure class="`, kind, `">`, "\n")
	if c.Title != "" {
		p.write(`<figcaption>`, safe.Markup(c.Title), `</figcaption>`, "\n")
	}
	p.write(`<div class="plot">`, drawing, `</div>`, "\n")
	if c.Words != "" {
		p.write(`<p class="note">`, safe.Markup(c.Words), `</p>`, "\n")
	}
	p.data(data)
	p.write(`</figure>`, "\n")
}

// graph writes the key below the drawing.
func (p *page) graph(g *reports.Graph) {
	var data any
	if len(g.Frames) > 0 {
		data = graphData(g)
	}
	p.figure(g.Caption, svg.Graph(g), "graph", data)
	if g.Key != "" {
		p.write(`<p class="note">`, safe.Markup(g.Key), `</p>`, "\n")
	}
}

// data writes figures for the script. The encoder escapes what could end the element.
func (p *page) data(v any) {
	if v == nil {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		return // a drawing without its hover is whole
	}
	p.write(`<script type="application/json">`, string(text), `</script>`, "\n")
}

// lineData is what a pointer over a chart reads.
type lineData struct {
	Name  string   `json:"name"`
	Panel string   `json:"panel"`
	Class string   `json:"class"`
	X     readings `json:"x"`
	Y     readings `json:"y"`
}

type chartLines struct {
	X     string     `json:"x"`
	Time  bool       `json:"time"`
	Lines []lineData `json:"lines"`
}

func chartData(c *reports.Chart) any {
	d := chartLines{X: safe.Text(c.X.Title), Time: c.X.Time, Lines: []lineData{}}
	for _, panel := range c.Panels {
		for _, l := range panel.Lines {
			line := lineData{Name: safe.Short(l.Name, 40), Panel: safe.Text(panel.Title), Class: svg.Hue(l.Tone, l.Series)}
			for _, q := range l.Points {
				line.X, line.Y = append(line.X, q.X), append(line.Y, q.Y)
			}
			d.Lines = append(d.Lines, line)
		}
	}
	if len(d.Lines) == 0 {
		return nil
	}
	return d
}

// readings are numbers of which four digits count; what is no number is null.
type readings []float64

func (r readings) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range r {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b = append(b, "null"...)
			continue
		}
		digits := 4
		if v > 90 && v < 100 { // a percentile of four nines has more
			digits = 8
		}
		b = strconv.AppendFloat(b, v, 'g', digits, 64)
	}
	return append(b, ']'), nil
}

// frames is what the scrubber shows: for each stretch a text for each node and
// edge, after a letter for its tone.
type frames struct {
	At    readings   `json:"at"`
	Names []string   `json:"names"`
	Nodes [][]string `json:"nodes"`
	Edges [][]string `json:"edges"`
}

func graphData(g *reports.Graph) frames {
	var f frames
	for _, frame := range g.Frames {
		f.At = append(f.At, frame.At)
		f.Names = append(f.Names, safe.Text(frame.Name))
		f.Nodes = append(f.Nodes, toned(frame.Nodes))
		f.Edges = append(f.Edges, toned(frame.Edges))
	}
	return f
}

func toned(readings []reports.Reading) []string {
	texts := make([]string, len(readings))
	for i, r := range readings {
		texts[i] = toneClass(r.Tone)[:1] + safe.Text(r.Text)
	}
	return texts
}
