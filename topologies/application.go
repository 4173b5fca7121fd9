package topologies

import (
	"windtunnel/topologies/decode"
	"windtunnel/topologies/work"
)

// Application is what a system does, with no word of how it is deployed.
type Application struct {
	Name       string
	Components []Component // in the file's order
	Entries    []Entry     // in the file's order
	Pos        decode.Pos
}

// Component is a unit that could be deployed alone.
type Component struct {
	Name       string
	Operations []work.Operation // in the file's order; names are "component.operation"
	Pos        decode.Pos
}

// Entry is an operation that the outside may ask for, under its own name.
type Entry struct {
	Name      string
	Operation string // "component.operation"
	Pos       decode.Pos
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
