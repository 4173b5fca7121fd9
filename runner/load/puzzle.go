package load

import (
	"cmp"
	"slices"
	"sync"

	"windtunnel/topologies/policy"
)

// Puzzle is an error whose cause alone does not say what to do about it: a
// certificate that nobody trusts, a name that nobody knows, no socket left.
type Puzzle struct {
	Cause policy.Cause
	Text  string
}

// puzzles keep the first error of each such cause.
type puzzles struct {
	mu    sync.Mutex
	first map[policy.Cause]string
}

func (p *puzzles) add(cause policy.Cause, err error) {
	if cause != policy.Other && cause != policy.DNS && cause != policy.Unsent {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first == nil {
		p.first = map[policy.Cause]string{}
	}
	if _, known := p.first[cause]; !known {
		p.first[cause] = err.Error()
	}
}

func (p *puzzles) all() []Puzzle {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Puzzle
	for cause, text := range p.first {
		all = append(all, Puzzle{cause, text})
	}
	slices.SortFunc(all, func(a, b Puzzle) int { return cmp.Compare(a.Cause, b.Cause) })
	return all
}
