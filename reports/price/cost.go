package price

import "windtunnel/topologies/unit"

// Cost is all that is said of what one architecture costs.
type Cost struct {
	Architecture string       `json:"architecture"`
	Currency     string       `json:"currency"`
	Traffic      string       `json:"traffic"` // of the month, in words
	Run          Bill         `json:"run"`
	PerMillion   Number       `json:"per_million_requests"`
	Month        Bill         `json:"month"`
	WhatIf       []WhatIf     `json:"what_if"`
	Assumptions  []Assumption `json:"assumptions"`
}

// WhatIf is what the month would cost if something were otherwise.
type WhatIf struct {
	That  string `json:"that"`
	Month Number `json:"month"`
}

// Cost prices the architecture for its run and for a month of that traffic.
func (a *Architecture) Cost(t Traffic) Cost {
	c := Cost{
		Architecture: a.Name, Currency: a.Currency, Run: a.Run(), Month: a.Month(t), PerMillion: a.PerMillion(t),
		Assumptions: a.Assumptions, Traffic: t.words(),
	}
	if !t.known() {
		c.Traffic = a.RunRate().short() + "/s (the run's own rate)"
	}
	for _, change := range []struct {
		that  string
		usage *Usage
	}{
		{"twice the memory", a.twiceTheMemory()},
		{"twice the duration", a.usage.TwiceTheDuration()},
	} {
		changed := a.over(change.usage)
		c.WhatIf = append(c.WhatIf, WhatIf{change.that, changed.Month(t).Total})
	}
	return c
}

// twiceTheMemory returns the usage with every limit on memory doubled; where there
// is none, with twice of what the book takes the node for.
func (a *Architecture) twiceTheMemory() *Usage {
	taken := map[string]unit.Bytes{}
	for _, p := range a.books {
		for i, n := range p.nodes {
			taken[n.Name] = p.sizes[i].Memory
		}
	}
	return a.usage.with(func(n *Node) {
		if n.Memory == 0 {
			n.Memory = taken[n.Name]
		}
		n.Memory *= 2
	})
}

// over is the same architecture with other usage of the same nodes.
func (a *Architecture) over(usage *Usage) *Architecture {
	c := &Architecture{Name: a.Name, Currency: a.Currency, usage: usage, settings: a.settings}
	at := map[string]*Node{}
	for i := range usage.Nodes {
		at[usage.Nodes[i].Name] = &usage.Nodes[i]
	}
	for _, p := range a.books {
		for _, n := range p.nodes {
			c.put(at[n.Name], p.book)
		}
	}
	for _, p := range c.books {
		p.count()
	}
	return c
}
