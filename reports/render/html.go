package render

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// htmlFormat prints one page that needs nothing else: no network, no fonts, and
// no script to be read. What script there is adds hover and the scrubber.
type htmlFormat struct{}

//go:embed html/report.css
var pageStyle string

//go:embed html/report.js
var pageScript string

func (htmlFormat) Extensions() []string { return []string{".html", ".htm"} }

func (htmlFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	p := &page{ids: map[string]int{}}
	style := paletteCSS() + pageStyle
	p.write(`<!doctype html>`, "\n", `<html lang="en">`, "\n", `<head>`, "\n", `<meta charset="utf-8">`, "\n")
	// Nothing is loaded and nothing runs but this page's own style and script.
	p.write(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '`, digest(style),
		`'; script-src '`, digest(pageScript), `'; base-uri 'none'; form-action 'none'">`, "\n")
	p.write(`<meta name="viewport" content="width=device-width, initial-scale=1">`, "\n",
		`<meta name="color-scheme" content="light dark">`, "\n", `<meta name="generator" content="windtunnel">`, "\n",
		`<title>`, safe.Markup(d.Title), `</title>`, "\n", `<style>`, style, `</style>`, "\n", `</head>`, "\n", `<body>`, "\n")
	p.write(`<a class="skip" href="#content">To the content</a>`, "\n")
	p.document(d)
	p.write(`<script>`, pageScript, `</script>`, "\n", `</body>`, "\n", `</html>`, "\n")
	_, err := io.WriteString(w, p.b.String())
	return err
}

// digest is how a content security policy names a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// page collects the markup of one document.
type page struct {
	b   strings.Builder
	ids map[string]int // how often each was asked for
}

func (p *page) write(parts ...string) {
	for _, part := range parts {
		p.b.WriteString(part)
	}
}

// id makes a name fit for an anchor, and its own.
func (p *page) id(name string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	id = strings.Trim(id, "-")
	if id == "" {
		id = "section"
	}
	p.ids[id]++
	if n := p.ids[id]; n > 1 {
		return p.id(fmt.Sprintf("%s-%d", id, n))
	}
	return id
}

// document writes the head with the verdict, the contents, and the sections.
func (p *page) document(d *reports.Document) {
	sections, ids := d.Sections, make([]string, len(d.Sections))
	for i, s := range sections {
		ids[i] = p.id(s.Name)
	}
	p.write(`<header class="`, toneClass(d.Tone), `">`, "\n", `<p class="brand">windtunnel</p>`, "\n",
		`<h1>`, toneMark(d.Tone), safe.Markup(d.Title), `</h1>`, "\n")
	first := 0
	if len(sections) > 0 && sections[0].Title == "" {
		first = 1
		p.write(`<div id="`, ids[0], `" data-section="`, safe.Markup(sections[0].Name), `">`, "\n")
		p.blocks(sections[0].Blocks)
		p.write(`</div>`, "\n")
	}
	p.write(`</header>`, "\n")
	p.contents(sections[first:], ids[first:])
	p.write(`<main id="content">`, "\n")
	for i, s := range sections[first:] {
		p.section(s, ids[first+i])
	}
	p.write(`</main>`, "\n")
}

// contents links to the sections that have a name; those of one name once.
func (p *page) contents(sections []reports.Section, ids []string) {
	last := ""
	p.write(`<nav aria-label="Contents">`)
	for i, s := range sections {
		if s.Name == "" || s.Name == last {
			continue
		}
		last = s.Name
		p.write(`<a class="`, toneClass(s.Tone), `" href="#`, ids[i], `">`, safe.Markup(s.Name), `</a>`, "\n")
	}
	p.write(`</nav>`, "\n")
}

func (p *page) section(s reports.Section, id string) {
	if s.Name == "" && s.Title == "" { // a last word, about nothing
		p.blocks(s.Blocks)
		return
	}
	p.write(`<section id="`, id, `" data-section="`, safe.Markup(s.Name), `" class="`, toneClass(s.Tone), `">`, "\n")
	if s.Name != "" && s.Title != "" {
		p.write(`<p class="about">`, safe.Markup(s.Name), `</p>`, "\n")
	}
	if s.Title != "" {
		p.write(`<h2>`, safe.Markup(s.Title), `</h2>`, "\n")
	}
	p.blocks(s.Blocks)
	p.write(`</section>`, "\n")
}

// toneClass is the class of a tone; "plain" is styled as nothing.
func toneClass(t reports.Tone) string {
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
	return "plain"
}

// toneMark says by a sign what the colour says.
func toneMark(t reports.Tone) string {
	signs := map[reports.Tone]string{reports.Good: "✓", reports.Bad: "✗", reports.Doubt: "?"}
	if signs[t] == "" {
		return ""
	}
	return `<span class="sign" aria-hidden="true">` + signs[t] + `</span> `
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "html",
		Doc: "one page with drawings, to be opened offline, printed and sent\n" +
			"It needs no script to be read; its own adds values under the pointer and a scrubber over the topology's time.",
		New: func() Format { return htmlFormat{} },
	})
}
