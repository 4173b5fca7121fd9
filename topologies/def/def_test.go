package def

import (
	"slices"
	"strings"
	"testing"
)

func thing(name string) Def[int] {
	return Def[int]{Name: name, Doc: "a " + name + "\nwith more to say", New: func() int { return len(name) }}
}

func TestRegistry(t *testing.T) {
	r := NewRegistry[int]("thing")
	for _, name := range []string{"spoon", "fork", "knife"} {
		r.Register(thing(name))
	}
	if r.Noun() != "thing" {
		t.Errorf("noun %q", r.Noun())
	}
	if want := []string{"fork", "knife", "spoon"}; !slices.Equal(r.Names(), want) {
		t.Errorf("names %v", r.Names())
	}
	var names []string
	for _, d := range r.All() {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, r.Names()) {
		t.Errorf("all %v", names)
	}
	d, known := r.Lookup("fork")
	if !known || d.New() != 4 || d.Summary() != "a fork" {
		t.Errorf("%+v %v", d, known)
	}
	if _, known := r.Lookup("Fork"); known {
		t.Error("names are not case-sensitive")
	}
}

func TestEmptyRegistry(t *testing.T) {
	r := NewRegistry[int]("thing")
	if len(r.Names()) != 0 || len(r.All()) != 0 {
		t.Errorf("%v %v", r.Names(), r.All())
	}
}

func TestSummary(t *testing.T) {
	for doc, want := range map[string]string{"one line": "one line", "first\nsecond\nthird": "first", "\nblank first": ""} {
		if got := (Def[int]{Doc: doc}).Summary(); got != want {
			t.Errorf("%q: %q", doc, got)
		}
	}
}

func TestRegisterPanics(t *testing.T) {
	complete := thing("fork")
	for what, c := range map[string]struct {
		def     Def[int]
		message string
	}{
		"twice":               {complete, `thing "fork" is registered twice`},
		"without name":        {Def[int]{Doc: "x", New: complete.New}, "without name"},
		"without doc":         {Def[int]{Name: "x", New: complete.New}, `thing "x" registers without`},
		"without constructor": {Def[int]{Name: "x", Doc: "x"}, `thing "x" registers without`},
	} {
		t.Run(what, func(t *testing.T) {
			r := NewRegistry[int]("thing")
			r.Register(complete)
			defer func() {
				said, _ := recover().(string)
				if !strings.Contains(said, c.message) {
					t.Errorf("panics with %q instead of %q", said, c.message)
				}
				if !slices.Equal(r.Names(), []string{"fork"}) {
					t.Errorf("and still registers %v", r.Names())
				}
			}()
			r.Register(c.def)
		})
	}
}
