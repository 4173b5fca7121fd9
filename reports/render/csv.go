package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// csvFormat prints a line for each run, entry, phase and metric, for tools that
// make tables of their own.
type csvFormat struct{}

func (csvFormat) Extensions() []string { return []string{".csv"} }

func (csvFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"run", "scenario", "topology", "params", "engine", "seed", "entry", "phase", "metric", "unit", "value"}}
	for _, r := range d.Runs {
		head := csvHead(r.Run, r, r.Seed)
		for _, entry := range r.Entries {
			for _, phase := range phasesOf(r) {
				for _, m := range csvMetrics(r.Results[entry][phase]) {
					row := append(append([]string{}, head...), csvText(entry), csvText(phase), m.name, m.unit, strconv.FormatFloat(m.value, 'g', -1, 64))
					rows = append(rows, row)
				}
			}
		}
		for i := range r.Caches {
			for _, m := range csvCache(&r.Caches[i]) {
				row := append(append([]string{}, head...), csvText("cache "+r.Caches[i].Name()), reports.All, m.name, m.unit, strconv.FormatFloat(m.value, 'g', -1, 64))
				rows = append(rows, row)
			}
		}
		for _, found := range r.Discovery {
			for _, m := range csvDiscovery(found) {
				row := append(append([]string{}, head...), csvText(found.From+">"+found.To), reports.All, m.name, m.unit, strconv.FormatFloat(m.value, 'g', -1, 64))
				rows = append(rows, row)
			}
		}
	}
	for _, f := range d.Figures {
		rows = append(rows, append(csvHead("", f.Of, f.Seed), reports.Total, reports.All, f.Metric, f.Unit, strconv.FormatFloat(f.Value, 'g', -1, 64)))
	}
	return c.WriteAll(rows)
}

// csvHead are the columns that say of what a figure is.
func csvHead(run string, r *reports.Result, seed uint64) []string {
	return []string{csvText(run), csvText(r.Scenario), csvText(r.Topology), csvText(r.Setting()), csvText(r.Engine), strconv.FormatUint(seed, 10)}
}

// csvText makes a text harmless where a spreadsheet opens the file: one that
// begins like a formula would be carried out.
func csvText(s string) string {
	s = safe.Text(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

type csvMetric struct {
	name, unit string
	value      float64
}

func csvMetrics(m *reports.Measured) []csvMetric {
	if m == nil {
		return nil
	}
	metrics := []csvMetric{
		{"offered", "requests", float64(m.Offered)}, {"sent", "requests", float64(m.Sent)}, {"ok", "requests", float64(m.OK)},
		{"error_share", "share", m.ErrorShare}, {"rate", "/s", m.Rate}, {"ok_rate", "/s", m.OKRate}, {"amplification", "ratio", m.Amplification},
	}
	for _, cause := range m.Failed.InOrder() {
		metrics = append(metrics, csvMetric{"failed." + string(cause), "requests", float64(m.Failed[cause])})
	}
	metrics = append(metrics, csvQuantiles("latency", m.LatencyMS)...)
	return append(metrics, csvQuantiles("failed_latency", m.FailedLatencyMS)...)
}

func csvCache(c *reports.CacheResult) []csvMetric {
	return []csvMetric{
		{"hit_rate", "share", c.HitRate}, {"lookups", "lookups", float64(c.Lookups)}, {"hits", "lookups", float64(c.Hits)},
		{"stale", "lookups", float64(c.Stale)}, {"misses", "lookups", float64(c.Misses)}, {"coalesced", "lookups", float64(c.Coalesced)},
		{"refreshes", "requests", float64(c.Refreshes)}, {"evictions", "replies", float64(c.Evictions)},
	}
}

// csvDiscovery is what became of finding the instances of an edge, the worst of each.
func csvDiscovery(d reports.DiscoveryResult) []csvMetric {
	metrics := []csvMetric{{"discovery.age", "ms", d.OldestMS}}
	if dead, attempts, any := d.Lingered(); any {
		metrics = append(metrics, csvMetric{"discovery.dead.time", "ms", dead}, csvMetric{"discovery.dead.attempts", "requests", float64(attempts)})
	}
	if after, any := d.Joined(); any {
		metrics = append(metrics, csvMetric{"discovery.share.time", "ms", after})
	}
	return metrics
}

func csvQuantiles(of string, q *reports.Quantiles) []csvMetric {
	if q == nil {
		return nil
	}
	return []csvMetric{
		{of + ".mean", "ms", q.Mean}, {of + ".p50", "ms", q.P50}, {of + ".p90", "ms", q.P90}, {of + ".p95", "ms", q.P95},
		{of + ".p99", "ms", q.P99}, {of + ".p999", "ms", q.P999}, {of + ".max", "ms", q.Max},
	}
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "csv",
		Doc:  "a line for each run, entry, phase and metric, with its unit",
		New:  func() Format { return csvFormat{} },
	})
}
