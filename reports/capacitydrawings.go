package reports

import (
	"fmt"
	"math"

	"windtunnel/scenarios/check"
)

// drawing shows every run: its load, what was observed of the first objective,
// and whether it kept all of them, with the interval of the capacity.
func (c *Capacity) drawing() Section {
	kept := Line{Name: "kept", Shape: Marks, Tone: Good}
	broken := Line{Name: "broken", Shape: Marks, Tone: Bad}
	limit := Line{Name: "limit", Tone: Muted}
	least, most := math.Inf(1), 0.0
	var in drawnUnit
	missing := 0
	for _, t := range c.Trials {
		if t.Observed == nil {
			missing++
			continue
		}
		in = drawnUnitOf(check.Unit(t.Unit))
		least, most = min(least, t.Load), max(most, t.Load)
		at := Spot{t.Load, *t.Observed * in.scale}
		if t.Kept {
			kept.Points = append(kept.Points, at)
		} else {
			broken.Points = append(broken.Points, at)
		}
	}
	if most == 0 {
		return Section{}
	}
	if parsed, err := check.Parse(c.Objectives[0]); err == nil {
		limit.Points = []Spot{{least, parsed.Limit * in.scale}, {most, parsed.Limit * in.scale}}
	}
	chart := &Chart{
		Caption: Caption{Title: "Every run of the search by its load; kept and broken are of all objectives together"},
		X:       Axis{Title: c.loadTitle(), Spacing: Log},
		Panels:  []Panel{{Title: c.Objectives[0] + ", in " + in.name, Y: Axis{Spacing: in.spacing}, Lines: []Line{kept, broken, limit}}},
	}
	if c.Low != nil && c.High != nil {
		chart.Bands = []Band{{From: *c.Low, To: *c.High, Name: "interval", Tone: Doubt}}
	}
	if missing > 0 {
		chart.Words = fmt.Sprintf("%s had nothing to observe.", counted(missing, "run"))
	}
	return Section{Name: "search", Title: "What each load showed", Blocks: []Block{chart}}
}

func (c *Capacity) loadTitle() string {
	if c.Unit == "" {
		return c.Param
	}
	return c.Param + ", " + c.Unit
}

// drawnUnit is how the values of a unit stand along an axis.
type drawnUnit struct {
	name    string
	scale   float64 // of the values
	spacing Spacing
}

func drawnUnitOf(u check.Unit) drawnUnit {
	switch u {
	case check.Millis:
		return drawnUnit{"ms", 1, Log}
	case check.Share:
		return drawnUnit{"%", 100, Linear}
	case check.Size:
		return drawnUnit{"Mi", 1.0 / (1 << 20), Linear}
	}
	return drawnUnit{string(u), 1, Linear}
}
