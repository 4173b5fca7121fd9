package decode

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func TestReadSplitsAFile(t *testing.T) {
	docs, problems := Read("f.yaml", []byte("# a\r\nscenario: one\r\ntopology: two\r\n---\r\n---\r\n# b\r\ntopology: two\r\napplication: three\r\n--- \r\napplication: three\r\n...\r\n---\r\napplication: four\r\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, d := range docs {
		got = append(got, fmt.Sprintf("%s %s %s", d.Kind, d.Name, d.Pos(d.Get(string(d.Kind)))))
	}
	want := []string{
		"scenario one f.yaml:2:11",
		"topology two f.yaml:7:11",
		"application three f.yaml:10:14",
		"application four f.yaml:13:14",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestReadBounds(t *testing.T) {
	for name, text := range map[string]string{
		"at most 4194304 are read": strings.Repeat("#", MaxFile+1),
		"at most 100 are read":     strings.Repeat("---\nscenario: a\n", MaxDocs+1),
		"mappings and lists within": "scenario: a\nx: " + strings.Repeat("[", MaxDepth+1) +
			strings.Repeat("]", MaxDepth+1),
		"more than 200000 values": "scenario: a\nx: [" + strings.Repeat("1,", MaxNodes) + "]",
	} {
		docs, problems := Read("f.yaml", []byte(text))
		if len(docs) != 0 || len(problems) != 1 || !strings.Contains(problems.Error(), name) {
			t.Errorf("%s: %d documents, %.200s", name, len(docs), problems.Error())
		}
	}
}

func TestReadKeepsTheGoodDocuments(t *testing.T) {
	docs, problems := Read("f.yaml", []byte("scenario: [\n---\ntopology: two\n---\nx: 1\n---\napplication: three\n"))
	if len(docs) != 2 || len(problems) != 2 {
		t.Errorf("%d documents, problems\n%v", len(docs), problems)
	}
}

// tree draws a document with all that YAML's plain types have.
func tree() *rapid.Generator[*yaml.Node] {
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"", "~", "null", "true", "yes", "5", "0x1f", "1e3", ".nan", "<<", "- a", "a: b", "#", "'", `"`, "${a}", "$${b}", "2001-01-01", "a\nb", " a ", "\t", "é", "🌊", "---", "...", "!x", "&a", "*a", "@", "%"}),
		rapid.StringMatching(`[ -~\n\t]{0,12}`),
	)
	return rapid.Custom(func(t *rapid.T) *yaml.Node { return draw(t, word, 0) })
}

func draw(t *rapid.T, word *rapid.Generator[string], depth int) *yaml.Node {
	flow := rapid.SampledFrom([]yaml.Style{0, yaml.FlowStyle}).Draw(t, "style")
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth > 3 {
		kind = 0
	}
	switch kind {
	case 1, 2:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: flow}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			n.Content = append(n.Content, draw(t, word, depth+1))
		}
		return n
	case 3, 4:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: flow}
		for i := range rapid.IntRange(0, 3).Draw(t, "pairs") {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: fmt.Sprint("k", i)}
			n.Content = append(n.Content, key, draw(t, word, depth+1))
		}
		return n
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: word.Draw(t, "word")}
}

// TestMarshalledIsReadAgain: what Marshal writes, Read gives back, and it is written the same.
func TestMarshalledIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "scenario"}, {Kind: yaml.ScalarNode, Tag: "!!str", Value: "x"},
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "body"}, tree().Draw(t, "tree"),
		}}
		text, err := Marshal(&Doc{Kind: Scenario, Name: "x", Root: root}, &Doc{Kind: Topology, Root: topologyRoot()})
		if err != nil {
			t.Fatal(err)
		}
		docs, problems := Read("again.yaml", text)
		if len(problems) > 0 || len(docs) != 2 {
			t.Fatalf("%v in\n%s", problems, text)
		}
		if got, want := shape(docs[0].Root), shape(root); got != want {
			t.Fatalf("got %s\nwant %s\nin %s", got, want, text)
		}
		again, err := Marshal(&docs[0], &docs[1])
		if err != nil || !bytes.Equal(text, again) {
			t.Fatalf("%v, first\n%s\nagain\n%s", err, text, again)
		}
	})
}

func topologyRoot() *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: "topology"}, {Kind: yaml.ScalarNode, Value: "y"},
	}}
}

// shape is a tree without places and styles.
func shape(n *yaml.Node) string {
	s := fmt.Sprintf("%d%s%q", n.Kind, n.ShortTag(), n.Value)
	for _, child := range n.Content {
		s += "(" + shape(child) + ")"
	}
	return s
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"scenario: a\n", "a: &a [*a]\n", "application: a\n<<: {b: c}\n", "\tx: 1", "topology: a\n---\n{", "--- |\n a\n---", "? a\n: b\n", "!!binary x: 1", "%YAML 1.2\n---\na: b\n", "a: 'b\n\nc'\n# x\n...\nb",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		docs, problems := Read("f.yaml", text)
		for _, p := range problems {
			if p.Pos.Line < 1 || p.Pos.Column < 1 || p.Message == "" {
				t.Errorf("no place or no message: %+v", p)
			}
		}
		if len(docs) == 0 && len(problems) == 0 {
			t.Error("nothing is read and nothing is said")
		}
		for _, doc := range docs {
			New(&doc).Struct(doc.Root, Shape{What: "it"}, &struct{}{})
			doc.Fill(nil).Places()
			if _, err := Marshal(&doc); err != nil {
				t.Errorf("%v in %q", err, text)
			}
		}
	})
}

// Files of other kinds are read like those of a scenario, and are no part of one.
func TestReadOf(t *testing.T) {
	text := []byte("prices: acme\ntopology: one\n---\ncosts: ours\nprices: acme\n")
	docs, problems := ReadOf("f.yaml", text, "costs", "prices")
	if len(problems) > 0 || len(docs) != 2 || docs[0].Kind != "prices" || docs[0].Name != "acme" || docs[1].Kind != "costs" || docs[1].Name != "ours" {
		t.Errorf("read as %+v, %v", docs, problems)
	}
	for kinds, want := range map[string]string{
		"book":          "f.yaml:1:1: the document has no kind: it should begin with `book: name`",
		"book,shelf":    "it should begin with `book: name` or `shelf: name`",
		"book,price,it": "it should begin with `book: name`, `price: name` or `it: name`: did you mean \"price\"?",
	} {
		var of []Kind
		for _, word := range strings.Split(kinds, ",") {
			of = append(of, Kind(word))
		}
		if _, problems := ReadOf("f.yaml", []byte("prices: acme\n"), of...); !strings.Contains(fmt.Sprint(problems.Err()), want) {
			t.Errorf("%s: %v, want %s", kinds, problems, want)
		}
	}
}

// weight is a type that parses itself, as those of other packages may.
type weight struct{ grams int }

func (w *weight) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%dg", &w.grams)
	return err
}

func (weight) Words() string { return "a weight such as 5g" }

func TestTypesThatParseThemselves(t *testing.T) {
	docs, _ := ReadOf("f.yaml", []byte("parcel: x\nweighs: 7g\nworth: [1]\n"), "parcel")
	var got struct {
		Weighs weight  `yaml:"weighs"`
		Worth  weight  `yaml:"worth"`
		Least  *weight `yaml:"least" required:"true"`
	}
	d := New(&docs[0])
	d.Struct(docs[0].Root, Shape{What: "a parcel", Known: []string{"parcel"}}, &got)
	want := "f.yaml:3:8: worth: want a weight such as 5g, but this is a list\nf.yaml:1:1: a parcel needs `least`: a weight such as 5g"
	if got.Weighs.grams != 7 || d.Problems.Error() != want {
		t.Errorf("%+v\n%v\nwant\n%s", got, d.Problems, want)
	}
}
