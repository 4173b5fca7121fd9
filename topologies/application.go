package topologies

import (
	"windtunnel/topologies/decode"
	"windtunnel/topologies/keys"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Application is what a system does, with no word of how it is deployed.
type Application struct {
	Name       string
	Components []Component // in the file's order
	Entries    []Entry     // in the file's order
	Schedules  []Schedule  // in the file's order
	Pos        decode.Pos
}

// Component is a unit that could be deployed alone.
type Component struct {
	Name       string
	Operations []work.Operation // in the file's order; names are "component.operation"
	Pos        decode.Pos
}

// Entry is an operation that the outside may ask for, under its own name. Its
// short form is the operation alone, asked as POST /NAME; where no gateway takes
// it in, method and path are the node's own.
type Entry struct {
	Name      string      `yaml:"-"`
	Operation string      `yaml:"operation,value" required:"true" doc:"an operation such as checkout.place"`
	Key       keys.Source `yaml:"key" doc:"what its requests are about, by how often each is asked for, such as {zipf: {s: 1.1, of: 10000}}; none: nothing that is told apart"`
	// Priority is Normal where nothing else is said.
	Priority policy.Priority `yaml:"priority" default:"normal" oneof:"low,normal,high" doc:"of its requests and all that they cause, where a node sheds load"`
	Request  `yaml:",inline"`
	Pos      decode.Pos `yaml:"-"` // of the operation
}

// Vet checks that the fields agree.
func (e *Entry) Vet(add func(key, message string)) {
	if e.Path != "" {
		e.vetPath(add)
	}
	e.vet(add)
}

// Operation finds an operation by its full name.
func (a *Application) Operation(name string) (work.Operation, bool) {
	for _, c := range a.Components {
		for _, op := range c.Operations {
			if op.Name == name {
				return op, true
			}
		}
	}
	return work.Operation{}, false
}

// Component finds a component by its name.
func (a *Application) Component(name string) (Component, bool) {
	for _, c := range a.Components {
		if c.Name == name {
			return c, true
		}
	}
	return Component{}, false
}
