package price

// projected are the amounts of stretches of time, by line and node.
func (a *Architecture) projected(p *priced, parts []stretch) [][]Number {
	var total [][]Number
	for _, part := range parts {
		times := requestsOf([]stretch{part}).Over(Whole(a.usage.Requests))
		stands := make([]*stand, len(p.nodes))
		for i, n := range p.nodes {
			stands[i] = &stand{node: n, size: p.sizes[i], projected: true,
				instances: a.instances(n, part.rate), hours: part.hours, beyond: a.beyond(n, part.rate)}
		}
		amounts := p.amounts(stands, times)
		if total == nil {
			total = amounts
			continue
		}
		for i := range amounts {
			for j := range amounts[i] {
				total[i][j] = total[i][j].Plus(amounts[i][j])
			}
		}
	}
	return total
}

// instances is how many a projection keeps at a rate: those declared, or as many
// as carry it.
func (a *Architecture) instances(n *Node, rate Number) Number {
	least := Whole(int64(n.Replicas))
	carried := a.carried(n)
	if carried.Sign() > 0 {
		return least.atLeast(rate.Over(carried).Ceiling())
	}
	if n.Replicas > 0 || n.Function != nil {
		return least
	}
	return seconds(n.alive()).Over(seconds(a.usage.Length)).Ceiling() // as many as lived in the run
}

// carried is the rate of requests from outside that one instance answers, per
// second; 0 where that is not known. A function's instance carries what one
// carried in the run, idle time included. Anything else carries what fills the
// declared part of its CPU limit.
func (a *Architecture) carried(n *Node) Number {
	switch {
	case n.Function != nil:
		return Whole(a.usage.Requests).Over(seconds(n.alive()))
	case n.CPU > 0 && n.CPUPerRequest > 0:
		busy := decimal(float64(a.settings.Busy)).Times(decimal(float64(n.CPU)))
		return busy.Over(seconds(n.CPUPerRequest))
	}
	return Number{}
}

// filled is the rate of requests at which the provisioned capacity of a function
// has no idle time, if it serves as much of its work as in the run; 0: no rate
// fills it.
func (a *Architecture) filled(n *Node) Number {
	return Whole(int64(n.provisioned())).Times(Whole(a.usage.Requests)).Over(busy(n, &Line{}, provisioned))
}

// beyond is the share of what provisioned capacity served in the run that it has no
// room for at a rate.
func (a *Architecture) beyond(n *Node, rate Number) Number {
	filled := a.filled(n)
	if filled.Sign() == 0 || rate.Compare(filled) <= 0 {
		return Number{}
	}
	return Whole(1).Minus(filled.Over(rate))
}

// RunRate is the rate of the run's requests, per second.
func (a *Architecture) RunRate() Number {
	if a.usage.Rate > 0 {
		return decimal(float64(a.usage.Rate))
	}
	return Whole(a.usage.Requests + a.usage.Failed).Over(seconds(a.usage.Length))
}
