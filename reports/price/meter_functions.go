package price

func init() {
	registerMeter("invocations", "invocations of functions, those that failed too", Meter{of: things,
		traffic: func(b *Book, _ *Line, n *Node) Number { return counted(n, b.onDemand) }})
	registerMeter("invocation-memory", "the time of each invocation times the function's memory\n"+
		"Each is rounded up alone, by `round_up` and `minimum`.", Meter{of: memoryTime,
		traffic: func(b *Book, l *Line, n *Node) Number {
			size, _ := b.billed(Size{n.CPU, n.Memory})
			return busy(n, l, b.onDemand).Times(size.gibibytes())
		}})
	registerMeter("invocation-cpu", "the time of each invocation times the function's CPU", Meter{of: coreTime,
		traffic: func(b *Book, l *Line, n *Node) Number {
			size, _ := b.billed(Size{n.CPU, n.Memory})
			return busy(n, l, b.onDemand).Times(size.cores())
		}})
	registerMeter("provisioned-invocations", "invocations that provisioned capacity served", Meter{of: things, provisioned: true,
		traffic: func(_ *Book, _ *Line, n *Node) Number { return counted(n, provisioned) }})
	registerMeter("provisioned-invocation-memory", "the time of each invocation that provisioned capacity served, times memory",
		Meter{of: memoryTime, provisioned: true, traffic: func(b *Book, l *Line, n *Node) Number {
			size, _ := b.billed(Size{n.CPU, n.Memory})
			return busy(n, l, provisioned).Times(size.gibibytes())
		}})
	registerMeter("provisioned-memory", "the time for which capacity was provisioned, used or idle, times memory",
		Meter{of: memoryTime, provisioned: true, standing: func(_ *Book, l *Line, nodes []*stand) []Number {
			return eachStand(nodes, func(s *stand) Number {
				if s.node.Function == nil {
					return Number{}
				}
				kept := s.node.Function.Provisioned
				return s.lived(l, kept, Whole(int64(len(kept)))).Times(s.size.gibibytes())
			})
		}})
}

// onDemand says whether an invocation is billed at the usual prices.
func (b *Book) onDemand(i *Invocation) bool { return !i.Provisioned || !b.provisions() }

func provisioned(i *Invocation) bool { return i.Provisioned }

// counted returns how many invocations there were of a sort.
func counted(n *Node, of func(*Invocation) bool) Number {
	total := int64(0)
	for i := range n.invocations() {
		if in := &n.Function.Invocations[i]; of(in) {
			total += max(0, in.Count)
		}
	}
	return Whole(total)
}

// busy adds up the billed time of the invocations of a sort, in seconds. The
// time of a start is rounded together with the invocation that waited for it,
// as Lambda's report of a cold invocation does.
func busy(n *Node, l *Line, of func(*Invocation) bool) Number {
	var total total128
	for i := range n.invocations() {
		in := &n.Function.Invocations[i]
		if !of(in) {
			continue
		}
		d := in.Duration
		if l.Init {
			d += in.Init
		}
		total.add(in.Count, l.billedTime(d))
	}
	return total.seconds()
}

// invocations returns the invocations of a function, none of any other kind.
func (n *Node) invocations() []Invocation {
	if n.Function == nil {
		return nil
	}
	return n.Function.Invocations
}

func eachStand(nodes []*stand, of func(*stand) Number) []Number {
	counts := make([]Number, len(nodes))
	for i, s := range nodes {
		counts[i] = of(s)
	}
	return counts
}
