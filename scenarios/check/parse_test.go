package check

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text      string
		want      Check // Text is the text
		canonical string
	}{
		{"checkout.latency.p99 < 250ms @during(payments-down)",
			Check{Metric: Metric{"checkout", "latency.p99", Millis}, Op: "<", Limit: 250, Window: Window{During, "payments-down"}}, ""},
		{"total.errors.rate <= 1% @before(payments-down)",
			Check{Metric: Metric{"total", "errors.rate", Share}, Op: "<=", Limit: 0.01, Window: Window{Before, "payments-down"}}, ""},
		{"checkout.recovery.time <= 12s @after(payments-down)",
			Check{Metric: Metric{"checkout", "recovery.time", Millis}, Op: "<=", Limit: 12000, Window: Window{After, "payments-down"}}, ""},
		{"payments.breaker.openings >= 1",
			Check{Metric: Metric{"payments", "breaker.openings", Count}, Op: ">=", Limit: 1}, ""},
		{"total.ok.rate > 3000/m", Check{Metric: Metric{"total", "ok.rate", Rate}, Op: ">", Limit: 50}, "total.ok.rate > 50/s"},
		{"shop.memory < 1.5Gi", Check{Metric: Metric{"shop", "memory", Size}, Op: "<", Limit: 1.5 * (1 << 30)}, "shop.memory < 1536Mi"},
		{"shop.cpu < 500m", Check{Metric: Metric{"shop", "cpu", Cores}, Op: "<", Limit: 0.5}, "shop.cpu < 0.5"},
		{"total.amplification <= 1.3", Check{Metric: Metric{"total", "amplification", Ratio}, Op: "<=", Limit: 1.3}, ""},
		{"total.errors.rejected-queue.count == 0", Check{Metric: Metric{"total", "errors.rejected-queue.count", Count}, Op: "=="}, ""},
		{"total.errors.count != 7", Check{Metric: Metric{"total", "errors.count", Count}, Op: "!=", Limit: 7}, ""},
		{"generator.lateness.p99 < 1.5ms", Check{Metric: Metric{"generator", "lateness.p99", Millis}, Op: "<", Limit: 1.5}, ""},
		{"browse.failed_latency.p999<1m30s@rush",
			Check{Metric: Metric{"browse", "failed_latency.p999", Millis}, Op: "<", Limit: 90000, Window: Window{InPhase, "rush"}},
			"browse.failed_latency.p999 < 1m30s @phase(rush)"},
		{"\t browse.latency.mean  >=  0.1ms  @ phase ( the-rush ) ",
			Check{Metric: Metric{"browse", "latency.mean", Millis}, Op: ">=", Limit: 0.1, Window: Window{InPhase, "the-rush"}},
			"browse.latency.mean >= 100µs @phase(the-rush)"},
	} {
		got, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		c.want.Text = c.text
		if got != c.want {
			t.Errorf("%s:\n got %#v\nwant %#v", c.text, got, c.want)
		}
		if c.canonical == "" {
			c.canonical = c.text
		}
		if got.String() != c.canonical {
			t.Errorf("%s is printed as %s, want %s", c.text, got, c.canonical)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text    string
		offset  int
		message string // the whole of it, or with … its beginning
	}{
		{"", 0, "a check begins with a metric, as in checkout.latency.p99 < 250ms"},
		{"   < 5", 3, "a check begins with a metric…"},
		{"total < 5ms", 0, `"total" names no metric: add one, as in total.latency.p99`},
		{"total. < 5ms", 0, `"total." names no metric…`},
		{".rate < 5/s", 0, "a metric needs a subject before the dot, as in total.rate"},
		{"rate < 5/s", 0, "say of what: total.rate"},
		{"latency.p99 < 5ms", 8, `no metric "p99": say of what: total.latency.p99`},
		{"total.latency.p98 < 5ms", 6, `no metric "latency.p98": did you mean "latency.p90"?`},
		{"total.latncy.p99 < 5ms", 6, `no metric "latncy.p99": did you mean "latency.p99"?`},
		{"total.error.rate < 5%", 6, `no metric "error.rate": did you mean "errors.rate"?`},
		{"total.breaker < 5", 6, `no metric "breaker"; there are breaker.open.time, breaker.openings`},
		{"total.beauty < 5", 6, "no metric \"beauty\"; `windtunnel list metrics` has them all"},
		{"a.b.latency.p99 < 5ms", 2, `no metric "b.latency.p99": did you mean "latency.p99"?`},
		{"total.rate", 10, "after the metric comes one of < <= > >= == !="},
		{"total.rate 5/s", 11, "after the metric comes one of < <= > >= == !="},
		{"total.rate = 5/s", 11, "= compares nothing: write == or <="},
		{"total.rate =< 5/s", 11, `"=<" is none of < <= > >= == !=`},
		{"total.rate >>> 5/s", 11, `">>>" is none of < <= > >= == !=`},
		{"total.rate <", 12, "a limit is missing, such as 200/s"},
		{"total.rate < @rush", 13, "a limit is missing, such as 200/s"},
		{"total.latency.p99 < 5%", 20, `latency.p99: "5%" is a share, and here belongs a time: write it as 250ms or 1.5s`},
		{"total.latency.p99 < 250", 20, `latency.p99: "250" is a number, and here belongs a time…`},
		{"total.latency.p99 < 5/s", 20, `latency.p99: "5/s" is a rate, and here belongs a time…`},
		{"total.errors.rate < 0.01", 20, `errors.rate: "0.01" is a number, and here belongs a share: write it as 0.1% or 50%`},
		{"total.errors.rate < 101%", 20, `errors.rate: "101%" is not a share…`},
		{"total.errors.count < 5ms", 21, `errors.count: "5ms" is a time, and here belongs a number: write it as 5`},
		{"total.errors.count < -1", 21, `errors.count: "-1" is not a number…`},
		{"total.errors.count < NaN", 21, `errors.count: "NaN" is not a number…`},
		{"total.errors.count < Inf", 21, `errors.count: "Inf" is not a number…`},
		{"total.rate < 200", 13, `rate: "200" is a number, and here belongs a rate: write it as 200/s`},
		{"shop.memory < 5ms", 14, `memory: "5ms" is a time, and here belongs a size: write it as 64Mi or 1.5Gi`},
		{"shop.cpu < 50%", 11, `cpu: "50%" is a share, and here belongs an amount of CPU: write it as 0.5 or 500m`},
		{"shop.amplification < 64Mi", 21, `amplification: "64Mi" is a size, and here belongs a ratio…`},
		{"total.latency.p99 < -5ms", 20, `latency.p99: "-5ms" is not a time…`},
		{"total.latency.p99 < 101h", 20, `latency.p99: "101h" is not a time…`},
		{"total.latency.p99 < 5 apples", 20, `latency.p99: "5 apples" is not a time…`},
		{"total.rate < 5/s @", 18, "after @ comes a window…"},
		{"total.rate < 5/s @()", 19, "@( ) names nothing…"},
		{"total.rate < 5/s @during", 18, "@during needs a fault: @during(NAME)"},
		{"total.rate < 5/s @during()", 25, "@during( ) names nothing…"},
		{"total.rate < 5/s @during(x", 26, "a ) is missing"},
		{"total.rate < 5/s @during(x y)", 27, `"y" cannot be in a name`},
		{"total.rate < 5/s @durin(x)", 18, `no window "durin": write @before(FAULT), @during(FAULT), @after(FAULT), @phase(PHASE) or @PHASE: did you mean "during"?`},
		{"total.rate < 5/s @rush @rush", 23, `"@rush" is left over after the check`},
		{"total.rate < 5/s @during(x) and", 28, `"and" is left over after the check`},
		{"total.lateness.p99 < 5ms", 0, "lateness.p99 is a metric of generator, not of total"},
		{"generator.rate < 5/s", 0, "rate is a metric of an entry or total, not of generator"},
		{"total.recovery.time < 5s", 24, "recovery.time begins when a fault ends: say which with @after(FAULT)"},
		{"total.recovery.time < 5s @during(x)", 35, "recovery.time begins when a fault ends…"},
		{"total.rate < " + strings.Repeat("1", 2000), 1000, "a check has at most 1000 characters"},
	} {
		_, err := Parse(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: no syntax error but %v", c.text, err)
			continue
		}
		beginning, cut := strings.CutSuffix(c.message, "…")
		if syntax.Offset != c.offset || syntax.Message != c.message && !(cut && strings.HasPrefix(syntax.Message, beginning)) {
			t.Errorf("%s:\n got %d: %s\nwant %d: %s", c.text, syntax.Offset, syntax.Message, c.offset, c.message)
		}
	}
}

// TestCanonical: what is printed is read as the same check, and printed the same.
func TestCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(Metrics()).Draw(t, "metric")
		c := Check{Metric: Metric{Subject: "shop", Name: k.Name, Unit: k.Unit}}
		if k.Of == OfGenerator {
			c.Metric.Subject = "generator"
		}
		c.Op = rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
		limits := map[Unit]*rapid.Generator[float64]{
			Millis: rapid.Map(rapid.Int64Range(0, int64(longest)), func(ns int64) float64 { return float64(ns) / 1e6 }),
			Share:  rapid.Map(rapid.Float64Range(0, 1), twelveDigits),
			Rate:   rapid.Map(rapid.Float64Range(0, 1e9), twelveDigits),
			Count:  rapid.Map(rapid.Float64Range(0, 1e300), twelveDigits),
			Ratio:  rapid.Map(rapid.Float64Range(0, 100), twelveDigits),
			Cores:  rapid.Map(rapid.Float64Range(0, 4096), twelveDigits),
			Size:   rapid.Map(rapid.Int64Range(0, 1<<53), func(n int64) float64 { return float64(n) }),
		}
		c.Limit = limits[k.Unit].Draw(t, "limit")
		kinds := []string{"", InPhase, Before, During, After}
		if k.After {
			kinds = []string{After}
		}
		if c.Window.Kind = rapid.SampledFrom(kinds).Draw(t, "window"); c.Window.Kind != "" {
			c.Window.Name = rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?`).Draw(t, "name")
		}
		c.Text = c.String()
		got, err := Parse(c.Text)
		if err != nil {
			t.Fatalf("%s: %v", c.Text, err)
		}
		if got != c {
			t.Fatalf("%s: read as %#v, was %#v", c.Text, got, c)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"checkout.latency.p99 < 250ms @during(payments-down)", "total.errors.rate<=1%@rush", "a.cpu<500m", "a.memory<1.5Gi",
		"total.rate>=3000/m @ phase( x )", "generator.lateness.max<1h2m3s", "total.errors.count != 1e300", "x.amplification > 0x1p-2", "@", "a.rate<é",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Message == "" || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("%q: bad error %#v", text, err)
			}
			return
		}
		again, err := Parse(c.String())
		if err != nil {
			t.Fatalf("%q is printed as %q, which cannot be read: %v", text, c, err)
		}
		if again.Text = c.Text; again != c {
			t.Fatalf("%q is printed as %q, which is another check", text, c)
		}
	})
}
