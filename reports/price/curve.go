package price

// Point is what a month of one constant rate costs.
type Point struct {
	Rate Number `json:"rate"` // requests from outside, per second
	Cost Number `json:"cost"`
}

// Curve is the cost of an architecture at some rates.
type Curve struct {
	Architecture string  `json:"architecture"`
	Points       []Point `json:"points"`
}

// Curve costs a month of each rate.
func (a *Architecture) Curve(rates []Number) Curve {
	c := Curve{Architecture: a.Name}
	for _, rate := range rates {
		c.Points = append(c.Points, Point{rate, a.At(rate)})
	}
	return c
}

// Ladder returns rates for a curve: 1, 2 and 5 times the powers of ten, from
// 0.1/s up to a limit.
func Ladder(upTo Number) []Number {
	var rates []Number
	for decade := Whole(1).Over(Whole(10)); ; decade = decade.Times(Whole(10)) {
		for _, step := range []int64{1, 2, 5} {
			rate := decade.Times(Whole(step))
			if rate.Compare(upTo) > 0 {
				return rates
			}
			rates = append(rates, rate)
		}
	}
}
