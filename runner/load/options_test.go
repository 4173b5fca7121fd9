package load

import (
	"context"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
)

func TestOptionsAreChecked(t *testing.T) {
	good := func() Options {
		return Options{Targets: targets("127.0.0.1:1", "e"), Phases: phase(time.Second, constant(1))}
	}
	for _, c := range []struct {
		want   string
		change func(*Options)
	}{
		{"no targets", func(o *Options) { o.Targets = nil }},
		{"a bound is negative", func(o *Options) { o.MaxConnections = -1 }},
		{"mix: no target for entry x", func(o *Options) { o.Mix = []Share{{"x", 1}} }},
		{"mix: the weight of e is -1", func(o *Options) { o.Mix = []Share{{"e", -1}} }},
		{"mix: no entry has a weight", func(o *Options) { o.Mix = []Share{{"e", 0}} }},
		{"phase steady: 0s from 0s on: it is empty", func(o *Options) { o.Phases[0].For = 0 }},
		{"or overlaps the one before", func(o *Options) { o.Phases = append(o.Phases, o.Phases[0]) }},
		{"phase steady: rate is -1/s", func(o *Options) { o.Phases[0].Load = constant(-1) }},
		{"<nil> is neither an open nor a closed process", func(o *Options) { o.Phases[0].Load = nil }},
		{"entry e: it has no address", func(o *Options) { o.Targets = map[string]Target{"e": {}} }},
		{"entry e: scheme \"ftp\"", func(o *Options) { o.Targets = map[string]Target{"e": {Scheme: "ftp"}} }},
		{"entry e: path \"a\" does not begin with /", func(o *Options) { set(o, func(t *Target) { t.Path = "a" }) }},
		{"entry e: net/http: invalid method", func(o *Options) { set(o, func(t *Target) { t.Method = "G T" }) }},
		{"entry e: parse", func(o *Options) { set(o, func(t *Target) { t.Path = "/%zz" }) }},
	} {
		o := good()
		c.change(&o)
		_, err := Run(context.Background(), o, func(record.Request) { t.Error("something was sent") })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func set(o *Options, change func(*Target)) {
	t := o.Targets["e"]
	change(&t)
	o.Targets = map[string]Target{"e": t}
}

func TestNoPhases(t *testing.T) {
	noGoroutineLeft(t)
	if records, _ := run(t, Options{Targets: targets("127.0.0.1:1", "e")}); len(records) > 0 {
		t.Errorf("%d requests of no phase", len(records))
	}
}

func TestAllThatIsWrongIsTold(t *testing.T) {
	_, err := Run(t.Context(), Options{Mix: []Share{{"x", 1}}, Phases: phase(0, &arrival.Closed{})}, nil)
	for _, want := range []string{"no targets", "no target for entry x", "it is empty", "users is 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q too", err, want)
		}
	}
}
