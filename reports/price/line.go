package price

import (
	"fmt"
	"time"
)

// Line is one thing that a platform charges for.
type Line struct {
	Charge string `yaml:"charge" required:"true" doc:"its name on the bill"`
	Meter  string `yaml:"meter" required:"true" registry:"meter" doc:"what is counted"`
	Per    string `yaml:"per" required:"true" oneof:"one,million,second,hour,core-second,core-hour,GiB-second,GiB-hour" doc:"what price, free and up_to are counted in"`
	Price  Number `yaml:"price" doc:"of one unit; where it depends on the amount: tiers"`
	Tiers  []Tier `yaml:"tiers" doc:"prices by the amount in a month, the first units first"`
	Free   Number `yaml:"free" doc:"units that cost nothing each month: the first of the first tier"`

	RoundUp time.Duration `yaml:"round_up" doc:"each time counted is billed up to a multiple of it"`
	Minimum time.Duration `yaml:"minimum" doc:"the least that each time counted is billed as"`
	Init    bool          `yaml:"init" doc:"the start that an invocation waits for is billed with it"`
	Each    Number        `yaml:"each" doc:"how many are charged for one that is counted; 0: one"`

	ConnectionRequests int64 `yaml:"connection_requests" min:"0" doc:"requests that share a connection, where connections are charged"`

	Source     string `yaml:"source" required:"true" doc:"where the figures were read"`
	Read       string `yaml:"read" required:"true" doc:"when, as 2026-11-25"`
	Confidence string `yaml:"confidence" default:"primary" oneof:"primary,secondary,unverified,assumed" doc:"the provider said so, somebody else did, nobody whom we could read, or it is our assumption"`
}

// Tier is a price that holds for a part of a month's amount.
type Tier struct {
	UpTo  Number `yaml:"up_to" doc:"the amount at which the tier ends; left out in the last"`
	Price Number `yaml:"price" required:"true" doc:"of one unit in it"`
}

// scales says how many of a meter's base units the words of `per` hold.
var scales = map[string]struct {
	of dimension
	by int64
}{
	"one": {things, 1}, "million": {things, 1_000_000},
	"second": {elapsed, 1}, "hour": {elapsed, 3600},
	"core-second": {coreTime, 1}, "core-hour": {coreTime, 3600},
	"GiB-second": {memoryTime, 1}, "GiB-hour": {memoryTime, 3600},
}

// Vet says what keeps the line from being billed.
func (l *Line) Vet(add func(key, message string)) {
	if scale := scales[l.Per]; scale.of != l.meter().of {
		add("per", fmt.Sprintf("%s are no unit of %s, which counts %s", l.Per, l.Meter, l.meter().of))
	}
	if len(l.Tiers) > 0 && l.Price.Sign() > 0 {
		add("price", "either `price` or `tiers`")
	}
	below := Number{}
	for i, t := range l.Tiers {
		last := i == len(l.Tiers)-1
		switch {
		case last && t.UpTo.Sign() > 0:
			add("tiers", "the last tier has no `up_to`: it goes on for ever")
		case !last && t.UpTo.Compare(below) <= 0:
			add("tiers", fmt.Sprintf("tier %d ends at %s, where the one before it does or sooner", i+1, t.UpTo))
		}
		below = t.UpTo
	}
	if _, err := time.Parse(time.DateOnly, l.Read); err != nil {
		add("read", fmt.Sprintf("%q is no date: write it as 2026-11-25", l.Read))
	}
}

// meter returns what counts for the line. The decoder has seen that it exists.
func (l *Line) meter() Meter {
	known, ok := Meters.Lookup(l.Meter)
	if !ok {
		return Meter{}
	}
	return known.New()
}

// tiers returns the line's prices from the first unit on, the last without an end.
func (l *Line) tiers(freeToo bool) []Tier {
	all := l.Tiers
	if len(all) == 0 {
		all = []Tier{{Price: l.Price}}
	}
	if freeToo && l.Free.Sign() > 0 {
		all = append([]Tier{{UpTo: l.Free}}, all...)
	}
	return all
}

// cost is what an amount in the line's unit costs in one month.
func (l *Line) cost(amount Number, freeToo bool) Number {
	total, below := Number{}, Number{}
	for _, t := range l.tiers(freeToo) {
		top := amount
		if t.UpTo.Sign() > 0 {
			top = amount.atMost(t.UpTo)
		}
		if top.Compare(below) > 0 {
			total = total.Plus(top.Minus(below).Times(t.Price))
			below = top
		}
	}
	return total
}

// billedTime applies the line's rounding to one time that is counted.
func (l *Line) billedTime(d time.Duration) time.Duration {
	d = max(d, 0)
	if l.RoundUp > 0 {
		d = (d + l.RoundUp - 1) / l.RoundUp * l.RoundUp
	}
	return max(d, l.Minimum)
}
