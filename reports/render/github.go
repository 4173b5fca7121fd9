package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// githubFormat prints workflow commands, which GitHub shows beside the lines of
// the files that they are about.
type githubFormat struct{}

// mostAnnotations is how many are printed one by one. GitHub shows ten of a
// kind for each step; the tenth says how many more there are.
const mostAnnotations = 9

func (githubFormat) Extensions() []string { return nil }

func (githubFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	all := overallAnnotations(d.Overall)
	for _, r := range d.Runs {
		all = append(all, annotationsOf(r)...)
	}
	var b bytes.Buffer
	for _, line := range all[:min(len(all), mostAnnotations)] {
		b.WriteString(line + "\n")
	}
	if more := len(all) - mostAnnotations; more > 0 {
		b.WriteString(annotation("error", "", d.Title, fmt.Sprintf("%d more", more)) + "\n")
	}
	if len(all) == 0 {
		b.WriteString(annotation("notice", "", d.Title, "nothing to object to") + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// overallAnnotations has one for each gate that failed or cannot be judged.
func overallAnnotations(o *reports.Overall) []string {
	if o == nil {
		return nil
	}
	var all []string
	for _, g := range o.Gates {
		level := "warning"
		switch g.Verdict {
		case reports.Pass:
			continue
		case reports.Fail:
			level = "error"
		}
		all = append(all, annotation(level, "", o.Name, g.Gate+": "+g.Found))
	}
	return all
}

// annotationsOf has one for each check that failed or cannot be judged, and for
// what else is wrong with a run: those come first.
func annotationsOf(r *reports.Result) []string {
	where := suiteName(r)
	var all []string
	for _, c := range r.Checks {
		switch c.Verdict {
		case reports.Pass:
		case reports.Fail:
			all = append(all, annotation("error", c.Place, where, c.That+": "+c.Reason))
		default:
			all = append(all, annotation("warning", c.Place, where, c.That+": "+c.Reason))
		}
	}
	if r.Verdict == reports.Partial || r.Verdict == reports.Inconclusive && len(all) == 0 {
		first := annotation("warning", "", where, string(r.Verdict)+": "+strings.Join(r.Reasons, "; "))
		all = append([]string{first}, all...)
	}
	return all
}

// annotation writes one workflow command. A place is FILE:LINE:COLUMN, or empty.
func annotation(level, place, title, message string) string {
	var settings []string
	if file, line, column, ok := parsePlace(place); ok {
		settings = append(settings, "file="+githubSetting(file), fmt.Sprintf("line=%d", line), fmt.Sprintf("col=%d", column))
	}
	settings = append(settings, "title="+githubSetting(title))
	return "::" + level + " " + strings.Join(settings, ",") + "::" + githubMessage(message)
}

// parsePlace takes a place apart from its end: a file's name may hold colons.
func parsePlace(place string) (file string, line, column int, ok bool) {
	parts := strings.Split(place, ":")
	if len(parts) < 3 {
		return "", 0, 0, false
	}
	n := len(parts)
	line, lineErr := strconv.Atoi(parts[n-2])
	column, columnErr := strconv.Atoi(parts[n-1])
	file = strings.Join(parts[:n-2], ":")
	return file, line, column, lineErr == nil && columnErr == nil && line > 0 && file != ""
}

var (
	messageEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	settingEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func githubMessage(s string) string { return messageEscapes.Replace(safe.Text(s)) }
func githubSetting(s string) string { return settingEscapes.Replace(safe.Text(s)) }

func init() {
	Formats.Register(def.Def[Format]{
		Name: "github",
		Doc: "annotations for a GitHub workflow, at the file and line of each check that does not hold\n" +
			"At most nine, and how many more there are. Runs and comparisons in a workflow print them by themselves.",
		New: func() Format { return githubFormat{} },
	})
}
