package price

// Bill is what some usage costs.
type Bill struct {
	Currency string     `json:"currency"`
	Total    Number     `json:"total"`
	FreeTier bool       `json:"free_tier_counted"`
	Requests Number     `json:"requests"` // that succeeded, which it was for
	Charges  []Charge   `json:"charges"`  // lines of books that have an amount
	Nodes    []NodeCost `json:"nodes"`    // in the order of the usage; those that are priced
}

// Charge is one line of a bill.
type Charge struct {
	Book   string `json:"book"`
	Charge string `json:"charge"`
	Unit   string `json:"unit"`
	Amount Number `json:"amount"` // in the unit, all nodes together
	Cost   Number `json:"cost"`
}

// NodeCost is a node's part of a bill. What is free or cheaper in bulk is
// shared out by amount.
type NodeCost struct {
	Node string `json:"node"`
	Book string `json:"book"`
	Cost Number `json:"cost"`
}

// Run is what the run itself cost, at the prices of the first tier's first unit:
// free tiers are for a month, and would hide all that a short run costs.
func (a *Architecture) Run() Bill {
	return a.bill(false, Whole(a.usage.Requests), (*priced).recorded)
}

// Month is what a month of that traffic costs; of the run's own mean rate where
// it is not known. Without requests that succeeded in the record nothing grows with them.
func (a *Architecture) Month(t Traffic) Bill { return a.month(a.stretches(t), a.settings.FreeTier) }

// PerMillion is what a million requests that succeed cost at a month of that traffic, free
// tiers left out: the price that stays once they are used up.
func (a *Architecture) PerMillion(t Traffic) Number {
	b := a.month(a.stretches(t), false)
	return b.Total.Over(b.Requests).Times(Whole(1_000_000))
}

// At is what a month of one constant rate costs: the total of its bill alone,
// since break-even asks for thousands.
func (a *Architecture) At(rate Number) Number {
	total := Number{}
	for _, p := range a.books {
		for i, counts := range a.projected(p, []stretch{{rate, Whole(MonthHours)}}) {
			total = total.Plus(p.lines[i].line.cost(sum(counts), a.settings.FreeTier))
		}
	}
	return total
}

func (a *Architecture) stretches(t Traffic) []stretch {
	if t.known() {
		return t.month()
	}
	return []stretch{{a.RunRate(), Whole(MonthHours)}}
}

func (a *Architecture) month(parts []stretch, freeToo bool) Bill {
	return a.bill(freeToo, requestsOf(parts), func(p *priced) [][]Number { return a.projected(p, parts) })
}

// bill prices amounts.
func (a *Architecture) bill(freeToo bool, requests Number, amounts func(*priced) [][]Number) Bill {
	b := Bill{Currency: a.Currency, FreeTier: freeToo, Requests: requests, Charges: []Charge{}, Nodes: []NodeCost{}}
	costs := map[*Node]Number{}
	books := map[*Node]string{}
	for _, p := range a.books {
		for _, n := range p.nodes {
			books[n] = p.book.Name
		}
		for i, counts := range amounts(p) {
			l := p.lines[i].line
			amount := sum(counts)
			if amount.Sign() == 0 {
				continue
			}
			cost := l.cost(amount, freeToo)
			b.Charges = append(b.Charges, Charge{p.book.Name, l.Charge, l.Per, amount, cost})
			b.Total = b.Total.Plus(cost)
			for j, n := range p.nodes {
				costs[n] = costs[n].Plus(cost.Times(counts[j]).Over(amount))
			}
		}
	}
	for i := range a.usage.Nodes {
		n := &a.usage.Nodes[i]
		if book, ok := books[n]; ok {
			b.Nodes = append(b.Nodes, NodeCost{n.Name, book, costs[n]})
		}
	}
	return b
}
