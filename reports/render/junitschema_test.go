package render_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A junitSchema is what one of the schemas in use demands, in our own words: the
// rule of each element. An element whose rule depends on where it stands is
// named with its parent, "testsuites/testsuite".
type junitSchema map[string]elementRule

// elementRule is what a schema says of an element.
type elementRule struct {
	children *regexp.Regexp // of the names of its children, each with a blank behind; nil: it has none
	text     bool           // it may hold text
	required map[string]valueRule
	optional map[string]valueRule
}

// valueRule says whether a value is of a type of XML Schema.
type valueRule func(value string) bool

// children compiles what may stand in an element. Elements are words of the
// expression, and have a blank behind.
func children(expression string) *regexp.Regexp { return regexp.MustCompile("^(" + expression + ")$") }

var (
	decimalForm = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)$`)
	secondForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`)
	mavenForm   = regexp.MustCompile(`^(((\d{0,3},)*\d{3}|\d{0,3})*(\.\d*)?)$`)
)

func anyString(string) bool   { return true }
func someToken(v string) bool { return strings.TrimSpace(v) != "" }
func isDecimal(v string) bool { return decimalForm.MatchString(strings.TrimSpace(v)) }
func mavenTime(v string) bool { return mavenForm.MatchString(v) }
func isInteger(v string) bool {
	_, err := strconv.ParseInt(strings.TrimSpace(v), 10, 32)
	return err == nil
}
func wholeSecond(v string) bool { // of a day that there is, without a zone
	_, err := time.Parse("2006-01-02T15:04:05", v)
	return err == nil && secondForm.MatchString(v)
}

var (
	named   = map[string]valueRule{"name": someToken, "value": anyString}
	problem = elementRule{text: true, required: map[string]valueRule{"type": anyString}, optional: map[string]valueRule{"message": anyString}}
	loose   = elementRule{text: true, optional: map[string]valueRule{"type": anyString, "message": anyString}}
	words   = elementRule{text: true}
)

// antSchema is the stricter one: of the results of Ant's JUnit tasks, as
// github.com/windyroad/JUnit-Schema has it in JUnit.xsd. What it says of a
// document whose root is one suite is left out.
var antSchema = junitSchema{
	"testsuites": {children: children(`(testsuite )*`)},
	"testsuites/testsuite": {
		children: children(`properties (testcase )*system-out system-err `),
		required: map[string]valueRule{
			"package": anyString, "id": isInteger, "name": someToken, "timestamp": wholeSecond, "hostname": someToken,
			"tests": isInteger, "failures": isInteger, "errors": isInteger, "time": isDecimal,
		},
		optional: map[string]valueRule{"skipped": isInteger},
	},
	"properties": {children: children(`(property )*`)},
	"property":   {required: named},
	"testcase": {
		children: children(`((skipped |error |failure ))?`),
		required: map[string]valueRule{"name": anyString, "classname": anyString, "time": isDecimal},
	},
	"skipped": loose, // anything at all
	"error":   problem, "failure": problem,
	"system-out": words, "system-err": words,
}

// jenkinsSchema is that of Jenkins's xUnit plugin: junit-10.xsd in
// github.com/jenkinsci/xunit-plugin. What it knows of reruns and of suites in
// suites is left out, as we print none.
var jenkinsSchema = junitSchema{
	"testsuites": {
		children: children(`(testsuite )*`),
		optional: map[string]valueRule{"name": anyString, "time": mavenTime, "tests": anyString, "failures": anyString, "errors": anyString},
	},
	"testsuites/testsuite": {
		children: children(`((properties |testcase |system-out |system-err ))*`),
		required: map[string]valueRule{"name": anyString, "tests": anyString, "failures": anyString, "errors": anyString},
		optional: map[string]valueRule{
			"group": anyString, "time": mavenTime, "skipped": anyString, "timestamp": anyString, "hostname": anyString,
			"id": anyString, "package": anyString, "file": anyString, "log": anyString, "url": anyString,
		},
	},
	"properties": {children: children(`(property )*`)},
	"property":   {required: map[string]valueRule{"name": anyString, "value": anyString}},
	"testcase": {
		children: children(`((skipped |error |failure |system-out |system-err ))*`),
		required: map[string]valueRule{"name": anyString},
		optional: map[string]valueRule{"time": anyString, "classname": anyString, "group": anyString},
	},
	"skipped": loose, "error": loose, "failure": loose,
	"system-out": words, "system-err": words,
}

// element is one as it was read.
type element struct {
	name       string
	attributes []xml.Attr
	children   []*element
	text       string
}

// readXML reads a document. Go's reader, like the standard, refuses characters
// that XML does not have; that an attribute stands twice it does not see.
func readXML(text []byte) (*element, error) {
	top := &element{}
	stack := []*element{top}
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF && len(top.children) == 1 {
			return top.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		last := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: token.Copy().Attr}
			last.children = append(last.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			last.text += string(token)
		}
	}
}

// attribute returns the value of one, "" where there is none.
func (e *element) attribute(name string) string {
	for _, a := range e.attributes {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// violations hold a document against the schema, and say what it does not allow.
func (s junitSchema) violations(text []byte) []string {
	root, err := readXML(text)
	if err != nil {
		return []string{err.Error()}
	}
	if root.name != "testsuites" {
		return []string{"the root is " + root.name}
	}
	return s.check(root, "")
}

func (s junitSchema) check(e *element, parent string) (found []string) {
	say := func(format string, args ...any) { found = append(found, e.name+": "+fmt.Sprintf(format, args...)) }
	rule, known := s[parent+"/"+e.name]
	if !known {
		rule, known = s[e.name]
	}
	if !known {
		say("there is no such element")
		return found
	}
	seen := map[string]bool{}
	for _, a := range e.attributes {
		name := a.Name.Local
		valid := rule.required[name]
		if valid == nil {
			valid = rule.optional[name]
		}
		switch {
		case seen[name] || a.Name.Space != "" || valid == nil:
			say("it may have no attribute %s", name)
		case !valid(a.Value):
			say("%s=%q", name, a.Value)
		}
		seen[name] = true
	}
	for name := range rule.required {
		if !seen[name] {
			say("it has no %s", name)
		}
	}
	order := ""
	for _, c := range e.children {
		order += c.name + " "
	}
	if rule.children == nil && order != "" || rule.children != nil && !rule.children.MatchString(order) {
		say("its children are %q", order)
	}
	if !rule.text && strings.TrimSpace(e.text) != "" {
		say("it holds %q", e.text)
	}
	for _, c := range e.children {
		found = append(found, s.check(c, e.name)...)
	}
	return found
}

// addsUp says where what a suite tells of its cases is not so: their number, and
// that suites are numbered from 0 on and cases are told apart by class and name.
func addsUp(text []byte) (found []string) {
	root, err := readXML(text)
	if err != nil {
		return []string{err.Error()}
	}
	cases := map[string]bool{}
	for i, suite := range root.children {
		if id := suite.attribute("id"); id != strconv.Itoa(i) {
			found = append(found, fmt.Sprintf("suite %d has the id %s", i, id))
		}
		counts := map[string]int{}
		for _, c := range suite.children {
			if c.name != "testcase" {
				continue
			}
			counts["tests"]++
			for _, problem := range c.children {
				counts[problem.name+"s"]++
			}
			key := c.attribute("classname") + "\x00" + c.attribute("name")
			if cases[key] {
				found = append(found, fmt.Sprintf("two cases are %q", key))
			}
			cases[key] = true
		}
		for _, what := range slices.Sorted(slices.Values([]string{"tests", "failures", "errors"})) {
			if got := suite.attribute(what); got != strconv.Itoa(counts[what]) {
				found = append(found, fmt.Sprintf("suite %d says %s %s, and has %d", i, what, got, counts[what]))
			}
		}
	}
	return found
}
