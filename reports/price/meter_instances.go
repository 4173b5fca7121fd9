package price

import (
	"cmp"
	"slices"
	"time"
)

func init() {
	registerMeter("instance-cpu", "the time for which each instance lives, busy or not, times its CPU limit", Meter{of: coreTime,
		standing: func(_ *Book, l *Line, nodes []*stand) []Number {
			return eachStand(nodes, func(s *stand) Number {
				return s.lived(l, s.node.Instances, s.instances).Times(s.size.cores())
			})
		}})
	registerMeter("instance-memory", "the time for which each instance lives, busy or not, times its memory limit", Meter{of: memoryTime,
		standing: func(_ *Book, l *Line, nodes []*stand) []Number {
			return eachStand(nodes, func(s *stand) Number {
				return s.lived(l, s.node.Instances, s.instances).Times(s.size.gibibytes())
			})
		}})
	registerMeter("nodes", "the time from a node's first start to its last stop, however many instances it has", Meter{of: elapsed,
		standing: func(_ *Book, l *Line, nodes []*stand) []Number {
			return eachStand(nodes, func(s *stand) Number { return s.there(l) })
		}})
	registerMeter("machines", "as many machines as the limits of all instances alive fill, over time\n"+
		"The nodes on one book share its machines.", Meter{of: elapsed, machines: true, standing: machines})
}

// there returns how long the node was there, in seconds.
func (s *stand) there(l *Line) Number {
	if s.projected {
		return s.hours.Times(Whole(3600))
	}
	if len(s.node.Instances) == 0 {
		return Number{}
	}
	first, last := s.node.Instances[0].Start, s.node.Instances[0].End
	for _, life := range s.node.Instances {
		first, last = min(first, life.Start), max(last, life.End)
	}
	return seconds(l.billedTime(last - first))
}

// machines counts the machine time of all nodes together, and gives each its
// part by the larger of its CPU and memory: what makes another machine needed.
func machines(b *Book, l *Line, nodes []*stand) []Number {
	parts := eachStand(nodes, func(s *stand) Number {
		return s.lived(&Line{}, s.node.Instances, s.instances).Times(b.share(s.size))
	})
	whole := sum(parts)
	var total Number
	if len(nodes) > 0 && nodes[0].projected {
		total = projectedMachines(b, nodes)
	} else {
		total = recordedMachines(b, l, nodes)
	}
	for i, part := range parts {
		parts[i] = total.Times(part).Over(whole)
	}
	return parts
}

// share is the part of a machine that an instance fills.
func (b *Book) share(s Size) Number {
	return s.cores().Over(b.Machine.cores()).atLeast(s.gibibytes().Over(b.Machine.gibibytes()))
}

// filled is the CPU and the memory of instances that are alive together.
type filled struct{ cores, gibibytes Number }

func (f *filled) add(s Size, count Number) {
	f.cores = f.cores.Plus(s.cores().Times(count))
	f.gibibytes = f.gibibytes.Plus(s.gibibytes().Times(count))
}

func (f *filled) machines(b *Book) Number {
	cpu, memory := f.cores.Over(b.Machine.cores()), f.gibibytes.Over(b.Machine.gibibytes())
	return cpu.atLeast(memory).Ceiling()
}

func projectedMachines(b *Book, nodes []*stand) Number {
	var f filled
	for _, s := range nodes {
		f.add(s.size, s.instances)
	}
	return f.machines(b).Times(nodes[0].hours).Times(Whole(3600))
}

// recordedMachines goes through the starts and stops in order. A machine is
// taken to be there as long as it is needed, and the whole at least as long as
// the line's minimum.
func recordedMachines(b *Book, l *Line, nodes []*stand) Number {
	type change struct {
		at    time.Duration
		size  Size
		count int64
	}
	var changes []change
	for _, s := range nodes {
		for _, life := range s.node.Instances {
			if life.Length() > 0 {
				changes = append(changes, change{life.Start, s.size, 1}, change{life.End, s.size, -1})
			}
		}
	}
	if len(changes) == 0 {
		return Number{}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	var f filled
	var total, most Number
	for i, c := range changes {
		if i > 0 && c.at > changes[i-1].at {
			needed := f.machines(b)
			total = total.Plus(needed.Times(seconds(c.at - changes[i-1].at)))
			most = most.atLeast(needed)
		}
		f.add(c.size, Whole(c.count))
	}
	return total.atLeast(most.Times(seconds(l.Minimum)))
}
