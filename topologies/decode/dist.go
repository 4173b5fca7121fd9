package decode

import (
	"math"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Settings of the distributions that have more than one number.
type (
	lognormal struct {
		Median time.Duration `yaml:"median" required:"true" doc:"half of the values are below it"`
		P99    time.Duration `yaml:"p99" required:"true" doc:"99 of 100 values are below it"`
	}
	pareto struct {
		Minimum time.Duration `yaml:"minimum" required:"true" doc:"no value is below it"`
		Shape   float64       `yaml:"shape" required:"true" doc:"the tail's index: the smaller, the heavier; the mean is infinite at 1 and below"`
	}
	part struct {
		Weight float64   `yaml:"weight" default:"1" doc:"how often, relative to the other parts"`
		Of     work.Dist `yaml:"of" required:"true" doc:"the distribution"`
	}
)

// Distribution is one way to write a distribution, for `explain`.
type Distribution struct {
	Name, Example, Doc string
	read               func(d *Decoder, n *yaml.Node, key string) work.Dist
	schema             func(*Schemas) Schema
}

// Distributions lists the ways to write a distribution.
func Distributions() []Distribution {
	return []Distribution{
		{"constant", "5ms", "always the same", constantDist, (*Schemas).Duration},
		{"exponential", "{exponential: 20ms}", "memoryless, by its mean", exponentialDist, (*Schemas).Duration},
		{"lognormal", "{lognormal: {median: 5ms, p99: 40ms}}", "mostly quick, now and then slow, by two of its quantiles", lognormalDist, (*Schemas).lognormal},
		{"uniform", "{uniform: [1ms, 5ms]}", "each value between two as likely", uniformDist, (*Schemas).durations},
		{"pareto", "{pareto: {minimum: 1ms, shape: 1.5}}", "a heavy tail", paretoDist, (*Schemas).pareto},
		{"mix", "{mix: [{weight: 9, of: 5ms}, {weight: 1, of: 200ms}]}", "one of several distributions, drawn by weight", mixDist, (*Schemas).mix},
		{"empirical", "{empirical: [4ms, 5ms, 9ms]}", "values as measured, each as likely", empiricalDist, (*Schemas).durations},
	}
}

// dist decodes a distribution: a duration, or a mapping with its one name.
func (d *Decoder) dist(n *yaml.Node, key string) (work.Dist, bool) {
	before := len(d.Problems)
	if n.Kind != yaml.MappingNode {
		var constant time.Duration
		d.value(n, reflectElem(&constant), Field{Key: key, Type: typeWords[distType]})
		return work.ConstantOf(constant), len(d.Problems) == before
	}
	var names []string
	for _, known := range Distributions() {
		names = append(names, known.Name)
	}
	pair, ok := d.one(n, "a distribution", names)
	if !ok {
		return work.Dist{}, false
	}
	for _, known := range Distributions() {
		if known.Name == pair.Name {
			return known.read(d, pair.Value, known.Name), len(d.Problems) == before
		}
	}
	d.Addf(pair.Key, "unknown distribution %q%s", short(pair.Name), hintOr(pair.Name, names, "choose one of "))
	return work.Dist{}, false
}

// one returns the single pair of a mapping that chooses by its key.
func (d *Decoder) one(n *yaml.Node, what string, names []string) (Pair, bool) {
	pairs := d.Pairs(n, what)
	if len(pairs) == 1 && !isNull(pairs[0].Value) {
		return pairs[0], true
	}
	switch {
	case len(pairs) == 1 && def.Nearest(pairs[0].Name, names) == pairs[0].Name:
		d.Addf(pairs[0].Key, "%s has no value", quoted(pairs[0].Name))
	case len(pairs) == 1:
		d.Addf(pairs[0].Key, "unknown key %q in %s%s", short(pairs[0].Name), what, hintOr(pairs[0].Name, names, "choose one of "))
	case len(pairs) > 1:
		d.Addf(pairs[1].Key, "%s has exactly one key: %q or %q?", what, short(pairs[0].Name), short(pairs[1].Name))
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		d.Addf(n, "%s is empty%s", what, hintOr("", names, "choose one of "))
	}
	return Pair{}, false
}

func constantDist(d *Decoder, n *yaml.Node, key string) work.Dist {
	return work.ConstantOf(d.duration(n, key))
}

func exponentialDist(d *Decoder, n *yaml.Node, key string) work.Dist {
	return work.Dist{Kind: work.Exponential, A: d.duration(n, key)}
}

func lognormalDist(d *Decoder, n *yaml.Node, _ string) work.Dist {
	var s lognormal
	before := len(d.Problems)
	d.Struct(n, Shape{What: "a lognormal distribution"}, &s)
	if len(d.Problems) == before && (s.Median <= 0 || s.P99 < s.Median) {
		d.Addf(n, "a lognormal's median is above 0 and its p99 no less, but here median is %v and p99 %v", s.Median, s.P99)
	}
	return work.Dist{Kind: work.Lognormal, A: s.Median, B: s.P99}
}

func uniformDist(d *Decoder, n *yaml.Node, key string) work.Dist {
	values := d.durations(n, key)
	before := len(d.Problems)
	if n.Kind == yaml.SequenceNode && len(values) != 2 || len(values) == 2 && values[0] > values[1] {
		d.Addf(n, "a uniform distribution is two durations, the shorter first: [1ms, 5ms]")
	}
	if len(values) != 2 || len(d.Problems) > before {
		return work.Dist{}
	}
	return work.Dist{Kind: work.Uniform, A: values[0], B: values[1]}
}

func paretoDist(d *Decoder, n *yaml.Node, _ string) work.Dist {
	var s pareto
	before := len(d.Problems)
	d.Struct(n, Shape{What: "a pareto distribution"}, &s)
	if len(d.Problems) == before && (s.Minimum <= 0 || s.Shape <= 0) {
		d.Addf(n, "a pareto distribution has a minimum and a shape above 0")
	}
	return work.Dist{Kind: work.Pareto, A: s.Minimum, Shape: s.Shape}
}

func mixDist(d *Decoder, n *yaml.Node, _ string) work.Dist {
	mix := work.Dist{Kind: work.Mix}
	var weights []float64
	for _, item := range d.Items(n, "a list of parts such as {weight: 9, of: 5ms}") {
		var p part
		d.Struct(item, Shape{What: "a part of a mix"}, &p)
		mix.Parts = append(mix.Parts, work.DistPart{Weight: p.Weight, Of: p.Of})
		weights = append(weights, p.Weight)
	}
	if n.Kind == yaml.SequenceNode {
		d.weights(n, "mix", weights)
	}
	return mix
}

func empiricalDist(d *Decoder, n *yaml.Node, key string) work.Dist {
	values := d.durations(n, key)
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.Addf(n, "an empirical distribution needs at least one value")
	}
	return work.Dist{Kind: work.Empirical, Values: values}
}

// weights checks that something can be drawn by them.
func (d *Decoder) weights(n *yaml.Node, key string, weights []float64) {
	total := 0.0
	for _, w := range weights {
		if w < 0 {
			d.Addf(n, "%s has a negative weight: %v", quoted(key), w)
			return
		}
		total += w
	}
	if total <= 0 || math.IsInf(total, 0) {
		d.Addf(n, "%s needs at least one part with a weight above 0", quoted(key))
	}
}

func (d *Decoder) duration(n *yaml.Node, key string) time.Duration {
	var v time.Duration
	d.value(n, reflectElem(&v), Field{Key: key, Type: typeWords[durationType]})
	return v
}

func (d *Decoder) durations(n *yaml.Node, key string) []time.Duration {
	var values []time.Duration
	d.value(n, reflectElem(&values), Field{Key: key, Type: "a list of durations such as [1ms, 5ms]"})
	return values
}
