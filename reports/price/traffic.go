package price

import (
	"fmt"
	"strings"

	"windtunnel/topologies/unit"
)

// MonthHours is how long a month is: AWS's own monthly figures are for 730 hours.
const MonthHours = 730

// Traffic is the load of a month, in requests from outside. The zero Traffic is
// not known: the run's own mean rate is taken.
type Traffic struct {
	Rate   unit.Rate   `yaml:"rate,value" doc:"the same at all times"`
	ByHour []unit.Rate `yaml:"by_hour" doc:"the rates of the 24 hours of a day, from midnight on"`
}

// Vet says what keeps the traffic from being a day's.
func (t *Traffic) Vet(add func(key, message string)) {
	if len(t.ByHour) > 0 && len(t.ByHour) != 24 {
		add("by_hour", fmt.Sprintf("a day has 24 hours, and here are %d rates", len(t.ByHour)))
	}
	if len(t.ByHour) > 0 && t.Rate > 0 {
		add("rate", "either `rate` or `by_hour`")
	}
}

// UnmarshalText parses what `--traffic` takes: one rate, or 24 with commas between.
func (t *Traffic) UnmarshalText(text []byte) error {
	var rates []unit.Rate
	for word := range strings.SplitSeq(string(text), ",") {
		var r unit.Rate
		if err := r.UnmarshalText([]byte(word)); err != nil {
			return err
		}
		rates = append(rates, r)
	}
	*t = Traffic{Rate: rates[0]}
	if len(rates) > 1 {
		*t = Traffic{ByHour: rates}
	}
	var wrong error
	t.Vet(func(_, message string) { wrong = fmt.Errorf("%s", message) })
	return wrong
}

// stretch is a time with a constant rate.
type stretch struct{ rate, hours Number } // per second

// known says whether there is any.
func (t *Traffic) known() bool { return t.Rate > 0 || len(t.ByHour) > 0 }

// month returns the stretches of a month. Hours of a day with the same rate are one.
func (t *Traffic) month() []stretch {
	if len(t.ByHour) == 0 {
		return []stretch{{decimal(float64(t.Rate)), Whole(MonthHours)}}
	}
	var parts []stretch
	hour := Whole(MonthHours).Over(Whole(24))
	for _, r := range t.ByHour {
		rate, found := decimal(float64(r)), false
		for i := range parts {
			if parts[i].rate.Compare(rate) == 0 {
				parts[i].hours = parts[i].hours.Plus(hour)
				found = true
			}
		}
		if !found {
			parts = append(parts, stretch{rate, hour})
		}
	}
	return parts
}

// requestsOf is how many requests come in stretches of time.
func requestsOf(parts []stretch) Number {
	total := Number{}
	for _, p := range parts {
		total = total.Plus(p.rate.Times(p.hours).Times(Whole(3600)))
	}
	return total
}

func (t *Traffic) words() string {
	if len(t.ByHour) > 0 {
		least, most := t.ByHour[0], t.ByHour[0]
		for _, r := range t.ByHour {
			least, most = min(least, r), max(most, r)
		}
		return fmt.Sprintf("%s to %s by the hour of the day", rateText(least), rateText(most))
	}
	return "a constant " + rateText(t.Rate)
}

// rateText prints a rate with three significant digits, as far as it has them.
func rateText(r unit.Rate) string { return decimal(float64(r)).short() + "/s" }
