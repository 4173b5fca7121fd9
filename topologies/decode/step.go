package decode

import (
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// MaxSteps bounds the steps of one operation, and MaxTimes a repeat.
const (
	MaxSteps = 10_000
	MaxTimes = 10_000
)

// laterSteps are steps of the language that this version does not build.
var laterSteps = []string{"read", "write", "publish"}

// Ref is a call that an operation makes, with its place.
type Ref struct {
	From, To string // "component.operation"
	Node     *yaml.Node
}

// Step is one kind of step, for `explain`.
type Step struct {
	Kind         work.StepKind
	Example, Doc string
	read         func(o *operation, n *yaml.Node) work.Step
	schema       func(*Schemas) Schema
}

// Settings of operations and steps that hold steps besides.
type (
	operationSettings struct {
		Idempotent bool `yaml:"idempotent" doc:"asking twice does no harm: policies may retry it"`
	}
	choiceSettings struct {
		Weight float64 `yaml:"weight" default:"1" doc:"how often, relative to the other branches"`
	}
	repeatSettings struct {
		Times int `yaml:"times" required:"true" min:"1" max:"10000" doc:"how often"`
	}
)

// Steps lists the steps.
func Steps() []Step {
	return []Step{
		{work.Compute, "compute: 2ms", "burns CPU time; how much may be a distribution", (*operation).compute, (*Schemas).Distribution},
		{work.Wait, "wait: {exponential: 20ms}", "lets time pass, as for a disk or another system; burns no CPU", (*operation).wait, (*Schemas).Distribution},
		{work.Allocate, "allocate: 4Mi", "holds memory until the operation ends", (*operation).allocate, (*Schemas).size},
		{work.Call, "call: payments.charge", "asks another operation and waits for its answer", (*operation).call, (*Schemas).Text},
		{work.Parallel, "parallel: [{call: inventory.reserve}, {call: pricing.quote}]", "does several things at once and waits for all; a branch is a step or a list of them", (*operation).parallel, (*Schemas).parallel},
		{work.Choose, "choose: [{weight: 9, steps: [{wait: 1ms}]}, {weight: 1, steps: [{wait: 50ms}]}]", "does one of several things, drawn by weight", (*operation).choose, (*Schemas).choose},
		{work.Repeat, "repeat: {times: 3, steps: [{call: catalog.detail}]}", "does the steps so many times, one after another", (*operation).repeat, (*Schemas).repeat},
		{work.Fail, "fail: 0.1%", "ends with an error, for a share of the requests", (*operation).fail, (*Schemas).share},
		{work.Respond, "respond: 8Ki", "sets the size of the answer's body", (*operation).respond, (*Schemas).size},
	}
}

// operation is one operation while it is decoded.
type operation struct {
	d     *Decoder
	name  string
	count int
	calls []Ref
}

// Operation decodes an operation: a list of steps, or {idempotent, steps}. It
// returns the calls in it too, so that the caller can look them up.
func (d *Decoder) Operation(n *yaml.Node, name string) (work.Operation, []Ref) {
	o := &operation{d: d, name: name}
	op := work.Operation{Name: name}
	list := n
	if n.Kind == yaml.MappingNode {
		var settings operationSettings
		what := "operation " + name
		if pairs := d.Pairs(n, what); len(pairs) == 1 && slices.ContainsFunc(Steps(), func(s Step) bool { return string(s.Kind) == pairs[0].Name }) {
			d.Addf(n, "an operation is a list of steps: put this one in [ ], or behind a hyphen")
			return op, nil
		}
		pairs := d.Struct(n, Shape{What: what, Known: []string{"steps"}}, &settings)
		d.Require(n, what, pairs, "steps", "a list of steps")
		op.Idempotent = settings.Idempotent
		if list = child(n, "steps"); list == nil {
			return op, nil
		}
	}
	op.Steps = o.steps(list)
	if o.count > MaxSteps {
		d.Addf(n, "operation %s has %d steps: at most %d", name, o.count, MaxSteps)
	}
	return op, o.calls
}

// steps decodes a list of steps.
func (o *operation) steps(n *yaml.Node) []work.Step {
	steps := []work.Step{}
	for _, item := range o.d.Items(n, "a list of steps such as [{compute: 1ms}]") {
		if s, ok := o.step(item); ok {
			steps = append(steps, s)
		}
	}
	return steps
}

func (o *operation) step(n *yaml.Node) (work.Step, bool) {
	o.count++
	all := Steps()
	var names []string
	for _, s := range all {
		names = append(names, string(s.Kind))
	}
	if n.Kind != yaml.MappingNode {
		o.d.Addf(n, "a step is written as `name: value`, such as `compute: 1ms`, but this is %s", describe(n))
		return work.Step{}, false
	}
	pair, ok := o.d.one(n, "a step", append(names, laterSteps...))
	if !ok {
		return work.Step{}, false
	}
	at := slices.Index(names, pair.Name)
	switch {
	case at >= 0:
		return all[at].read(o, pair.Value), true
	case slices.Contains(laterSteps, pair.Name):
		o.d.Addf(pair.Key, "the step %q is not built yet: this version of windtunnel knows the word but cannot run it", pair.Name)
	default:
		o.d.Addf(pair.Key, "unknown step %q%s", short(pair.Name), hintOr(pair.Name, names, "choose one of "))
	}
	return work.Step{}, false
}

func (o *operation) compute(n *yaml.Node) work.Step {
	dist, _ := o.d.dist(n, "compute")
	return work.Step{Kind: work.Compute, For: dist}
}

func (o *operation) wait(n *yaml.Node) work.Step {
	dist, _ := o.d.dist(n, "wait")
	return work.Step{Kind: work.Wait, For: dist}
}

func (o *operation) allocate(n *yaml.Node) work.Step {
	return work.Step{Kind: work.Allocate, Bytes: o.size(n, "allocate", "4Gi")}
}

func (o *operation) respond(n *yaml.Node) work.Step {
	return work.Step{Kind: work.Respond, Bytes: o.size(n, "respond", "64Mi")}
}

func (o *operation) size(n *yaml.Node, key, most string) unit.Bytes {
	var size unit.Bytes
	o.d.value(n, reflectElem(&size), Field{Key: key, Type: words(reflect.TypeOf(size), Field{}), Max: most})
	return size
}

func (o *operation) call(n *yaml.Node) work.Step {
	to, ok := o.d.Text(n, "an operation such as payments.charge")
	if ok {
		o.calls = append(o.calls, Ref{o.name, to, n})
	}
	return work.Step{Kind: work.Call, Op: to}
}

func (o *operation) fail(n *yaml.Node) work.Step {
	var share unit.Share
	o.d.value(n, reflectElem(&share), Field{Key: "fail", Type: words(reflect.TypeOf(share), Field{})})
	return work.Step{Kind: work.Fail, Share: share}
}

func (o *operation) parallel(n *yaml.Node) work.Step {
	s := work.Step{Kind: work.Parallel}
	for _, item := range o.d.Items(n, "a list of branches, each a step or a list of steps") {
		s.Branches = append(s.Branches, work.Branch{Steps: o.branch(item)})
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		o.d.Addf(n, "`parallel` needs at least one branch")
	}
	return s
}

// branch decodes a list of steps, or one alone.
func (o *operation) branch(n *yaml.Node) []work.Step {
	if n.Kind == yaml.SequenceNode {
		return o.steps(n)
	}
	if s, ok := o.step(n); ok {
		return []work.Step{s}
	}
	return nil
}

func (o *operation) choose(n *yaml.Node) work.Step {
	s := work.Step{Kind: work.Choose}
	var weights []float64
	for _, item := range o.d.Items(n, "a list of branches such as {weight: 9, steps: [{wait: 1ms}]}") {
		var settings choiceSettings
		pairs := o.d.Struct(item, Shape{What: "a branch of `choose`", Known: []string{"steps"}}, &settings)
		o.d.Require(item, "a branch of `choose`", pairs, "steps", "a list of steps; [] does nothing")
		branch := work.Branch{Weight: settings.Weight, Steps: []work.Step{}}
		if list := child(item, "steps"); list != nil {
			branch.Steps = o.branch(list)
		}
		s.Branches = append(s.Branches, branch)
		weights = append(weights, settings.Weight)
	}
	if n.Kind == yaml.SequenceNode {
		o.d.weights(n, "choose", weights)
	}
	return s
}

func (o *operation) repeat(n *yaml.Node) work.Step {
	var settings repeatSettings
	pairs := o.d.Struct(n, Shape{What: "`repeat`", Known: []string{"steps"}}, &settings)
	o.d.Require(n, "`repeat`", pairs, "steps", "a list of steps")
	s := work.Step{Kind: work.Repeat, Times: settings.Times}
	if list := child(n, "steps"); list != nil {
		s.Branches = []work.Branch{{Steps: o.branch(list)}}
	}
	return s
}
