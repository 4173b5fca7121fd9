package reports

import (
	"math"
	"slices"

	"windtunnel/reports/price"
	"windtunnel/reports/stats"
	"windtunnel/topologies/unit"
)

// CostComparison sets the costs of several topologies side by side.
type CostComparison struct {
	// Costs are in the order of the columns. Of several runs of a topology it is
	// the one whose month costs the median, the lower one of two.
	Costs []price.Cost `json:"costs"`
	// Months are what a month costs each side, in Costs' currency, over its runs.
	Months []Spread `json:"months"`
	// Ratios are each side's month for that of the cheapest side; none where that
	// costs nothing.
	Ratios    []CostRatio       `json:"ratios"`
	BreakEven []price.BreakEven `json:"break_even"` // of each pair that met the same load
	Curves    []price.Curve     `json:"curves"`     // of each side, all at the same rates

	topologies []string // of the sides, whose labels may say more
}

// CostRatio says how many times as much as the cheapest side one costs: the shift
// of Hodges and Lehmann between the logarithms of the runs' months, as metrics are
// compared, with its exact 95 % interval. null: the runs are too few to bound it.
type CostRatio struct {
	Ratio float64  `json:"ratio"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// costWarning begins what is to be known of a cost.
const costWarning = "costs: "

// priceRun finds the run's cost. What keeps it from being priced is a doubt, and
// no reason to lose the run.
func (a *Analysis) priceRun() {
	if a.prices == nil || len(a.Nodes) == 0 {
		return
	}
	usage := a.Usage()
	arch, err := price.NewArchitecture(a.Topology, &usage, a.prices)
	switch {
	case usage.Requests == 0 && usage.Failed > 0:
		a.Warnings = append(a.Warnings, "costs are left out: every request of the run failed, and what one that succeeds would cost is not known")
	case err != nil:
		a.Warnings = append(a.Warnings, "costs are left out: "+err.Error())
	case arch.Priced():
		cost := arch.Cost(a.prices.Traffic)
		a.Cost, a.architect = &cost, arch
		if text := arch.Borne(); text != "" {
			a.Warnings = append(a.Warnings, costWarning+text)
		}
	}
}

func (a *Analysis) architecture(name string) (*price.Architecture, error) {
	usage := a.Usage()
	return price.NewArchitecture(name, &usage, a.prices)
}

// compareCosts compares sides that are all priced, in the same currency.
func compareCosts(groups []*runGroup) *CostComparison {
	c := &CostComparison{BreakEven: []price.BreakEven{}}
	var sides []*price.Architecture
	var months [][]float64
	traffic := commonTraffic(groups)
	for _, g := range groups {
		run, all := g.months(traffic)
		if run == nil {
			return nil
		}
		months = append(months, all)
		c.Months = append(c.Months, spreadOf(all))
		arch, err := run.architecture(g.label)
		if err != nil || len(sides) > 0 && sides[0].Currency != arch.Currency {
			return nil // each run's own report says why
		}
		sides = append(sides, arch)
		c.Costs = append(c.Costs, arch.Cost(traffic))
		c.topologies = append(c.topologies, run.Topology)
	}
	c.Ratios = costRatios(months)
	upTo := breakEvenUpTo(sides)
	for i, a := range sides {
		c.Curves = append(c.Curves, a.Curve(price.Ladder(upTo)))
		for k, b := range sides[i+1:] {
			if sameLoad(groups[i].runs[0], groups[i+1+k].runs[0]) {
				c.BreakEven = append(c.BreakEven, a.MeetWith(b, upTo))
			}
		}
	}
	return c
}

// sameLoad says whether two runs met the same load. Where they did not, each
// tells what a request takes at a load of its own, and at which rate the two would
// cost the same is no question between them.
func sameLoad(a, b *Analysis) bool {
	x, y := a.run.Identity, b.run.Identity
	return x.Scenario == y.Scenario && slices.Equal(x.Phases, y.Phases) && slices.Equal(x.Mix, y.Mix)
}

// commonTraffic is what every side's month is priced for: the declared traffic,
// or the mean of all runs' own rates, to three digits.
func commonTraffic(groups []*runGroup) price.Traffic {
	total, runs := 0.0, 0
	for _, g := range groups {
		for _, a := range g.runs {
			if a.prices != nil && (a.prices.Traffic.Rate > 0 || len(a.prices.Traffic.ByHour) > 0) {
				return a.prices.Traffic
			}
			total, runs = total+a.Results[Total][All].Rate, runs+1
		}
	}
	mean := total / float64(max(1, runs))
	if mean <= 0 {
		return price.Traffic{}
	}
	return price.Traffic{Rate: unit.Rate(round(mean, 2-int(math.Floor(math.Log10(mean)))))}
}

// breakEvenUpTo is how far break-even is looked for: ten times the largest of
// the runs' rates, and 1,000/s at least.
func breakEvenUpTo(sides []*price.Architecture) price.Number {
	upTo := price.Whole(1000)
	for _, s := range sides {
		if ten := s.RunRate().Times(price.Whole(10)); ten.Compare(upTo) > 0 {
			upTo = ten
		}
	}
	return upTo
}

// months are what a month of that traffic costs by each run of the group, from
// the lowest up, and the run in their middle, the lower one of two; nil where
// none is priced.
func (g *runGroup) months(t price.Traffic) (middle *Analysis, costs []float64) {
	type pricedRun struct {
		run   *Analysis
		month price.Number
	}
	var known []pricedRun
	for _, a := range g.runs {
		if a.architect != nil {
			known = append(known, pricedRun{a, a.architect.Month(t).Total})
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(known, func(a, b pricedRun) int { return a.month.Compare(b.month) })
	for _, k := range known {
		costs = append(costs, k.month.Float())
	}
	return known[(len(known)-1)/2].run, costs
}

// costRatios set each side's months against those of the cheapest.
func costRatios(months [][]float64) []CostRatio {
	cheapest := 0
	for i := range months {
		if stats.Median(months[i]) < stats.Median(months[cheapest]) {
			cheapest = i
		}
	}
	reference := months[cheapest]
	if slices.Min(reference) <= 0 {
		return []CostRatio{}
	}
	var ratios []CostRatio
	for i, m := range months {
		r := CostRatio{Ratio: 1}
		if i != cheapest {
			d := weigh("", reference, m, 0).difference()
			r = CostRatio{Ratio: 1 + *d.Estimate}
			if d.Low != nil && d.High != nil {
				r.Low, r.High = finite(1+*d.Low), finite(1+*d.High)
			}
		}
		ratios = append(ratios, r)
	}
	return ratios
}
