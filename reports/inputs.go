package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mixedInputs says where runs of one topology with the same parameters are no
// repetitions: their inputs differ, as after another --set.
func mixedInputs(runs []*Analysis) []string {
	var found []string
	for i, a := range runs {
		first := slices.IndexFunc(runs[:i], a.repeats)
		if first < 0 {
			continue
		}
		if d := differentInput(runs[first], a); d != nil && !slices.Contains(found, d.words(a.Topology)) {
			found = append(found, d.words(a.Topology))
		}
	}
	return found
}

// repeats says whether two runs look like repetitions of one another.
func (a *Analysis) repeats(b *Analysis) bool {
	return a.Topology == b.Topology && a.Scenario == b.Scenario && joinParams(a.Params) == joinParams(b.Params)
}

// changedSince says what of a topology is not as it was in the baseline: that
// may be what is put to the test, and is no reason to refuse.
func changedSince(baseline, runs []*Analysis) []string {
	if len(baseline) == 0 {
		return nil
	}
	at := slices.IndexFunc(runs, baseline[0].repeats)
	if at < 0 {
		return nil
	}
	d := differentInput(baseline[0], runs[at])
	if d == nil {
		return nil
	}
	return []string{"Since the baseline " + d.words(runs[at].Topology) + "."}
}

// inputDifference is the first place in which two inputs differ. All of it is
// empty where they differ and one of them cannot be read.
type inputDifference struct{ key, one, other string }

func (d *inputDifference) words(topology string) string {
	words := "the input differs on " + orUnknown(topology)
	if d.key != "" {
		words += fmt.Sprintf(": %s is %s and %s", d.key, orNone(d.one), orNone(d.other))
	}
	return words
}

// differentInput compares what two runs were run with; nil where it is the same,
// or where a record does not say. Checks only judge, and may differ.
func differentInput(a, b *Analysis) *inputDifference {
	if a.Digest == b.Digest || a.Digest == "" || b.Digest == "" {
		return nil
	}
	x, y := a.input(), b.input()
	if x == nil || y == nil {
		return &inputDifference{}
	}
	keys := slices.Collect(maps.Keys(x))
	keys = slices.AppendSeq(keys, maps.Keys(y))
	slices.Sort(keys)
	for _, key := range keys {
		if x[key] != y[key] {
			return &inputDifference{key, x[key], y[key]}
		}
	}
	return nil
}

// input reads the resolved input of the run as values by their places, such as
// "topology nodes.shop.cpu"; nil where it cannot be read.
func (a *Analysis) input() map[string]string {
	text, err := a.run.Resolved()
	if err != nil {
		return nil
	}
	values := map[string]string{}
	for documents := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document map[string]any
		err := documents.Decode(&document)
		switch {
		case errors.Is(err, io.EOF) && len(values) > 0:
			return values
		case err != nil:
			return nil
		}
		for _, kind := range []string{"scenario", "topology", "application"} { // a scenario names its topology, and that its application
			if _, ok := document[kind]; ok {
				delete(document, "checks")
				flatten(values, kind+" ", document)
				break
			}
		}
	}
}

// flatten writes down every value below a place. What has a name is found by it
// in a list, as --set does.
func flatten(values map[string]string, place string, v any) {
	under := func(part string, v any) {
		if !strings.HasSuffix(place, " ") {
			part = "." + part
		}
		flatten(values, place+part, v)
	}
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			under(key, one)
		}
	case []any:
		for i, one := range v {
			part := fmt.Sprint(i)
			if named, ok := one.(map[string]any); ok && named["name"] != nil {
				part = fmt.Sprint(named["name"])
			}
			under(part, one)
		}
	default:
		values[place] = fmt.Sprint(v)
	}
}

// mostKeys is in how many places inputs may differ and still be told apart by
// their values there.
const mostKeys = 3

// inputLabels tells runs apart that look like repetitions and have different
// inputs: by what differs, or by the digest of it.
func inputLabels(runs []*Analysis) map[*Analysis]string {
	labels := map[*Analysis]string{}
	for i, a := range runs {
		if slices.ContainsFunc(runs[:i], a.repeats) {
			continue // looked at with the first one
		}
		var alike []*Analysis
		for _, b := range runs[i:] {
			if a.repeats(b) {
				alike = append(alike, b)
			}
		}
		labelInputs(labels, alike)
	}
	return labels
}

// labelInputs fills in the labels of runs that look like repetitions; none where
// they are.
func labelInputs(labels map[*Analysis]string, runs []*Analysis) {
	var different []*Analysis // one run of each input
	same := map[*Analysis]*Analysis{}
	var keys []string
	for _, a := range runs {
		at := slices.IndexFunc(different, func(b *Analysis) bool { return differentInput(b, a) == nil })
		if at >= 0 {
			same[a] = different[at]
			continue
		}
		for _, b := range different {
			if d := differentInput(b, a); !slices.Contains(keys, d.key) {
				keys = append(keys, d.key)
			}
		}
		different, same[a] = append(different, a), a
	}
	if len(different) < 2 {
		return
	}
	slices.Sort(keys)
	for _, a := range runs {
		labels[a] = same[a].inputLabel(keys)
	}
}

// inputLabel says what a run's input has in the places in which others differ.
func (a *Analysis) inputLabel(keys []string) string {
	values := a.input()
	if values == nil || len(keys) > mostKeys || slices.Contains(keys, "") {
		return "input " + a.Digest[:min(len(a.Digest), 8)]
	}
	var parts []string
	for _, key := range keys {
		_, short, _ := strings.Cut(key, " ")
		parts = append(parts, short+"="+orNone(values[key]))
	}
	return strings.Join(parts, " ")
}
