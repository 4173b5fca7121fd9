package reports

import (
	"testing"

	"windtunnel/reports/price"
)

func TestCostDrawings(t *testing.T) {
	settings := price.Defaults()
	var runs []*Analysis
	for seed := range uint64(2) {
		for _, topology := range []string{"shop-monolith", "shop-microservices"} {
			runs = append(runs, outage(topology, seed).analyze(t, Options{Prices: &settings}))
		}
	}
	c, err := Compare(runs, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var charts []*Chart
	for _, b := range c.costSection().Blocks {
		if chart, ok := b.(*Chart); ok {
			charts = append(charts, chart)
		}
	}
	if len(charts) != 2 {
		t.Fatalf("%d drawings", len(charts))
	}
	against, curves := charts[0].Panels[0].Lines, charts[1].Panels[0].Lines
	if len(against) != 2 || len(against[0].Points) != 2 {
		t.Fatalf("%+v", against)
	}
	first := runs[0]
	if want := (Spot{first.Cost.Month.Total.Float(), first.Results[Total][All].LatencyMS.P99}); against[0].Points[0] != want {
		t.Errorf("the first run is at %v, want %v", against[0].Points[0], want)
	}
	for i, l := range curves {
		if l.Name != c.Columns[i].Label || len(l.Points) != len(c.Cost.Curves[i].Points) {
			t.Errorf("%s has %d points", l.Name, len(l.Points))
		}
		for k := range l.Points {
			if k > 0 && (l.Points[k].X <= l.Points[k-1].X || l.Points[k].Y < l.Points[k-1].Y) {
				t.Errorf("%s falls at %v", l.Name, l.Points[k])
			}
		}
	}
}

// Nothing is drawn of what costs nothing.
func TestCostDrawingsOfNothing(t *testing.T) {
	c, err := Compare([]*Analysis{outage("shop-monolith", 1).analyze(t, Options{})}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s := c.costSection(); s.Title != "" || len(s.Blocks) > 0 {
		t.Errorf("%+v", s)
	}
	if costCurves(nil, "USD") != nil || costAgainstLatency(c.groups) != nil {
		t.Error("a drawing of nothing")
	}
}
