package topologies

import (
	"reflect"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/keys"
	"windtunnel/topologies/policy"
)

// NewSchemas knows what the files of this package may name, as newDecoder does.
func NewSchemas() *decode.Schemas {
	s := decode.NewSchemas()
	s.Names = names()
	s.Types = map[reflect.Type]func(*decode.Schemas) decode.Schema{
		reflect.TypeFor[Request](): requestSchema,
		reflect.TypeFor[policy.ScalerConfig](): func(s *decode.Schemas) decode.Schema {
			return decode.NamedChoiceSchema(s, policy.Scalers)
		},
		reflect.TypeFor[policy.Discovery](): discoverySchema,
		reflect.TypeFor[Init]():             (*decode.Schemas).Operation,
		reflect.TypeFor[keys.Source](): func(s *decode.Schemas) decode.Schema {
			return decode.ChoiceSchema(s, keys.Sources)
		},
	}
	return s
}

// requestSchema is what decodeRequest reads.
func requestSchema(s *decode.Schemas) decode.Schema {
	return decode.Schema{"anyOf": []decode.Schema{s.Text().Describe("GET /path"), s.Struct(Request{})}}
}

func discoverySchema(s *decode.Schemas) decode.Schema {
	return decode.NamedChoiceSchema(s, policy.Discoveries)
}

// ApplicationSchema is the JSON schema of what LoadApplication reads.
func ApplicationSchema(s *decode.Schemas) decode.Schema {
	component := s.Mapping(map[string]decode.Schema{
		"operations": s.Named(s.Operation()).Describe("what the component can be asked, by name"),
	}, struct{}{}, "operations")
	return s.Document(decode.Application, applicationKeys, map[string]decode.Schema{
		"components": s.Named(component).Describe("units that could be deployed alone, by name"),
		"entries":    s.Named(s.Struct(Entry{})).Describe("what the outside may ask, such as {checkout: checkout.place}"),
		"schedules":  s.Named(s.Struct(Schedule{})).Describe("timers: the platform asks an operation again and again"),
	}, struct{}{}, "components", "entries")
}

// TopologySchema is the JSON schema of what LoadTopology reads.
func TopologySchema(s *decode.Schemas) decode.Schema {
	node := s.Define("node", func() decode.Schema { return decode.Variants(s, "kind", Kinds, Node{}) })
	return s.Document(decode.Topology, topologyKeys, map[string]decode.Schema{
		"application": s.Text().Describe("the name of the application that it deploys"),
		"nodes":       s.Named(node).Describe("what is deployed, by name"),
		"edges":       s.List(s.Struct(EdgeSpec{})).Describe("policies of the calls to a node, such as {to: payments, timeout: 300ms}"),
		"discovery":   discoverySchema(s).Describe("how callers find the instances, on edges that say nothing else"),
		"sut":         node.Describe("a system of your own, instead of nodes"),
	}, struct{}{})
}
