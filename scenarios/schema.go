package scenarios

import (
	"maps"
	"reflect"
	"slices"

	"windtunnel/fixtures/traces"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// documentSchemas are the schemas of each kind of document.
var documentSchemas = map[decode.Kind]func(*decode.Schemas) decode.Schema{
	decode.Application: topologies.ApplicationSchema,
	decode.Topology:    topologies.TopologySchema,
	decode.Scenario:    scenarioSchema,
	decode.Suite:       suiteSchema,
}

// Schema is the JSON schema of the documents of one kind, for editors. venues
// are the words that a suite's `on` takes; none: any.
func Schema(kind decode.Kind, venues []string) decode.Schema {
	s := newSchemas(venues)
	return s.Whole("a windtunnel "+string(kind), documentSchemas[kind](s))
}

// DocumentsSchema is the JSON schema of documents of any kind. As in decode, a
// document is of the outermost kind that it has a key of.
func DocumentsSchema(venues []string) decode.Schema {
	s := newSchemas(venues)
	var kinds []decode.Schema
	for _, kind := range decode.Kinds() {
		kinds = append(kinds, decode.Schema{"required": []string{string(kind)}})
	}
	of := decode.Schema{"type": "object", "anyOf": kinds}
	for _, kind := range slices.Backward(decode.Kinds()) {
		this := decode.Schema{"if": decode.Schema{"required": []string{string(kind)}}, "then": documentSchemas[kind](s)}
		if kind != decode.Application {
			this["else"] = of
		} else {
			maps.Copy(this, of)
		}
		of = this
	}
	return s.Whole("a document of windtunnel: application, topology, scenario or suite", of)
}

// newSchemas knows what all documents may name.
func newSchemas(venues []string) *decode.Schemas {
	s := topologies.NewSchemas()
	s.Names[sampleTraces] = traces.Names
	if len(venues) > 0 {
		s.Names["venue"] = func() []string { return venues }
	}
	s.Types[reflect.TypeFor[arrival.Process]()] = func(s *decode.Schemas) decode.Schema {
		return decode.ChoiceSchema(s, arrival.Processes)
	}
	s.Types[reflect.TypeFor[Topologies]()] = topologiesSchema
	return s
}

func topologiesSchema(s *decode.Schemas) decode.Schema {
	list := s.List(s.Text())
	list["minItems"] = 1
	return decode.Schema{"anyOf": []decode.Schema{s.Text(), list}}
}

// scenarioSchema is what LoadScenario reads.
func scenarioSchema(s *decode.Schemas) decode.Schema {
	phases := s.List(s.Struct(Phase{}))
	phases["minItems"] = 1
	check := decode.Schema{"anyOf": []decode.Schema{s.Text().Describe("such as total.errors.rate < 1%"), s.Struct(CheckOn{})}}
	return s.Document(decode.Scenario, scenarioKeys, map[string]decode.Schema{
		"topology":  topologiesSchema(s).Describe("what it runs on where -t names nothing: " + Topologies{}.Words()),
		"mix":       s.Named(s.Number()).Describe("how much of the load goes to each entry, relative to the others; default: all equally"),
		"phases":    phases.Describe("stretches of load, such as {name: steady, for: 30s, load: {poisson: 100/s}}"),
		"faults":    s.List(faultSchema(s)).Describe("what goes wrong, such as {name: down, at: steady+10s, for: 5s, kill: {component: payments}}"),
		"checks":    s.List(check).Describe("promises that must hold, such as total.errors.rate < 1%"),
		"generator": s.Struct(Generator{}).Describe("what bounds the load generator"),
		"traces":    s.Struct(Traces{}).Describe("which requests are traced"),
	}, struct{}{}, "phases")
}

func faultSchema(s *decode.Schemas) decode.Schema {
	return s.Define("fault", func() decode.Schema {
		return decode.ChoiceAmongSchema(s, fault.Faults, map[string]decode.Schema{
			"name": s.Text().Describe("a word of its own, which checks refer to"),
			"at":   s.Text().Describe("when it begins, such as steady+10s (a phase and a time) or 15s (since the run's begin)"),
			"for":  s.Duration().Describe("how long it lasts, such as 5s; none: until the run ends"),
		}, "name", "at")
	})
}

// suiteSchema is what DecodeSuite reads.
func suiteSchema(s *decode.Schemas) decode.Schema {
	return s.Document(decode.Suite, suiteKeys, map[string]decode.Schema{}, Suite{})
}
