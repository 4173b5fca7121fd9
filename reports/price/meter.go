package price

import "windtunnel/topologies/def"

// Meters registers what a price book's line may count.
var Meters = def.NewRegistry[Meter]("meter")

// Meter counts one thing in usage. Exactly one of its functions is set.
type Meter struct {
	of          dimension
	provisioned bool // counts what provisioned capacity does
	machines    bool // needs the size of a machine

	// traffic counts what grows with the requests, in one node's record.
	traffic func(b *Book, l *Line, n *Node) Number
	// standing counts what grows with time, for all nodes that live on the book together.
	standing func(b *Book, l *Line, nodes []*stand) []Number
}

// dimension is what a meter's base unit measures: 1, s, core·s or GiB·s.
type dimension string

const (
	things     dimension = "things"
	elapsed    dimension = "time"
	coreTime   dimension = "CPU over time"
	memoryTime dimension = "memory over time"
)

// stand is how long a node stood there with how many instances: as recorded, or
// in a projection.
type stand struct {
	node *Node
	size Size // billed, of each instance

	projected bool
	instances Number // of the projection, alive all of the time
	hours     Number // of the projection
	beyond    Number // of what provisioned capacity served in the record, the share that it has no room for
}

// lived returns the time of the lifetimes added up, in seconds, each billed as
// the line says. A projection is as long as it is: months have no rounding.
func (s *stand) lived(l *Line, recorded []Lifetime, instances Number) Number {
	if s.projected {
		return instances.Times(s.hours).Times(Whole(3600))
	}
	var total total128
	for _, life := range recorded {
		total.add(1, l.billedTime(life.Length()))
	}
	return total.seconds()
}

func registerMeter(name, doc string, m Meter) {
	Meters.Register(def.Def[Meter]{Name: name, Doc: doc, New: func() Meter { return m }})
}
