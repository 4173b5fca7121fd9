package decode

import (
	"reflect"
	"time"

	"windtunnel/topologies/unit"
)

// Duration is a time such as 250ms.
func (s *Schemas) Duration() Schema { return s.scalar(durationType, Field{}) }

// Distribution is what Decoder.dist reads: a duration, or a mapping with its one name.
func (s *Schemas) Distribution() Schema {
	return s.Define("distribution", func() Schema {
		names := map[string]Schema{}
		for _, known := range Distributions() {
			names[known.Name] = known.schema(s).Describe(known.Doc + ": " + known.Example)
		}
		return anyOf(s.Duration(), oneOf(names))
	})
}

// Operation is what Decoder.Operation reads: a list of steps, or {idempotent, steps}.
func (s *Schemas) Operation() Schema {
	return s.Define("operation", func() Schema {
		return anyOf(s.steps(), s.Mapping(map[string]Schema{"steps": s.steps()}, operationSettings{}, "steps"))
	})
}

func (s *Schemas) steps() Schema { return s.List(s.step()) }

func (s *Schemas) step() Schema {
	return s.Define("step", func() Schema {
		kinds := map[string]Schema{}
		for _, known := range Steps() {
			kinds[string(known.Kind)] = known.schema(s).Describe(known.Doc + ": " + known.Example)
		}
		return oneOf(kinds)
	})
}

// branch is a list of steps, or one alone.
func (s *Schemas) branch() Schema { return anyOf(s.steps(), s.step()) }

func (s *Schemas) parallel() Schema {
	of := s.List(s.branch())
	of["minItems"] = 1
	return of
}

func (s *Schemas) choose() Schema {
	return s.List(s.Mapping(map[string]Schema{"steps": s.branch()}, choiceSettings{}, "steps"))
}

func (s *Schemas) repeat() Schema {
	return s.Mapping(map[string]Schema{"steps": s.branch()}, repeatSettings{}, "steps")
}

func (s *Schemas) share() Schema { return s.scalar(reflect.TypeFor[unit.Share](), Field{}) }

func (s *Schemas) size() Schema { return s.scalar(reflect.TypeFor[unit.Bytes](), Field{}) }

func (s *Schemas) durations() Schema { return s.of(reflect.TypeFor[[]time.Duration](), Field{}) }

func (s *Schemas) lognormal() Schema { return s.Struct(lognormal{}) }

func (s *Schemas) pareto() Schema { return s.Struct(pareto{}) }

func (s *Schemas) mix() Schema { return s.List(s.Struct(part{})) }
