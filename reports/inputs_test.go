package reports

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// shopWith is the input of a run with a node that has so much CPU.
func shopWith(cpu, load, limit string) string {
	return "scenario: payments-outage\ntopology: shop-monolith\nphases:\n  - {name: steady, for: 10s, load: {constant: " + load + "}}\n" +
		"checks:\n  - total.errors.rate < " + limit + "\n---\ntopology: shop-monolith\nnodes:\n  shop: {kind: service, cpu: " + cpu + "}\n"
}

func withInput(t *testing.T, input string, seed uint64) *Analysis {
	t.Helper()
	s := outage("shop-monolith", seed)
	s.input = input
	return s.analyze(t, Options{})
}

// Runs of one topology with different inputs are no repetitions.
func TestCompareRefusesMixedInputs(t *testing.T) {
	one, more := withInput(t, shopWith("1", "20/s", "1%"), 1), withInput(t, shopWith("2", "20/s", "1%"), 2)
	again := withInput(t, shopWith("1.0", "20/s", "5%"), 3) // another check, and the same written otherwise
	for _, c := range []struct {
		runs []*Analysis
		want string
	}{
		{[]*Analysis{one, more}, "the input differs on shop-monolith: topology nodes.shop.cpu is 1 and 2"},
		{[]*Analysis{one, withInput(t, shopWith("1", "30/s", "1%"), 2)}, "scenario phases.steady.load.constant is 20/s and 30/s"},
		{[]*Analysis{one, withInput(t, "scenario: payments-outage\n", 2)}, "scenario phases.steady.for is 10s and (none)"},
		{[]*Analysis{one, withInput(t, "{", 2)}, "the input differs on shop-monolith"},
		{[]*Analysis{one, again}, ""},
	} {
		_, err := Compare(c.runs, CompareOptions{})
		var different *DifferentError
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.As(err, &different) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	c, err := Compare([]*Analysis{one, more, again}, CompareOptions{AllowDifferent: true})
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{}
	for _, s := range c.Columns {
		labels = append(labels, s.Label)
	}
	if want := []string{"shop-monolith (nodes.shop.cpu=1)", "shop-monolith (nodes.shop.cpu=2)"}; !slices.Equal(labels, want) || len(c.Columns[0].Runs) != 2 {
		t.Errorf("%q, %+v", labels, c.Columns)
	}
	if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, "nodes.shop.cpu is 1 and 2") {
		t.Error(notes)
	}
}

// What cannot be read is told apart by its digest.
func TestInputsThatCannotBeRead(t *testing.T) {
	c, err := Compare([]*Analysis{withInput(t, "{", 1), withInput(t, "[", 2)}, CompareOptions{AllowDifferent: true})
	if err != nil || len(c.Columns) != 2 || !strings.HasPrefix(c.Columns[0].Label, "shop-monolith (input ") || c.Columns[0].Label == c.Columns[1].Label {
		t.Errorf("%v, %+v", err, c)
	}
}

// A baseline may have another input: that is what is put to the test. It is said.
func TestBaselineOfAnotherInput(t *testing.T) {
	c, err := Compare([]*Analysis{withInput(t, shopWith("2", "20/s", "1%"), 1)}, CompareOptions{Baseline: []*Analysis{withInput(t, shopWith("1", "20/s", "1%"), 1)}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Since the baseline the input differs on shop-monolith: topology nodes.shop.cpu is 1 and 2."; !slices.Contains(c.Notes, want) {
		t.Errorf("%q", c.Notes)
	}
	mixed := []*Analysis{withInput(t, shopWith("1", "20/s", "1%"), 1), withInput(t, shopWith("2", "20/s", "1%"), 2)}
	if _, err := Compare(mixed[:1], CompareOptions{Baseline: mixed}); err == nil {
		t.Error("a baseline of two inputs is taken as one")
	}
}

// Runs with the same value of the parameter and different inputs are no sweep.
func TestMixedInputsAreNoSweep(t *testing.T) {
	var runs []*Analysis
	for _, rate := range []string{"1/s", "2/s", "3/s"} {
		s := outage("shop-monolith", 1)
		s.id.Params, s.input = map[string]string{"rate": rate}, shopWith("1", rate, "1%")
		runs = append(runs, s.analyze(t, Options{}))
	}
	if got := Swept(runs); got != "rate" {
		t.Errorf("swept by %q", got)
	}
	s := outage("shop-monolith", 2)
	s.id.Params, s.input = map[string]string{"rate": "3/s"}, shopWith("2", "3/s", "1%")
	if got := Swept(append(runs, s.analyze(t, Options{}))); got != "" {
		t.Errorf("swept by %q", got)
	}
}
