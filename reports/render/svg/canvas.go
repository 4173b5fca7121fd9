package svg

import (
	"math"
	"strconv"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
)

// canvas collects the elements of one picture.
type canvas struct{ b strings.Builder }

// begin opens the picture. What it shows is told to readers who do not see it;
// one with nothing to say is hidden from them. The data attributes are for the
// page's script.
func begin(width, height float64, kind, said string, data ...string) *canvas {
	c := &canvas{}
	attributes := []string{"class", "drawing " + kind, "viewBox", "0 0 " + num(width) + " " + num(height),
		"width", num(width), "height", num(height)}
	if said == "" {
		attributes = append(attributes, "aria-hidden", "true")
	} else {
		attributes = append(attributes, "role", "img", "aria-label", safe.Markup(said))
	}
	c.open("svg", append(attributes, data...)...)
	return c
}

func (c *canvas) end() string {
	c.close("svg")
	return c.b.String()
}

// tag writes a tag; attributes are pairs of a name and a value that is markup
// already. Those without a value are left out.
func (c *canvas) tag(end, name string, attributes ...string) {
	c.b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			c.b.WriteString(" " + attributes[i] + `="` + attributes[i+1] + `"`)
		}
	}
	c.b.WriteString(end)
}

func (c *canvas) open(name string, attributes ...string)    { c.tag(">", name, attributes...) }
func (c *canvas) element(name string, attributes ...string) { c.tag("/>", name, attributes...) }
func (c *canvas) close(name string)                         { c.b.WriteString("</" + name + ">") }

// text writes a text whose baseline begins, ends or has its middle at x.
func (c *canvas) text(x, y float64, class, anchor, s string, attributes ...string) {
	if anchor == "start" {
		anchor = ""
	}
	c.open("text", append([]string{"x", num(x), "y", num(y), "class", class, "text-anchor", anchor}, attributes...)...)
	c.b.WriteString(safe.Markup(s))
	c.close("text")
}

// short is text of at most so many characters, with the whole as its title.
func (c *canvas) short(x, y float64, class, anchor, s string, most int) {
	cut := safe.Short(s, most)
	if cut == safe.Text(s) {
		c.text(x, y, class, anchor, s)
		return
	}
	c.open("g")
	c.title(s)
	c.text(x, y, class, anchor, cut)
	c.close("g")
}

// titleLength bounds what a pointer over a picture brings up.
const titleLength = 300

// title is shown where a pointer rests on the element around it.
func (c *canvas) title(s string) {
	c.open("title")
	c.b.WriteString(safe.Markup(safe.Short(s, titleLength)))
	c.close("title")
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.element("path", "class", class, "d", "M"+num(x1)+" "+num(y1)+"L"+num(x2)+" "+num(y2))
}

func (c *canvas) rect(x, y, width, height float64, class string, attributes ...string) {
	c.element("rect", append([]string{"x", num(x), "y", num(y), "width", num(max(width, 0)), "height", num(max(height, 0)), "class", class}, attributes...)...)
}

// num writes a coordinate: a tenth of a pixel is as good as any.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// class of a tone; "" for Plain.
func class(t reports.Tone) string {
	switch t {
	case reports.Good:
		return "good"
	case reports.Bad:
		return "bad"
	case reports.Doubt:
		return "doubt"
	case reports.Muted:
		return "muted"
	}
	return ""
}

// seriesColors is how many colours of their own a page has.
const seriesColors = 8

// Hue is the class that colours a line or a row of dots.
func Hue(t reports.Tone, series int) string {
	if c := class(t); c != "" {
		return c
	}
	return "s" + strconv.Itoa(((series%seriesColors)+seriesColors)%seriesColors)
}
