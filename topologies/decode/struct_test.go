package decode

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

type budget struct {
	Share unit.Share `yaml:"share,value" default:"20%" doc:"of the calls"`
	Least unit.Rate  `yaml:"least" default:"10/s"`
}

type Inner struct {
	Deep string `yaml:"deep" default:"x"`
}

type other struct {
	More string `yaml:"more" default:"y"`
}

type everything struct {
	Inner `yaml:",inline"`
	Also  other             `yaml:",inline"`
	Name  string            `yaml:"name" required:"true" doc:"what it is called"`
	Wait  time.Duration     `yaml:"wait" default:"5ms" min:"1ms" max:"1m"`
	Cost  work.Dist         `yaml:"cost" default:"1ms"`
	Size  unit.Bytes        `yaml:"size" max:"1Gi"`
	Cores unit.CPU          `yaml:"cores" min:"0.1"`
	Over  unit.CountOrTime  `yaml:"over" default:"100"`
	Fails unit.CountOrShare `yaml:"fails"`
	Many  int               `yaml:"many" default:"3" min:"1" max:"9"`
	Part  float64           `yaml:"part"`
	On    bool              `yaml:"on" default:"true"`
	How   string            `yaml:"how" oneof:"fast,slow" default:"fast"`
	Who   string            `yaml:"who" registry:"person"`
	List  []time.Duration   `yaml:"list" default:"[1ms, 2ms]"`
	Map   map[string]int    `yaml:"map"`
	Block *budget           `yaml:"block"`
	Value budget            `yaml:"value"`
	Skip  string            `yaml:"-"`
	Pos   Pos
}

// decodeText decodes the document `scenario: x` with the given lines below it.
func decodeText(t *testing.T, text string, into any) Problems {
	t.Helper()
	docs, problems := Read("f.yaml", []byte("scenario: x\n"+text))
	if len(problems) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, %v", len(docs), problems)
	}
	d := New(&docs[0])
	d.Names = map[string]func() []string{"person": func() []string { return []string{"ann", "bob"} }}
	d.Struct(docs[0].Root, Shape{What: "it", Known: []string{"scenario"}, Later: []string{"soon"}}, into)
	return d.Problems
}

func TestStructDefaults(t *testing.T) {
	var got everything
	if problems := decodeText(t, "name: a\n", &got); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := everything{
		Inner: Inner{"x"}, Also: other{"y"}, Name: "a", Wait: 5 * time.Millisecond, Cost: work.ConstantOf(time.Millisecond),
		Over: unit.CountOrTime{Count: 100}, Many: 3, On: true, How: "fast",
		List: []time.Duration{time.Millisecond, 2 * time.Millisecond}, Value: budget{0.2, 10},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if d := Defaults[budget](); d != (budget{0.2, 10}) {
		t.Errorf("defaults %+v", d)
	}
}

func TestStructValues(t *testing.T) {
	var got everything
	problems := decodeText(t, `name: "5"
wait: 1s
cost: {exponential: 2ms}
size: 1Ki
cores: 500m
over: 10s
fails: 5
many: "4"
part: -1.5e3
on: false
how: slow
who: bob
list: [7ms]
map: {a: 1, b: 2}
block: {least: 5/s}
value: 30%
deep: z
`, &got)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := everything{
		Inner: Inner{"z"}, Also: other{"y"}, Name: "5", Wait: time.Second, Cost: work.Dist{Kind: work.Exponential, A: 2 * time.Millisecond},
		Size: 1024, Cores: 0.5, Over: unit.CountOrTime{Time: 10 * time.Second}, Fails: unit.CountOrShare{Count: 5},
		Many: 4, Part: -1500, How: "slow", Who: "bob", List: []time.Duration{7 * time.Millisecond}, Map: map[string]int{"a": 1, "b": 2},
		Block: &budget{0.2, 5}, Value: budget{0.3, 10},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestStructProblems(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"nmae: a", `f.yaml:2:1: unknown key "nmae" in it: did you mean "name"?`},
		{"many: 3", "f.yaml:1:1: it needs `name`: what it is called"},
		{"name: a\nname: b", `f.yaml:3:1: "name" is there twice: the first is in line 2`},
		{"name: a\nsoon: b", `f.yaml:3:1: "soon" is not built yet: this version of windtunnel knows the word but cannot run it`},
		{`name: ""`, "f.yaml:2:7: `name` is empty: want text"},
		{"name:", "f.yaml:2:1: `name` has no value: want text, or leave the key out"},
		{"name: [a]", "f.yaml:2:7: name: want text, but this is a list"},
		{"name: a\nwait: 0s", "f.yaml:3:7: wait: 0s is too small: at least 1ms"},
		{"name: a\nwait: 2m", "f.yaml:3:7: wait: 2m is too large: at most 1m"},
		{"name: a\nwait: 1000001h", `f.yaml:3:7: wait: "1000001h" is too long: at most 1000h`},
		{"name: a\nwait: 5", `f.yaml:3:7: wait: "5" has no unit: write 5s for seconds or 5ms for milliseconds`},
		{"name: a\nwait: -5ms", `f.yaml:3:7: wait: "-5ms" is negative: a duration is 0 or more`},
		{"name: a\nsize: 2Gi", "f.yaml:3:7: size: 2Gi is too large: at most 1Gi"},
		{"name: a\ncores: 10m", "f.yaml:3:8: cores: 10m is too small: at least 0.1"},
		{"name: a\nmany: 10", "f.yaml:3:7: many: 10 is too large: at most 9"},
		{"name: a\nmany: 1_0", `f.yaml:3:7: many: "1_0" is no whole number`},
		{"name: a\npart: .nan", `f.yaml:3:7: part: ".nan" is no number`},
		{"name: a\npart: NaN", `f.yaml:3:7: part: "NaN" is no number`},
		{"name: a\non: yes", `f.yaml:3:5: on: "yes" is neither true nor false`},
		{"name: a\nhow: fats", "f.yaml:3:6: `how` cannot be \"fats\": did you mean \"fast\"?"},
		{"name: a\nwho: zed", `f.yaml:3:6: person cannot be "zed": choose one of ann, bob`},
		{"name: a\nlist: 5ms", "f.yaml:3:7: list: want a list, each item a duration such as 250ms, but this is \"5ms\""},
		{"name: a\nlist: [5ms, 5]", `f.yaml:3:13: list: "5" has no unit: write 5s for seconds or 5ms for milliseconds`},
		{"name: a\nmap: [1]", "f.yaml:3:6: map: want a mapping from names to whole number, but this is a list"},
		{"name: a\nmap: {x: y}", `f.yaml:3:10: x: "y" is no whole number`},
		{"name: a\nmap: {1: 1, [2]: 3}", "f.yaml:3:13: a key is one word, but this is a list"},
		{"name: a\nblock: 20", `f.yaml:3:8: share: "20" is not a share: write it as 0.1% or 50%`},
		{"name: a\nblock: {shar: 1%}", "f.yaml:3:9: unknown key \"shar\" in `block`: did you mean \"share\"?"},
		{"name: a\nfails: {count: 5}", "f.yaml:3:8: fails: want a count such as 5, or a share such as 50%, but this is a mapping"},
		{"name: a\nhow: ${x}", "f.yaml:3:6: there is no parameter \"x\": this document has no `params:`; each declares its own, and --param reaches all that do"},
		{"name: a ${x y}", "f.yaml:2:7: \"${x y}\" is no parameter: write ${name}, or $${ for the text ${ itself"},
		{"name: !!int 5\nsize: !size 5", "f.yaml:3:7: the tag !size means nothing here: leave it out"},
	} {
		var got everything
		if problems := decodeText(t, c.text+"\n", &got); problems.Error() != c.want {
			t.Errorf("%q\ngot  %v\nwant %s", c.text, problems, c.want)
		}
	}
}

type vetted struct {
	A int `yaml:"a"`
	B int `yaml:"b"`
}

func (v *vetted) Vet(add func(key, message string)) {
	if v.A > v.B {
		add("a", "a is above b")
	}
	if v.A == v.B {
		add("", "a and b are equal")
	}
}

func TestVetComesLastAndHasPlaces(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a: 1\nb: 2", ""},
		{"b: 2\na: 3", "f.yaml:3:4: a is above b"},
		{"{a: 3, b: 3}", "a and b are equal"},
		{"a: 3\nb: x", `f.yaml:3:4: b: "x" is no whole number`}, // not asked while a field cannot be read
	} {
		var v vetted
		text := c.text
		if strings.HasPrefix(text, "{") {
			text = "a: 3\nb: 3"
			c.want = "f.yaml:1:1: a and b are equal"
		}
		if problems := decodeText(t, text+"\n", &v); problems.Error() != c.want {
			t.Errorf("%q\ngot  %v\nwant %s", c.text, problems, c.want)
		}
	}
}

type even struct {
	Of int `yaml:"of,value"`
}

func (e *even) Vet(add func(key, message string)) {
	if e.Of%2 != 0 {
		add("of", "it is odd")
	}
}

// What holds of the long form holds of the short one, at its place.
func TestTheShortFormIsVetted(t *testing.T) {
	for text, want := range map[string]string{
		"even: {of: 2}": "", "even: 2": "",
		"even: {of: 3}": "f.yaml:2:12: it is odd",
		"even: 3":       "f.yaml:2:7: it is odd",
		"even: x":       `f.yaml:2:7: of: "x" is no whole number`, // not asked what cannot be read
	} {
		var v struct {
			Even *even `yaml:"even"`
		}
		if problems := decodeText(t, text+"\n", &v); problems.Error() != want {
			t.Errorf("%q\ngot  %v\nwant %s", text, problems, want)
		}
	}
}

func TestFields(t *testing.T) {
	fields := Fields(&everything{})
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	if got, want := strings.Join(keys, " "), "deep more name wait cost size cores over fails many part on how who list map block value"; got != want {
		t.Errorf("keys %s\nwant %s", got, want)
	}
	wait, block := fields[3], fields[16]
	if wait.Type != "a duration such as 250ms" || wait.Default != "5ms" || wait.Min != "1ms" || wait.Required {
		t.Errorf("wait %+v", wait)
	}
	if len(block.Fields) != 2 || !block.Fields[0].Short || block.Fields[0].Doc != "of the calls" {
		t.Errorf("block %+v", block)
	}
	if got := fields[12]; strings.Join(got.OneOf, " ") != "fast slow" || got.Type != "one of fast, slow" {
		t.Errorf("how %+v", got)
	}
	type loop struct {
		Again *struct {
			Loop []budget `yaml:"loop"`
		} `yaml:"again"`
	}
	if f := Fields(loop{}); len(f[0].Fields[0].Fields) != 2 {
		t.Errorf("nested %+v", f)
	}
}

func TestMistakesOfTheProgramPanic(t *testing.T) {
	for name, bad := range map[string]any{
		"no tag": &struct{ A int }{},
		"bad default": &struct {
			A int `yaml:"a" default:"x"`
		}{},
		"bad bound": &struct {
			A int `yaml:"a" min:"x"`
		}{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			decodeText(t, "a: 1\n", bad)
		}()
	}
}
