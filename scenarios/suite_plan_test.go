package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// product pairs scenarios with topologies of one application, all of which
// declare the parameters.
func product(scenarios, topologies []string, params ...string) []*pairing {
	var pairs []*pairing
	for _, s := range scenarios {
		for _, t := range topologies {
			pairs = append(pairs, &pairing{scenario: s, topology: t, params: params})
		}
	}
	return pairs
}

func wordsOf(p suitePlan) []string {
	var all []string
	for _, c := range p.cells {
		all = append(all, c.words())
	}
	return all
}

func TestPlan(t *testing.T) {
	shop := func(scenario, topology, of, on string, params ...string) *pairing {
		return &pairing{scenario: scenario, topology: topology, scenarioFor: of, topologyFor: on, params: params}
	}
	for _, c := range []struct {
		name         string
		suite        Suite
		lists, cases []*pairing
		want         []string // the cells
		leftOut      string
		problem      string
	}{
		{name: "scenarios by topologies, in their order", lists: product([]string{"b", "a"}, []string{"y", "x"}),
			want: []string{"b on y", "b on x", "a on y", "a on x"}},
		{name: "the values of parameters change fastest, the last by name first",
			suite: Suite{Matrix: map[string][]string{"rate": {"2", "1"}, "keep": {"k", "l"}}}, lists: product([]string{"a"}, []string{"x"}, "rate", "keep"),
			want: []string{"a on x keep=k rate=2", "a on x keep=k rate=1", "a on x keep=l rate=2", "a on x keep=l rate=1"}},
		{name: "a parameter that is not declared leaves a combination alone",
			suite: Suite{Matrix: map[string][]string{"rate": {"1", "2"}}},
			lists: []*pairing{{scenario: "a", topology: "x"}, {scenario: "b", topology: "x", params: []string{"rate"}}},
			want:  []string{"a on x", "b on x rate=1", "b on x rate=2"}},
		{name: "one that nothing declares is a slip",
			suite: Suite{Matrix: map[string][]string{"rat": {"1"}}}, lists: product([]string{"a"}, []string{"x"}, "rate"),
			want: []string{"a on x"}, problem: `no document declares the parameter "rat": did you mean "rate"?`},
		{name: "an exclusion meets all that have what it names",
			suite: Suite{Exclude: []Exclusion{{Scenario: "a", Topology: "x"}, {Topology: "y", Params: map[string]string{"rate": "2"}}}, Matrix: map[string][]string{"rate": {"1", "2"}}},
			lists: product([]string{"a", "b"}, []string{"x", "y"}, "rate"),
			want:  []string{"a on y rate=1", "b on x rate=1", "b on x rate=2", "b on y rate=1"}},
		{name: "an exclusion that meets nothing is a slip",
			suite: Suite{Exclude: []Exclusion{{Scenario: "aa"}}}, lists: product([]string{"a"}, []string{"x"}),
			want: []string{"a on x"}, problem: `nothing is left out by it: did you mean "a"?`},
		{name: "of two that meet the same both count",
			suite: Suite{Exclude: []Exclusion{{Scenario: "a"}, {Topology: "x"}}}, lists: product([]string{"a", "b"}, []string{"x", "y"}),
			want: []string{"b on y"}},
		{name: "nothing left", suite: Suite{Exclude: []Exclusion{{Topology: "x"}}}, lists: product([]string{"a"}, []string{"x"}), problem: "nothing is left to run"},
		{name: "other applications are left out of the lists",
			lists: []*pairing{shop("a", "x", "shop", "shop"), shop("a", "z", "shop", "bank"), shop("a", "own", "shop", "")},
			want:  []string{"a on x", "a on own"}, leftOut: "scenario a is of application shop, and topology z of bank"},
		{name: "and are a mistake as a case", suite: Suite{Cases: []Case{{}}}, cases: []*pairing{shop("a", "z", "shop", "bank")},
			problem: "scenario a is of application shop, and topology z of bank"},
		{name: "a case comes after the lists", suite: Suite{Cases: []Case{{Params: map[string]string{"rate": "9"}}}},
			lists: product([]string{"a"}, []string{"x"}), cases: []*pairing{shop("b", "y", "", "", "rate")},
			want: []string{"a on x", "b on y rate=9"}},
		{name: "a case that is there already is a slip", suite: Suite{Cases: []Case{{}}}, lists: product([]string{"a"}, []string{"x"}),
			cases: product([]string{"a"}, []string{"x"}), want: []string{"a on x"}, problem: "a on x is run already: leave this case out"},
		{name: "unless it has settings of its own", suite: Suite{Cases: []Case{{Runs: 3}}}, lists: product([]string{"a"}, []string{"x"}),
			cases: product([]string{"a"}, []string{"x"}), want: []string{"a on x", "a on x"}},
		{name: "twice the same case is a slip", suite: Suite{Cases: []Case{{}, {}}}, cases: product([]string{"a", "a"}, []string{"x"}),
			want: []string{"a on x"}, problem: "is run already"},
		{name: "what a case gives must be declared", suite: Suite{Cases: []Case{{Params: map[string]string{"size": "1"}}}}, cases: product([]string{"a"}, []string{"x"}, "rate"),
			want: []string{"a on x size=1"}, problem: `a on x declares no parameter "size"`},
		{name: "a scenario twice is run once", lists: product([]string{"a", "a"}, []string{"x"}), want: []string{"a on x"}},
		{name: "too many runs", suite: Suite{Runs: 501}, lists: product([]string{"a", "b"}, []string{"x"}), want: []string{"a on x", "b on x"}, problem: "2 combinations come to 1002 runs: at most 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.suite.Runs == 0 {
				c.suite.Runs = 1
			}
			p := c.suite.plan(c.lists, c.cases)
			if got := wordsOf(p); !slices.Equal(got, c.want) {
				t.Errorf("cells %q, want %q", got, c.want)
			}
			if got := strings.Join(p.leftOut, "; "); got != c.leftOut {
				t.Errorf("left out %q, want %q", got, c.leftOut)
			}
			if got := p.problems.Error(); len(p.problems) > 1 || !strings.Contains(got, c.problem) || c.problem == "" && got != "" {
				t.Errorf("problems %q, want %q", got, c.problem)
			}
		})
	}
}

// TestPlanTooManyCombinations: a matrix that explodes is told, and soon.
func TestPlanTooManyCombinations(t *testing.T) {
	s := Suite{Runs: 1, Matrix: map[string][]string{}}
	var params []string
	for i := range 30 {
		name := fmt.Sprintf("p%d", i)
		s.Matrix[name], params = []string{"1", "2", "3"}, append(params, name)
	}
	p := s.plan(product([]string{"a"}, []string{"x"}, params...), nil)
	if got := p.problems.Error(); !strings.Contains(got, "more than 1000 combinations") {
		t.Errorf("problems %q", got)
	}
}

// TestPlanProperties: each cell is there once, none is excluded, and what is
// left out by no exclusion is there.
func TestPlanProperties(t *testing.T) {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 4, rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		scenarios, topologies := names.Draw(t, "scenarios"), names.Draw(t, "topologies")
		rates := names.Draw(t, "rates")
		s := Suite{Runs: 1, Matrix: map[string][]string{"rate": rates},
			Exclude: []Exclusion{{Scenario: rapid.SampledFrom(scenarios).Draw(t, "excluded"), Params: map[string]string{"rate": rapid.SampledFrom(rates).Draw(t, "rate")}}}}
		p := s.plan(product(scenarios, topologies, "rate"), nil)
		words := wordsOf(p)
		slices.Sort(words)
		all := len(scenarios) * len(topologies) * len(rates)
		if want := all - len(topologies); len(slices.Compact(words)) != want || len(p.cells) != want {
			t.Fatalf("%d cells, want %d: %q", len(p.cells), want, words)
		}
		for i := range p.cells {
			if s.Exclude[0].meets(&p.cells[i]) {
				t.Fatalf("%s is excluded", p.cells[i].words())
			}
		}
	})
}
