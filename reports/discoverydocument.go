package reports

import (
	"fmt"
	"math"
	"strings"
)

// maxTargetRows bounds the instances that are listed one by one.
const maxTargetRows = 24

// discoverySection is about finding instances: how long callers went on asking
// dead ones, when new ones got their share, and how old a view grew.
func (a *Analysis) discoverySection() Section {
	if len(a.Discovery) == 0 {
		return Section{}
	}
	s := Section{Name: "discovery", Title: a.discoveryTitle(), Blocks: []Block{a.viewTable()}}
	if t := a.targetTable(); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

func (a *Analysis) discoveryTitle() string {
	longest, attempts, ended, joined, came, oldest := 0.0, uint64(0), false, 0.0, false, 0.0
	for _, d := range a.Discovery {
		asked, sent, any := d.Lingered()
		longest, attempts, ended = max(longest, asked), attempts+sent, ended || any
		after, any := d.Joined()
		joined, came = max(joined, after), came || any
		oldest = max(oldest, d.OldestMS)
	}
	var parts []string
	switch {
	case ended && attempts == 0:
		parts = append(parts, "no dead instance was asked")
	case ended:
		parts = append(parts, fmt.Sprintf("a dead instance was asked for up to %s ms (%s)", number(longest), counted(int(attempts), "attempt")))
	}
	switch {
	case came && math.IsInf(joined, 1):
		parts = append(parts, "not every new one got its share")
	case came:
		parts = append(parts, fmt.Sprintf("a new one had its share after %s ms at most", number(joined)))
	}
	if oldest > 0 {
		parts = append(parts, fmt.Sprintf("what callers knew was up to %s ms old", number(oldest)))
	}
	if len(parts) == 0 {
		return "No instance came or went"
	}
	title := strings.Join(parts, "; ")
	return strings.ToUpper(title[:1]) + title[1:]
}

// viewTable has a row for each edge.
func (a *Analysis) viewTable() *Table {
	t := &Table{Columns: []Column{{Title: "edge"}, {Title: "found by"}, {Title: "oldest view ms", Number: true}, {Title: "ended", Number: true, Spare: 2},
		{Title: "asked dead ms", Number: true}, {Title: "attempts", Number: true}, {Title: "new", Number: true, Spare: 2}, {Title: "share after ms", Number: true}},
		Note: "A view's age is the time since its source has confirmed it. A dead instance is asked until the last attempt that was sent to it after its end."}
	for _, d := range a.Discovery {
		asked, attempts, ended := d.Lingered()
		after, came := d.Joined()
		row := []Cell{text(d.From + " → " + d.To), text(d.How), zeroOr(d.OldestMS), zeroMuted(len(d.Dead))}
		if ended {
			row = append(row, zeroOr(asked), zeroMuted(attempts))
		} else {
			row = append(row, muted("–"), muted("–"))
		}
		t.Rows = append(t.Rows, append(row, zeroMuted(len(d.New)), shareCell(after, came)))
	}
	return t
}

func shareCell(after float64, came bool) Cell {
	switch {
	case !came:
		return muted("–")
	case math.IsInf(after, 1):
		return Cell{Text: "never", Tone: Doubt}
	}
	return zeroOr(after)
}

// targetTable has a row for each instance that ended or came, as far as they are few.
func (a *Analysis) targetTable() *Table {
	t := &Table{Columns: []Column{{Title: "edge"}, {Title: "instance"}, {Title: "what"}, {Title: "at s", Number: true}, {Title: "then for ms", Number: true}, {Title: "attempts", Number: true, Spare: 1}},
		Note: "A new instance has its share from the first attempt on from which it gets, over one second, half of an even share at least."}
	total := 0
	add := func(cells ...Cell) {
		if total++; total <= maxTargetRows {
			t.Rows = append(t.Rows, cells)
		}
	}
	for _, d := range a.Discovery {
		edge := text(d.From + " → " + d.To)
		for _, i := range d.Dead {
			add(edge, text(i.Instance), text("ended, and was still asked"), text(number(i.AtMS/1000)), zeroOr(i.AskedMS), zeroMuted(i.Attempts))
		}
		for _, i := range d.New {
			after := math.Inf(1)
			if i.ShareMS != nil {
				after = *i.ShareMS
			}
			add(edge, text(i.Instance), text("came, and waited for its share"), text(number(i.ReadyMS/1000)), shareCell(after, true), muted("–"))
		}
	}
	if total > maxTargetRows {
		t.Note += fmt.Sprintf(" %s more are in run.json.", count(total-maxTargetRows))
	}
	return t
}
