package render_test

import (
	"os"
	"testing"
	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/runner/record"
)

func TestLook(t *testing.T) {
	var all []*reports.Analysis
	for _, n := range []string{"monolith", "microservices"} {
		run, err := record.Load("../testdata/" + n)
		if err != nil {
			t.Fatal(err)
		}
		a, err := reports.Analyze(run, reports.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a.Dir = "runs/20260102T030405Z-payments-outage-shop-" + n + "-demo"
		all = append(all, a)
		if err := render.Write(os.Stdout, "terminal", a.Document(), render.options{Width: 100, ASCII: true}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("\n==========\n")
	}
	c, err := reports.Compare(all, reports.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	render.Write(os.Stdout, "terminal", c.Document(), render.options{Width: 100, ASCII: true})
	os.Stdout.WriteString("\n==========\n")
	render.Write(os.Stdout, "markdown", c.Document(), render.options{Width: 100, ASCII: true})
}
