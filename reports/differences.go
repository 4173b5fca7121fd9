package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/runner/record"
)

// differences lists what runs differ in that a comparison of topologies needs
// to be the same, each once.
func differences(runs []*Analysis) []string {
	var found []string
	first := runs[0]
	for _, a := range runs[1:] {
		for _, d := range differ(first, a) {
			if !slices.Contains(found, d) {
				found = append(found, d)
			}
		}
	}
	return found
}

func differ(a, b *Analysis) []string {
	var d []string
	x, y := a.run.Identity, b.run.Identity
	say := func(what, one, other string) {
		if one != other {
			d = append(d, fmt.Sprintf("%s differs: %s and %s", what, orNone(one), orNone(other)))
		}
	}
	say("the engine", x.Engine, y.Engine)
	say("the backend", x.Backend, y.Backend)
	say("the calibration", x.Calibration, y.Calibration)
	say("the scenario", x.Scenario, y.Scenario)
	say("the application", x.Application, y.Application)
	if x.Application == y.Application && x.Work != y.Work && x.Work != "" && y.Work != "" {
		d = append(d, "the work that application "+orNone(x.Application)+" does differs")
	}
	say("the set of parameters", joinParams(x.Params), joinParams(y.Params))
	d = append(d, differentInputs(x, y)...)
	if x.Engine != record.Simulated || y.Engine != record.Simulated {
		d = append(d, differentHost(x.Environment, y.Environment)...)
	}
	return d
}

// differentInputs compares what a scenario fixes for every topology. Which
// node a fault hits is the topology's affair; when and what it does is not.
func differentInputs(x, y record.Identity) []string {
	var d []string
	for _, in := range []struct {
		what string
		of   func(record.Identity) any
	}{
		{"the phases of load differ", func(id record.Identity) any { return id.Phases }},
		{"the mix differs", func(id record.Identity) any { return id.Mix }},
		{"the faults differ", func(id record.Identity) any {
			faults := slices.Clone(id.Faults)
			for i := range faults {
				faults[i].Target = ""
			}
			return faults
		}},
		{"the bounds of the load generator differ", func(id record.Identity) any { return id.Generator }},
	} {
		one, _ := json.Marshal(in.of(x))
		other, _ := json.Marshal(in.of(y))
		if string(one) != string(other) {
			d = append(d, in.what)
		}
	}
	return d
}

func differentHost(x, y record.Environment) []string {
	if x.Host != y.Host {
		return []string{"the host differs"}
	}
	x.Host, y.Host = "", ""
	if x != y {
		return []string{fmt.Sprintf("the environment differs: %s and %s", describe(x), describe(y))}
	}
	return nil
}

func describe(e record.Environment) string {
	return fmt.Sprintf("%s/%s %s, %d cores, %s Mi, %s", e.OS, e.Arch, cmp.Or(e.Kernel, "?"), e.Cores, mebibytes(e.MemoryBytes), e.Go)
}

func joinParams(params map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, name+"="+params[name])
	}
	return strings.Join(parts, " ")
}
