package price

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/unit"
)

// drawNode makes up a node with something of everything that a meter counts.
func drawNode(t *rapid.T, name, kind string) Node {
	n := Node{
		Name: name, Kind: kind,
		CPU:      unit.CPU(rapid.IntRange(0, 80).Draw(t, "tenths of cores")) / 10,
		Memory:   unit.Bytes(rapid.Int64Range(0, int64(40*gi)).Draw(t, "memory")),
		Requests: rapid.Int64Range(0, 1e12).Draw(t, "requests"), Bytes: rapid.Int64Range(0, 1e15).Draw(t, "bytes"),
		Messages: rapid.Int64Range(0, 1e12).Draw(t, "messages"), Replicas: rapid.IntRange(0, 3).Draw(t, "replicas"),
		CPUPerRequest: time.Duration(rapid.IntRange(0, 1e8).Draw(t, "CPU a request")),
	}
	for range rapid.IntRange(0, 4).Draw(t, "instances") {
		n.Instances = append(n.Instances, drawLife(t))
	}
	if kind != "function" {
		return n
	}
	n.Function = &Function{}
	for range rapid.IntRange(0, 3).Draw(t, "provisioned") {
		n.Function.Provisioned = append(n.Function.Provisioned, drawLife(t))
	}
	for range rapid.IntRange(0, 4).Draw(t, "invocations") {
		n.Function.Invocations = append(n.Function.Invocations, Invocation{
			Duration: time.Duration(rapid.Int64Range(0, int64(15*time.Minute)).Draw(t, "duration")),
			Init:     time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "init")),
			Count:    rapid.Int64Range(0, 1e11).Draw(t, "count"), Provisioned: rapid.Bool().Draw(t, "is provisioned"),
		})
	}
	return n
}

func drawLife(t *rapid.T) Lifetime {
	start := time.Duration(rapid.Int64Range(-int64(hour), int64(month)).Draw(t, "start"))
	return Lifetime{start, start + time.Duration(rapid.Int64Range(-int64(hour), int64(month)).Draw(t, "for"))}
}

// drawPriced makes up usage of one or two nodes that live on a shipped book.
func drawPriced(t *rapid.T) (string, Usage, *Settings) {
	book := rapid.SampledFrom(Books().All()).Draw(t, "book").New()
	kind := rapid.SampledFrom(append(append([]string{}, book.For...), book.Also...)).Draw(t, "kind")
	u := Usage{Requests: rapid.Int64Range(0, 1e9).Draw(t, "all requests"), Length: time.Duration(rapid.Int64Range(0, int64(hour)).Draw(t, "length"))}
	s := Defaults()
	s.FreeTier = rapid.Bool().Draw(t, "free tier")
	s.set(kind, book.Name)
	u.Nodes = append(u.Nodes, drawNode(t, "one", kind))
	if rapid.Bool().Draw(t, "a second") {
		u.Nodes = append(u.Nodes, drawNode(t, "two", kind))
	}
	return book.Name, u, &s
}

func mustPrice(t interface{ Fatal(...any) }, u *Usage, s *Settings) *Architecture {
	a, err := NewArchitecture("a", u, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// No usage costs less than nothing, and the nodes' parts add up to the whole.
func TestBillsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book, u, s := drawPriced(t)
		a := mustPrice(t, &u, s)
		rate := unit.Rate(rapid.IntRange(0, 100_000).Draw(t, "rate"))
		for name, b := range map[string]Bill{"run": a.Run(), "month": a.Month(Traffic{Rate: rate})} {
			parts, lines := Number{}, Number{}
			for _, n := range b.Nodes {
				parts = parts.Plus(n.Cost)
				if n.Cost.Sign() < 0 {
					t.Fatalf("%s, %s: %s costs %s", book, name, n.Node, n.Cost)
				}
			}
			for _, c := range b.Charges {
				lines = lines.Plus(c.Cost)
				if c.Cost.Sign() < 0 || c.Amount.Sign() <= 0 {
					t.Fatalf("%s, %s: %s costs %s for %s", book, name, c.Charge, c.Cost, c.Amount)
				}
			}
			if parts.Compare(b.Total) != 0 || lines.Compare(b.Total) != 0 {
				t.Fatalf("%s, %s: nodes %s, lines %s, total %s", book, name, parts, lines, b.Total)
			}
		}
	})
}

// More of anything never costs less.
func TestMonotone(t *testing.T) {
	more := map[string]func(*Node){
		"memory":   func(n *Node) { n.Memory += n.Memory/3 + 1 },
		"CPU":      func(n *Node) { n.CPU += n.CPU / 2 },
		"requests": func(n *Node) { n.Requests += 1_000_003 },
		"bytes":    func(n *Node) { n.Bytes += 1_000_000_007 },
		"messages": func(n *Node) { n.Messages++ },
		"instances": func(n *Node) {
			n.Instances = append(n.Instances[:len(n.Instances):len(n.Instances)], Lifetime{0, hour})
		},
		"invocation": func(n *Node) { n.addInvocation(Invocation{Duration: time.Nanosecond, Count: 1}) },
		"longer life": func(n *Node) {
			n.Instances = append([]Lifetime{}, n.Instances...)
			for i := range n.Instances {
				n.Instances[i].End += time.Minute
			}
		},
		"longer": func(n *Node) {
			if n.Function != nil {
				f := *n.Function
				f.Invocations = append([]Invocation{}, f.Invocations...)
				for i := range f.Invocations {
					f.Invocations[i].Duration += time.Microsecond
				}
				n.Function = &f
			}
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		book, u, s := drawPriced(t)
		what := rapid.SampledFrom([]string{"memory", "CPU", "requests", "bytes", "messages", "instances", "invocation", "longer life", "longer"}).Draw(t, "more")
		for i := range u.Nodes { // no limit is taken for some limit: a small one may cost less
			u.Nodes[i].CPU, u.Nodes[i].Memory = max(u.Nodes[i].CPU, 0.1), max(u.Nodes[i].Memory, mi)
		}
		changed := *u.with(more[what])
		free := s.FreeTier
		before, after := mustPrice(t, &u, s).billed(free), mustPrice(t, &changed, s).billed(free)
		if after.Compare(before) < 0 {
			t.Fatalf("%s: with more %s it costs %s instead of %s", book, what, after, before)
		}
	})
}

func (n *Node) addInvocation(i Invocation) {
	if n.Function == nil {
		return
	}
	f := *n.Function
	f.Invocations = append(f.Invocations[:len(f.Invocations):len(f.Invocations)], i)
	n.Function = &f
}

// Two nodes cost together what they cost apart, where nothing is free, no tier
// ends and no machine is shared; otherwise never more.
func TestAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, u, s := drawPriced(t)
		if len(u.Nodes) < 2 {
			u.Nodes = append(u.Nodes, u.Nodes[0])
			u.Nodes[1].Name = "two"
		}
		known, _ := Books().Lookup(name)
		book := *known.New()
		tiered := book.Machine.CPU > 0
		for _, l := range book.Lines {
			tiered = tiered || len(l.Tiers) > 0
		}
		first, second := u, u
		first.Nodes, second.Nodes = u.Nodes[:1], u.Nodes[1:2]
		together := mustPrice(t, &u, s).Run().Total
		apart := mustPrice(t, &first, s).Run().Total.Plus(mustPrice(t, &second, s).Run().Total)
		if !tiered && together.Compare(apart) != 0 || together.Compare(apart) > 0 {
			t.Fatalf("%s: together %s, apart %s", name, together, apart)
		}
	})
}

// Equal invocations may be counted together, and the order does not matter.
func TestInvocationsCountedTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNode(t, "f", "function")
		s := Defaults()
		whole := mustPrice(t, &Usage{Nodes: []Node{n}}, &s).billed(true)
		apart := n
		apart.Function = &Function{Provisioned: n.Function.Provisioned}
		for i := range n.Function.Invocations {
			in := n.Function.Invocations[len(n.Function.Invocations)-1-i]
			half := in
			half.Count /= 2
			in.Count -= half.Count
			apart.Function.Invocations = append(apart.Function.Invocations, half, in)
		}
		if got := mustPrice(t, &Usage{Nodes: []Node{apart}}, &s).billed(true); got.Compare(whole) != 0 {
			t.Fatalf("apart %s, together %s", got, whole)
		}
	})
}

// A month of a higher rate never costs less.
func TestMonotoneInRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book, u, s := drawPriced(t)
		a := mustPrice(t, &u, s)
		low := Whole(rapid.Int64Range(0, 100_000).Draw(t, "thousandths")).Over(Whole(1000))
		high := low.Plus(Whole(rapid.Int64Range(0, 100_000).Draw(t, "more thousandths")).Over(Whole(1000)))
		if a.At(high).Compare(a.At(low)) < 0 {
			t.Fatalf("%s: %s/s costs %s and %s/s %s", book, low, a.At(low), high, a.At(high))
		}
	})
}
