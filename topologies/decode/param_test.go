package decode

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func readOne(t *testing.T, text string) *Doc {
	t.Helper()
	docs, problems := Read("f.yaml", []byte(text))
	if len(problems) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, %v", len(docs), problems)
	}
	return &docs[0]
}

func marshalled(t *testing.T, d *Doc) string {
	t.Helper()
	text, err := Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFill(t *testing.T) {
	doc := readOne(t, `scenario: x
params: {rate: 100/s, n: 2, empty: ""}
a: ${rate}
b: ["${rate}", "x${n}${n}y", '$${n}', "${other}", "${n"]
c:
  ${n}: ${n}
d: "${empty}"
`)
	got := marshalled(t, doc.Fill(map[string]string{"n": "7", "unknown": "1"}))
	want := `scenario: x
a: 100/s
b: ["100/s", "x77y", '$${n}', "${other}", "${n"]
c:
  ${n}: 7
d: ""
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if before := marshalled(t, doc); !strings.Contains(before, "${rate}") {
		t.Errorf("the document itself has changed:\n%s", before)
	}
}

// TestFilledValuesAreText: a value that looks like a reference or like YAML stays the text it is.
func TestFilledValuesAreText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.SampledFrom([]string{"${a}", "$${a}", "a: b", "- x", "#", "\n", "'", "${", "{a: 1}"}), rapid.StringMatching(`[ -~]{1,10}`)).Draw(rt, "value")
		doc := readOne(t, "scenario: x\nparams: {v: 1}\na: \"${v}\"\n").Fill(map[string]string{"v": value})
		docs, problems := Read("again.yaml", []byte(marshalled(t, doc)))
		if len(problems) > 0 {
			rt.Fatal(problems)
		}
		d := New(&docs[0])
		if got, ok := d.Text(docs[0].Get("a"), "text"); !ok || got != value {
			rt.Fatalf("got %q, want %q: %v", got, value, d.Problems)
		}
	})
}

func TestSet(t *testing.T) {
	const text = `topology: x
nodes:
  a: {kind: service, hosts: [p, q]}
  b:
    requests: {p.q: GET /}
edges:
  - {to: a, timeout: 1s}
  - {to: b}
  - {from: a}
`
	for _, c := range []struct{ set, want string }{
		{"nodes.a.kind=gateway", "a: {kind: gateway, hosts: [p, q]}"},
		{"nodes.a.replicas=3", "a: {kind: service, hosts: [p, q], replicas: 3}"},
		{"nodes.a.hosts.1=z", "hosts: [p, z]"},
		{"nodes.a.hosts=[z]", "hosts: [z]"},
		{"nodes.b.requests.p.q=POST /x", "requests: {p.q: POST /x}"},
		{"edges.a.timeout=2s", "- {to: a, timeout: 2s}"},
		{"edges.1.timeout=2s", "- {to: b, timeout: 2s}"},
		{"edges.b.retry.backoff.base=2s", "- {to: b, retry: {backoff: {base: 2s}}}"},
		{"edges.a.retry={attempts: 2}", "- {to: a, timeout: 1s, retry: {attempts: 2}}"},
		{"nodes.a.kind=", `kind: ""`},
		{"nodes.a.kind=a=b", "kind: a=b"},
		{"nodes.a.kind=*x", `kind: "*x"`},
		{"nodes.a.kind=a: b", `kind: "a: b"`},
		{"nodes.paymnt.kind=x", "error: there is no \"paymnt\" in `nodes`: it has a, b"},
		{"nodes.aa.kind=x", "error: there is no \"aa\" in `nodes`: did you mean \"a\"?"},
		{"nodes.a.hosts.2=x", "error: the list has 2 items, counted from 0: there is no 2"},
		{"edges.c.timeout=1s", `error: no item of the list is called "c": did you mean "a"?`},
		{"nodes.a.kind.x=1", "error: `kind` is \"service\" and has no \"x\" in it"},
	} {
		doc := readOne(t, text).Copy()
		a, err := ParseSet(c.set)
		if err != nil {
			t.Errorf("%s: %v", c.set, err)
			continue
		}
		got := ""
		if err := doc.Set(a); err != nil {
			got = "error: " + err.Error()
		} else {
			got = marshalled(t, doc)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: want %s in\n%s", c.set, c.want, got)
		}
	}
	for _, bad := range []string{"", "a", "=", "a..b=1", ".a=1", strings.Repeat("a.", 30) + "a=1"} {
		if _, err := ParseSet(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPlaces(t *testing.T) {
	p := readOne(t, "scenario: x\na:\n  b: [1, {c: 2}]\n").Places()
	for path, want := range map[string]string{
		"a": "f.yaml:3:3", "a.b.0": "f.yaml:3:7", "a.b.1.c": "f.yaml:3:14", "a.b.7": "f.yaml:3:6", "z": "f.yaml:1:1",
	} {
		if got := p.At(strings.Split(path, ".")...).String(); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := Places(nil).At("a", "b").String(); got != "-" {
		t.Errorf("of nothing: %s", got)
	}
}
