package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// junitFormat prints the checks as test cases: a suite for each run, and one for
// what all are judged by together. It keeps to what both schemas in use allow,
// Ant's (attributes and elements that must be there) and Jenkins's.
type junitFormat struct{}

func (junitFormat) Extensions() []string { return []string{".xml"} }

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

// junitSuite is one run, or what all of them are judged by.
type junitSuite struct {
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Name       string          `xml:"name,attr"`
	Timestamp  string          `xml:"timestamp,attr"` // UTC, without a zone, as the schema has it
	Hostname   string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Time       string          `xml:"time,attr"` // seconds
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// junitCase is one check: a failure where it does not hold, an error where it
// cannot be judged.
type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Skipped *junitSkip    `xml:"skipped"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
}

// junitSkip marks what did not take place.
type junitSkip struct {
	Message string `xml:"message,attr"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func (junitFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	all := junitSuites{Suites: []junitSuite{}}
	same := map[string]int{}
	for _, r := range d.Runs {
		same[suiteName(r)]++
	}
	for _, r := range d.Runs {
		all.Suites = append(all.Suites, suiteOf(r, same[suiteName(r)] > 1))
	}
	if d.Overall != nil {
		all.Suites = append(all.Suites, overallSuite(d.Overall))
	}
	for i := range all.Suites {
		all.Suites[i].number(i)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suiteName names a run by what it is a run of.
func suiteName(r *reports.Result) string {
	return strings.TrimSpace(r.Scenario + " on " + r.Topology + " " + r.Setting())
}

// suiteOf tells of one run. The names of suites and classes are each run's own,
// which is what servers tell cases apart by: a repetition's has its seed.
func suiteOf(r *reports.Result, repeated bool) junitSuite {
	more := r.Setting()
	if repeated {
		more = strings.TrimSpace(fmt.Sprintf("%s seed %d", more, r.Seed))
	}
	s := newSuite(strings.TrimSpace(r.Scenario+" on "+r.Topology+" "+more), r.Began)
	s.Time, s.Properties, s.Out = seconds(r), propertiesOf(r), safe.Lines(strings.Join(r.Warnings, "\n"))
	class := safe.Text(strings.TrimSpace(r.Scenario + "." + r.Topology + " " + more))
	s.Cases = append(s.Cases, runCase(class, r))
	for _, c := range r.Checks {
		s.Cases = append(s.Cases, checkCase(class, c))
	}
	return s
}

func newSuite(name, began string) junitSuite {
	return junitSuite{Package: "windtunnel", Name: safe.Text(name), Timestamp: strings.TrimSuffix(began, "Z"), Hostname: "localhost", Time: "0"}
}

// overallSuite has a case for each gate. What was found is said of those that
// hold, too.
func overallSuite(o *reports.Overall) junitSuite {
	s := newSuite(o.Name, o.Began)
	var out []string
	for _, g := range o.Gates {
		name := g.Gate
		if g.Column != "" {
			name += " on " + g.Column
		}
		s.Cases = append(s.Cases, caseOf(safe.Text(o.Name), name, g.Verdict, "gate", g.Found, g.Found))
		out = append(out, name+": "+g.Found)
	}
	s.Out = safe.Lines(strings.Join(out, "\n"))
	return s
}

// number gives a suite its place, and counts its cases.
func (s *junitSuite) number(id int) {
	s.ID = id
	for _, c := range s.Cases {
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
	}
}

// runCase says whether there is anything to be judged by: a suite whose load
// generator could not keep up is not green, whatever its checks say.
func runCase(class string, r *reports.Result) junitCase {
	c := junitCase{Name: "the run can be judged", Class: class, Time: seconds(r)}
	why := safe.Text(strings.Join(r.Reasons, "; "))
	switch r.Verdict {
	case reports.Partial, reports.Inconclusive:
		c.Error = &junitProblem{Message: why, Type: string(r.Verdict), Text: why}
	case reports.NotRun:
		c.Skipped = &junitSkip{Message: why}
	}
	return c
}

func checkCase(class string, r reports.CheckResult) junitCase {
	text := r.Reason
	if r.Place != "" {
		text = r.Place + ": " + text
	}
	return caseOf(class, r.That, r.Verdict, "check", r.Reason, text)
}

// caseOf is one promise: kind says what was not kept, why in short and with all
// that is known.
func caseOf(class, name string, verdict reports.Verdict, kind, why, text string) junitCase {
	c := junitCase{Name: safe.Text(name), Class: class, Time: "0"}
	switch verdict {
	case reports.Pass:
	case reports.Fail:
		c.Failure = &junitProblem{Message: safe.Text(why), Type: kind, Text: safe.Text(text)}
	default:
		c.Error = &junitProblem{Message: safe.Text(why), Type: string(verdict), Text: safe.Text(text)}
	}
	return c
}

// seconds is how long the load lasted.
func seconds(r *reports.Result) string {
	end := 0.0
	for _, p := range r.Phases {
		end = max(end, p.End().Seconds())
	}
	return fmt.Sprintf("%.3f", end)
}

func propertiesOf(r *reports.Result) []junitProperty {
	all := []junitProperty{
		{"run", r.Run}, {"engine", r.Engine}, {"backend", r.Backend}, {"seed", fmt.Sprint(r.Seed)}, {"verdict", string(r.Verdict)},
	}
	for i := range all {
		all[i].Value = safe.Text(all[i].Value)
	}
	return all
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "junit",
		Doc: "JUnit XML, which CI servers show: a suite for each run, a case for each check, and a suite for gates or a capacity\n" +
			"A check that cannot be judged is an error, and so is a run that was cut off or whose load was not what it should have been.",
		New: func() Format { return junitFormat{} },
	})
}
