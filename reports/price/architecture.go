package price

import (
	"fmt"
)

// Architecture is the usage of one topology with the books that price it.
type Architecture struct {
	Name        string
	Currency    string
	Assumptions []Assumption // what its costs rest on

	usage    *Usage
	settings *Settings
	books    []*priced
}

// priced are the nodes that live on one book.
type priced struct {
	book  *Book
	nodes []*Node
	sizes []Size // billed, by node
	lines []pricedLine
}

// pricedLine is a line with what the record has of it.
type pricedLine struct {
	line    *Line
	meter   Meter
	traffic []Number // by node, in the meter's base unit, of all recorded requests; nil: it counts time
	spilled []Number // the same if provisioned capacity had served nothing
}

// NewArchitecture finds the book of every node. The error names a book that
// there is not, that has no prices for the node, or whose currency is another.
func NewArchitecture(name string, usage *Usage, settings *Settings) (*Architecture, error) {
	a := &Architecture{Name: name, usage: usage, settings: settings}
	for i := range usage.Nodes {
		n := &usage.Nodes[i]
		book, err := settings.of(n)
		switch {
		case err != nil:
			return nil, err
		case book == nil:
			a.assume(n.Name, "not priced ("+n.Kind+")", true)
			continue
		case a.Currency != "" && a.Currency != book.Currency:
			return nil, fmt.Errorf("price %s: %s is in %s, and other books are in %s", n.Name, book.Name, book.Currency, a.Currency)
		}
		a.Currency = book.Currency
		a.put(n, book)
	}
	for _, p := range a.books {
		p.count()
	}
	a.assumeAll()
	return a, nil
}

// Priced says whether any node has a price.
func (a *Architecture) Priced() bool { return len(a.books) > 0 }

func (a *Architecture) put(n *Node, book *Book) {
	var p *priced
	for _, have := range a.books {
		if have.book == book {
			p = have
		}
	}
	if p == nil {
		p = &priced{book: book}
		a.books = append(a.books, p)
	}
	size, _ := book.billed(Size{n.CPU, n.Memory})
	p.nodes, p.sizes = append(p.nodes, n), append(p.sizes, size)
}

// count goes through the record once: projections only multiply what it holds.
func (p *priced) count() {
	for i := range p.book.Lines {
		l := &p.book.Lines[i]
		line := pricedLine{line: l, meter: l.meter()}
		if line.meter.traffic != nil {
			for _, n := range p.nodes {
				line.traffic = append(line.traffic, line.meter.traffic(p.book, l, n))
				line.spilled = append(line.spilled, line.meter.traffic(p.book, l, n.onDemand()))
			}
		}
		p.lines = append(p.lines, line)
	}
}

// recorded are the amounts that the record has, by line and node, in the line's unit.
func (p *priced) recorded() [][]Number {
	stands := make([]*stand, len(p.nodes))
	for i, n := range p.nodes {
		stands[i] = &stand{node: n, size: p.sizes[i]}
	}
	return p.amounts(stands, Whole(1))
}

// amounts are what each line counts, by node: the traffic of the record so many
// times over, and the stands.
func (p *priced) amounts(stands []*stand, times Number) [][]Number {
	all := make([][]Number, len(p.lines))
	for i, l := range p.lines {
		var counts []Number
		if l.traffic != nil {
			counts = make([]Number, len(l.traffic))
			for j, c := range l.traffic {
				beyond := stands[j].beyond
				counts[j] = c.Plus(l.spilled[j].Minus(c).Times(beyond)).Times(times)
			}
		} else {
			counts = l.meter.standing(p.book, l.line, stands)
		}
		unit := Whole(scales[l.line.Per].by)
		if l.line.Each.Sign() > 0 {
			unit = unit.Over(l.line.Each)
		}
		for j, c := range counts {
			counts[j] = c.Over(unit)
		}
		all[i] = counts
	}
	return all
}
