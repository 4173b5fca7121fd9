package topologies

import (
	"slices"

	"windtunnel/topologies/work"
)

// Calls returns the operations that steps may ask for, sorted, each once.
func Calls(steps []work.Step) []string {
	var found []string
	var visit func([]work.Step)
	visit = func(steps []work.Step) {
		for _, s := range steps {
			if s.Kind == work.Call {
				found = append(found, s.Op)
			}
			for _, b := range s.Branches {
				visit(b.Steps)
			}
		}
	}
	visit(steps)
	slices.Sort(found)
	return slices.Compact(found)
}
