package process

import (
	"context"

	"windtunnel/topologies"
)

// CannotLimit says in plain words which limits this process could not enforce
// on its children, and why; "" where it can limit CPU and memory. It makes the
// control groups of a run that asks for both, and removes them.
func CannotLimit(ctx context.Context) string {
	g := newGround("doctor", []*topologies.Node{{CPU: 1, Memory: 1 << 20}})
	if err := g.remove(ctx); err != nil && g.lacks == "" {
		return "control groups that were made cannot be removed: " + err.Error()
	}
	return g.lacks
}
