package topologies

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Function hosts components as a function platform does: its instances begin
// on demand, serve, idle and end. A front, which comes with it, routes requests
// to them and holds those that have to wait for one.
type Function struct {
	Hosts        []string      `yaml:"hosts" required:"true" doc:"the components that live here"`
	Concurrency  int           `yaml:"concurrency" default:"1" min:"1" doc:"requests that an instance is sent at once"`
	Queue        int           `yaml:"queue" default:"1000" min:"1" doc:"requests that may wait at the front for an instance; one more is answered 429"`
	QueueTimeout time.Duration `yaml:"queue_timeout" default:"30s" doc:"how long one may wait there; then it is answered 503; 0: as long as its caller does"`
	Routing      string        `yaml:"routing" default:"most-recent" oneof:"most-recent,newest,least-loaded" doc:"which free instance takes a request: decides how many stay warm"`
	Runtime      string        `yaml:"runtime" registry:"runtime" doc:"a language runtime, which sets init and image_size where they are not given; see list runtimes"`
	Init         Init          `yaml:"init" doc:"what an instance does before it serves: a list of steps, without calls"`
	ImageSize    unit.Bytes    `yaml:"image_size" doc:"what is fetched before an instance is created: it takes image_size / fetch_rate, on every cold start; 0: it is there"`
	FetchRate    unit.Bytes    `yaml:"fetch_rate" default:"200Mi" min:"1Mi" doc:"of the image, in bytes a second"`
	Paused       int           `yaml:"paused" default:"0" min:"0" max:"1000" doc:"instances kept initialised and frozen, woken instead of a cold start: a snapshot's stand-in"`
}

// Init are the steps of a function's initialisation.
type Init []work.Step

// Hosted returns the components that live here.
func (f *Function) Hosted() []string { return f.Hosts }

// Fetch is how long an instance's image takes to be there.
func (f *Function) Fetch() time.Duration {
	if f.ImageSize <= 0 || f.FetchRate <= 0 {
		return 0
	}
	return time.Duration(float64(f.ImageSize) / float64(f.FetchRate) * float64(time.Second))
}

// complete takes from the runtime what the file does not say.
func (f *Function) complete(given []decode.Pair) {
	preset, ok := Runtimes.Lookup(f.Runtime)
	if !ok {
		return
	}
	has := func(key string) bool {
		return slices.ContainsFunc(given, func(p decode.Pair) bool { return p.Name == key })
	}
	made := preset.New()
	if !has("init") {
		f.Init = made.Init
	}
	if !has("image_size") {
		f.ImageSize = made.ImageSize
	}
}

// Front is a function's invoker. Each function has one, called as FrontOf says;
// files do not declare it.
type Front struct {
	Function string
	policy.FrontConfig
}

// Fronts returns the function's name.
func (f *Front) Fronts() string { return f.Function }

// Forward leaves the way to the instances without policies: what the front does is its own.
func (f *Front) Forward(*policy.EdgeConfig) {}

// Refront does nothing: a front stands before its own function for ever.
func (f *Front) Refront(string) {}

// FrontKind is the kind of the nodes that come with functions.
const FrontKind = "front"

// FrontOf returns the name of a function's front.
func FrontOf(function string) string { return function + "-front" }

// fronts gives each function its front, behind every proxy that stands before it.
func (t *Topology) fronts() {
	var all []*Node
	for _, n := range t.Nodes {
		all = append(all, n)
		f, ok := n.Spec.(*Function)
		if !ok {
			continue
		}
		front := FrontOf(n.Name)
		for _, other := range t.Nodes {
			if proxy, ok := other.Spec.(Fronting); ok && proxy.Fronts() == n.Name {
				proxy.Refront(front)
			}
		}
		all = append(all, &Node{Name: front, Kind: FrontKind, Replicas: 1, Pos: n.Pos, Spec: &Front{Function: n.Name,
			FrontConfig: policy.FrontConfig{Concurrency: f.Concurrency, Queue: f.Queue, Timeout: f.QueueTimeout, Routing: f.Routing}}})
	}
	t.Nodes = all
}

// decode reads the steps of an initialisation.
func (d initDecoder) decode(n *yaml.Node) Init {
	op, calls := d.Operation(n, "init")
	for _, c := range calls {
		d.Addf(c.Node, "an instance that begins asks nobody: `init` may compute, wait and allocate")
	}
	for _, kind := range stepKinds(op.Steps) {
		if kind == work.Fail || kind == work.Respond {
			d.Addf(n, "`init` answers nobody: %q has no meaning there", kind)
		}
	}
	return op.Steps
}

type initDecoder struct{ *decode.Decoder }

// stepKinds lists the kinds of all steps, those of branches too.
func stepKinds(steps []work.Step) []work.StepKind {
	var kinds []work.StepKind
	for _, s := range steps {
		kinds = append(kinds, s.Kind)
		for _, b := range s.Branches {
			kinds = append(kinds, stepKinds(b.Steps)...)
		}
	}
	return kinds
}

// vetFunctions says where a function's settings and the topology do not agree.
func (l *topologyLoader) vetFunctions() {
	for _, n := range l.t.Nodes {
		if _, ok := n.Spec.(*Function); !ok {
			continue
		}
		if other := l.t.Node(FrontOf(n.Name)); other != nil {
			l.Problems.Addf(other.Pos, "%s is what the front of function %s is called: give this node another name", other.Name, n.Name)
		}
		for _, e := range l.t.Edges {
			if e.From == FrontOf(n.Name) {
				l.Problems.Addf(l.t.atEdge(e, "from"), "the way from a function's front to its instances has no policies: set them on the way `to: %s`", n.Name)
			}
		}
	}
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "function",
		Doc: "hosts components on instances that begin on demand and end when idle, as a function platform does\n" +
			"Its front, a node of its own called NAME-front, sends each instance at most `concurrency` requests at\n" +
			"once and holds the others while the `scaler` (default: lambda) has more instances started. A request\n" +
			"that meets a cold start waits for all of its phases: fetched, created, started, listening, configured,\n" +
			"initialised, ready; one whose instance is woken from the paused pool for woken and ready alone.\n" +
			"Faults on its component take the instances; the front, which is the provider's, stays.\n\n" +
			"  payments: {kind: function, hosts: [payments], memory: 256Mi, runtime: node, scaler: {lambda: {keep_alive: 60s}}}",
		New: func() any { return &Function{} },
	})
}

// defaultScaler is how a function scales where the file does not say.
func defaultScaler() policy.ScalerConfig {
	lambda, _ := policy.Scalers.Lookup("lambda")
	c := lambda.New()
	decode.SetDefaults(c)
	return c
}

// limitOf says how many instances a node's scaler may want, for the bound on all.
func limitOf(n *Node) int {
	if n.Scaler == nil {
		return n.Replicas
	}
	return 0 // they are bounded each by their own max
}

// vetScaler says where a node cannot be scaled so.
func (l *topologyLoader) vetScaler(n *Node, pairs []decode.Pair) {
	at := func(key string) *yaml.Node {
		for _, p := range pairs {
			if p.Name == key {
				return p.Key
			}
		}
		return nil
	}
	_, function := n.Spec.(*Function)
	_, service := n.Spec.(*Service)
	replicas, scaler := at("replicas"), at("scaler")
	switch {
	case function && replicas != nil:
		l.Addf(replicas, "a function has as many instances as its scaler says: for a fixed number write scaler: {fixed: {count: %d}}", n.Replicas)
	case scaler == nil:
	case !function && !service:
		l.Addf(scaler, "a %s has a fixed number of instances: services and functions have scalers", n.Kind)
	case service && replicas != nil:
		l.Addf(replicas, "either `replicas` or `scaler`: the scaler decides how many there are")
	case service && n.Scaler != nil:
		if why := servable(n.Scaler); why != "" {
			l.Addf(scaler, "%s", why)
		}
	}
}

// servable says why a service, which nothing stands before to hold requests,
// cannot be scaled so; "" where it can.
func servable(c policy.ScalerConfig) string {
	if c.Kept() >= 1 {
		return ""
	}
	instead := "set `min: 1`"
	switch c.(type) {
	case *policy.FixedConfig, *policy.ScheduleConfig:
		instead = "let each `count` be at least 1"
	}
	return "a service keeps at least one instance, since nothing holds requests while one starts: " + instead + ", or make it a function"
}
