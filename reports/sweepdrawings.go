package reports

// loadSection draws what the sweep is about: throughput and latency over the
// values of the parameter, the medians of the repetitions.
func (s *Scaling) loadSection() Section {
	done := Panel{Title: "succeeded per second", Y: Axis{Max: 1}}
	latency := Panel{Title: "p99 of successes, ms", Y: Axis{Spacing: Log}}
	title := "Medians of the runs at each value"
	for i := range s.Curves {
		c := &s.Curves[i]
		done.Lines = append(done.Lines, c.line(i, func(p *Point) Spread { return p.OK }))
		latency.Lines = append(latency.Lines, c.line(i, func(p *Point) Spread { return p.P99 }))
		if c.law != nil && !s.Load { // N of a load is no value of the axis
			done.Lines = append(done.Lines, c.lawLine(i))
			title = "Medians of the runs at each value; fainter, the scalability law that was fitted to them"
		}
	}
	chart := &Chart{
		Caption: Caption{Title: title},
		X:       Axis{Title: s.Param}, Panels: []Panel{done, latency},
	}
	if len(s.Curves) == 1 && s.Curves[0].Knee != nil {
		points := s.Curves[0].Points
		chart.Bands = []Band{{From: *s.Curves[0].Knee, To: points[len(points)-1].Value, Name: "beyond the knee", Tone: Doubt}}
	}
	return Section{Name: "load", Title: "Throughput and latency over " + s.Param, Blocks: []Block{chart}}
}

func (c *Curve) line(series int, of func(*Point) Spread) Line {
	l := Line{Name: c.Topology, Series: series}
	for i := range c.Points {
		if v := of(&c.Points[i]).Median; v != nil {
			l.Points = append(l.Points, Spot{c.Points[i].Value, *v})
		}
	}
	return l
}

// lawSpots is of how many points the curve of the law is made.
const lawSpots = 40

// lawLine is what the scalability law gives over the values that it was fitted to.
func (c *Curve) lawLine(series int) Line {
	l := Line{Name: c.Topology + ", by the law", Series: series, Repeats: true}
	from, to := c.USL.LeastN, c.USL.MostN
	for i := range lawSpots + 1 {
		n := from + (to-from)*float64(i)/lawSpots
		l.Points = append(l.Points, Spot{n, c.law.At(n)})
	}
	return l
}
