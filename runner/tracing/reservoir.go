package tracing

import "slices"

// reservoir keeps the best of what it is offered, in groups that share its
// room: when it is full the largest group gives way to smaller ones.
type reservoir struct {
	limit  int
	size   int
	most   int      // the size of the largest group
	groups []*group // in the order of their first members
}

// group is the members that are alike, as a heap with the worst of them on top.
type group struct {
	of      *reservoir
	members []*member
}

// member is a trace that is kept, as long as no better one takes its place.
type member struct {
	score uint64 // the larger, the better
	tie   uint64 // between equals
	kept  *kept
}

func (m *member) better(o *member) bool {
	return m.score > o.score || m.score == o.score && m.tie > o.tie
}

func (r *reservoir) group() *group { return &group{of: r} }

// wants says whether a member of such a score would be taken, should its tie not
// decide.
func (g *group) wants(score uint64) bool {
	r := g.of
	if r.size < r.limit || r.most-len(g.members) > 1 {
		return r.limit > 0
	}
	return len(g.members) > 0 && score >= g.members[0].score
}

// offer takes a member, maybe in place of another one, and returns who has to go:
// another, the new one itself, or nil.
func (g *group) offer(m *member) *member {
	r := g.of
	switch {
	case r.size < r.limit:
		r.size++
		g.push(m)
		return nil
	case r.most-len(g.members) > 1:
		out := r.fullest().pop()
		g.push(m)
		return out
	case len(g.members) > 0 && m.better(g.members[0]):
		out := g.members[0]
		g.members[0] = m
		g.sink(0)
		return out
	}
	return m
}

// fullest is the largest group. Groups come to differ by one at most, and then
// each keeps the better of its own.
func (r *reservoir) fullest() *group {
	var most *group
	for _, g := range r.groups {
		if most == nil || len(g.members) > len(most.members) {
			most = g
		}
	}
	return most
}

func (g *group) push(m *member) {
	if len(g.members) == 0 && !slices.Contains(g.of.groups, g) {
		g.of.groups = append(g.of.groups, g)
	}
	g.members = append(g.members, m)
	g.of.most = max(g.of.most, len(g.members))
	for i := len(g.members) - 1; i > 0 && g.members[(i-1)/2].better(g.members[i]); i = (i - 1) / 2 {
		g.members[i], g.members[(i-1)/2] = g.members[(i-1)/2], g.members[i]
	}
}

func (g *group) pop() *member {
	out, last := g.members[0], len(g.members)-1
	g.members[0] = g.members[last]
	g.members[last] = nil
	g.members = g.members[:last]
	g.sink(0)
	g.of.most = len(g.of.fullest().members)
	return out
}

// sink moves a member down to where it belongs.
func (g *group) sink(i int) {
	for {
		worst := i
		for c := 2*i + 1; c < min(2*i+3, len(g.members)); c++ {
			if g.members[worst].better(g.members[c]) {
				worst = c
			}
		}
		if worst == i {
			return
		}
		g.members[i], g.members[worst] = g.members[worst], g.members[i]
		i = worst
	}
}
