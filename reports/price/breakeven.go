package price

import "slices"

// BreakEven is where the costs of two architectures meet, over the rate of
// requests, as a month of each constant rate.
type BreakEven struct {
	A    string `json:"a"`
	B    string `json:"b"`
	UpTo Number `json:"up_to"` // the rate up to which it was looked at, per second
	Low  string `json:"low"`   // which is cheaper at the lowest rates at which they differ; "": at none
	Meet []Meet `json:"meet"`  // by rate
}

// Meet is a rate at which another of the two becomes the cheaper one.
type Meet struct {
	Rate    Number `json:"rate"`    // per second
	Cost    Number `json:"cost"`    // a month of it, of the one that is cheaper above
	Cheaper string `json:"cheaper"` // above the rate
	Step    bool   `json:"step"`    // it comes with one more instance and not gradually
}

// MaxInstances bounds how far a projection goes: to the rate at which some node
// would have as many.
const MaxInstances = 250

// MeetWith finds every rate up to a limit at which the costs of a and b cross.
//
// A cost curve is a straight line between its kinks: the rates at which a node
// gets one more instance or has its provisioned capacity full, and those at which an amount fills a free tier or a
// tier. So the curves are compared between neighbouring kinks of either, where
// both are straight and the rate at which they are equal is solved for exactly.
// At an added instance a curve jumps; the one instance less holds at that rate itself.
func (a *Architecture) MeetWith(b *Architecture, upTo Number) BreakEven {
	upTo = upTo.atMost(a.reach(upTo)).atMost(b.reach(upTo))
	result := BreakEven{A: a.Name, B: b.Name, UpTo: upTo, Meet: []Meet{}}
	kinks := append(a.kinks(upTo), b.kinks(upTo)...)
	slices.SortFunc(kinks, Number.Compare)
	kinks = slices.CompactFunc(kinks, func(x, y Number) bool { return x.Compare(y) == 0 })
	before, from := 0, Number{} // who was cheaper last: −1 a, 1 b
	for _, to := range kinks {
		atEnd := a.At(to).Minus(b.At(to))
		middle := from.Plus(to).Over(Whole(2))
		atBegin := a.At(middle).Minus(b.At(middle)).Times(Whole(2)).Minus(atEnd) // as the line goes on to from
		for i, difference := range []Number{atBegin, atEnd} {
			now := difference.Sign()
			if now == 0 || now == before {
				continue
			}
			switch {
			case before == 0 && len(result.Meet) == 0:
				result.Low = a.cheaper(b, now)
			default:
				at, step := from, i == 0
				if i == 1 {
					at = from.Plus(to.Minus(from).Times(atBegin).Over(atBegin.Minus(atEnd)))
				}
				result.Meet = append(result.Meet, Meet{Rate: at, Cheaper: a.cheaper(b, now), Step: step})
			}
			before = now
		}
		from = to
	}
	for i := range result.Meet {
		m := &result.Meet[i]
		m.Cost = a.At(m.Rate)
		if m.Cheaper == b.Name {
			m.Cost = b.At(m.Rate)
		}
	}
	return result
}

// cheaper names who is, by the sign of a's cost minus b's.
func (a *Architecture) cheaper(b *Architecture, sign int) string {
	if sign < 0 {
		return a.Name
	}
	return b.Name
}

// reach is the rate up to which no node needs more than MaxInstances.
func (a *Architecture) reach(upTo Number) Number {
	for _, p := range a.books {
		for _, n := range p.nodes {
			if carried := a.carried(n); p.standing() && carried.Sign() > 0 {
				upTo = upTo.atMost(carried.Times(Whole(MaxInstances)))
			}
		}
	}
	return upTo
}

// kinks are the rates above 0 and up to a limit at which the cost curve bends or
// jumps; the limit is the last.
func (a *Architecture) kinks(upTo Number) []Number {
	steps := a.steps(upTo)
	all := slices.Clone(steps)
	from := Number{}
	for _, to := range steps {
		for _, p := range a.books {
			all = append(all, a.tierKinks(p, from, to)...)
		}
		from = to
	}
	return all
}

// steps are the rates beyond which some node has one more instance, or has its
// provisioned capacity full, in order, and the limit.
func (a *Architecture) steps(upTo Number) []Number {
	steps := []Number{upTo}
	for _, p := range a.books {
		for _, n := range p.nodes {
			if filled := a.filled(n); filled.Sign() > 0 && filled.Compare(upTo) < 0 {
				steps = append(steps, filled)
			}
			carried := a.carried(n)
			if !p.standing() || carried.Sign() == 0 {
				continue
			}
			for k := max(1, int64(n.Replicas)); ; k++ {
				rate := carried.Times(Whole(k))
				if rate.Compare(upTo) >= 0 {
					break
				}
				steps = append(steps, rate)
			}
		}
	}
	slices.SortFunc(steps, Number.Compare)
	return slices.CompactFunc(steps, func(x, y Number) bool { return x.Compare(y) == 0 })
}

// tierKinks are the rates between two steps at which an amount of a book's lines
// comes to the end of a tier. Between steps every amount is a straight line.
func (a *Architecture) tierKinks(p *priced, from, to Number) []Number {
	if !slices.ContainsFunc(p.lines, func(l pricedLine) bool { return len(l.line.tiers(a.settings.FreeTier)) > 1 }) {
		return nil
	}
	middle := from.Plus(to).Over(Whole(2))
	atMiddle := a.projected(p, []stretch{{middle, Whole(MonthHours)}})
	atEnd := a.projected(p, []stretch{{to, Whole(MonthHours)}})
	var rates []Number
	for i, l := range p.lines {
		low, high := sum(atMiddle[i]), sum(atEnd[i])
		slope := high.Minus(low).Over(to.Minus(middle))
		if slope.Sign() == 0 {
			continue
		}
		for _, t := range l.line.tiers(a.settings.FreeTier) {
			rate := to.Minus(high.Minus(t.UpTo).Over(slope))
			if t.UpTo.Sign() > 0 && rate.Compare(from) > 0 && rate.Compare(to) < 0 {
				rates = append(rates, rate)
			}
		}
	}
	return rates
}
