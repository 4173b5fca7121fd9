package reports_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"windtunnel/reports"
	"windtunnel/reports/price"
	"windtunnel/reports/render"
	"windtunnel/runner/record"
)

// recorded analyses one of the two runs of the demo with the usual prices.
func recorded(t *testing.T, name string) *reports.Analysis {
	t.Helper()
	run, err := record.Load(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	prices := price.Defaults()
	a, err := reports.Analyze(run, reports.Options{Prices: &prices})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func at(v float64) *float64 { return &v }

// months are those of eight runs.
func months(low, high float64) reports.Spread { return reports.Spread{Low: &low, High: &high, Runs: 8} }

// functions are what the shop may be as functions: the usage of a run that no
// record has yet.
func functions() *price.Usage {
	const run = 36 * time.Second
	return &price.Usage{Requests: 720, Length: run, Rate: 20, Nodes: []price.Node{
		{Name: "edge", Kind: "gateway", Replicas: 1, Requests: 720},
		{Name: "catalog", Kind: "function", Memory: 256 << 20, Function: &price.Function{
			Invocations: []price.Invocation{{Duration: 12300 * time.Microsecond, Count: 575}, {Duration: 14 * time.Millisecond, Init: 210 * time.Millisecond, Count: 1}}}},
		{Name: "checkout", Kind: "function", Memory: 512 << 20, Function: &price.Function{
			Invocations: []price.Invocation{{Duration: 61 * time.Millisecond, Count: 144, Provisioned: true}}, Provisioned: []price.Lifetime{{End: run}}}},
		{Name: "orders", Kind: "store", Replicas: 1},
	}}
}

// TestCostGoldens holds what the reader sees of costs, in the terminal and as Markdown.
func TestCostGoldens(t *testing.T) {
	settings := price.Defaults()
	asFunctions, err := price.NewArchitecture("shop-functions", functions(), &settings)
	if err != nil {
		t.Fatal(err)
	}
	services := recorded(t, "microservices")
	usage := services.Usage()
	asServices, err := price.NewArchitecture("shop-microservices", &usage, &settings)
	if err != nil {
		t.Fatal(err)
	}
	twenty := price.Traffic{Rate: 20}
	functionCost := asFunctions.Cost(twenty)
	compared := reports.CostComparison{
		Costs:     []price.Cost{functionCost, asServices.Cost(twenty)},
		Months:    []reports.Spread{months(71.2, 71.5), months(62.32, 62.32)},
		Ratios:    []reports.CostRatio{{Ratio: 1.14669, Low: at(1.143), High: at(1.148)}, {Ratio: 1}},
		BreakEven: []price.BreakEven{asFunctions.MeetWith(asServices, price.Whole(1000))},
		Curves:    []price.Curve{asFunctions.Curve(price.Ladder(price.Whole(1000))), asServices.Curve(price.Ladder(price.Whole(1000)))},
	}
	for name, section := range map[string]reports.Section{
		"cost-microservices": reports.CostSection(services.Cost),
		"cost-functions":     reports.CostSection(&functionCost),
		"cost-comparison":    compared.Section(),
	} {
		document := &reports.Document{Title: name, Sections: []reports.Section{{}, section}}
		for extension, format := range map[string]string{".txt": "terminal", ".md": "markdown"} {
			var got bytes.Buffer
			if err := render.Write(&got, format, document, render.Options{Width: 110}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+extension)
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s is not as before (%v): run with -update to see what changed\n%s", path, err, &got)
			}
		}
	}
}
