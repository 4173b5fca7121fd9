package price

import (
	"fmt"
	"strings"
)

// Text prints the book for `explain`: every line with how it is billed and where
// it was read.
func (b *Book) Text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "\n%s, %s, in %s; for %s", b.Platform, b.Region, b.Currency, strings.Join(b.For, ", "))
	if len(b.Also) > 0 {
		fmt.Fprintf(&t, ", and also for %s", strings.Join(b.Also, ", "))
	}
	t.WriteString("\n\n")
	for i := range b.Lines {
		l := &b.Lines[i]
		fmt.Fprintf(&t, "  %s, per %s: %s\n    %s\n    %s, read %s (%s)\n", l.Charge, l.Per, l.priceText(), l.countText(), l.Source, l.Read, l.Confidence)
	}
	if len(b.LeavesOut) > 0 {
		fmt.Fprintf(&t, "\n  left out: %s\n", strings.Join(b.LeavesOut, ", "))
	}
	for _, note := range b.Notes {
		fmt.Fprintf(&t, "  %s\n", note)
	}
	return t.String()
}

// priceText is the prices of one in a line: "the first 1 free, then 0.2".
func (l *Line) priceText() string {
	var parts []string
	if l.Free.Sign() > 0 {
		parts = append(parts, fmt.Sprintf("the first %s free", l.Free.spaced()))
	}
	for _, t := range l.tiers(false) {
		if t.UpTo.Sign() > 0 {
			parts = append(parts, fmt.Sprintf("%s up to %s", t.Price, t.UpTo.spaced()))
		} else {
			parts = append(parts, t.Price.String())
		}
	}
	return strings.Join(parts, ", then ")
}

// countText is what is counted, and how it is rounded.
func (l *Line) countText() string {
	summary := l.Meter
	if known, ok := Meters.Lookup(l.Meter); ok {
		summary = known.Summary()
	}
	if l.Each.Sign() > 0 {
		summary += fmt.Sprintf(", %s for each", l.Each)
	}
	if l.RoundUp > 0 {
		summary += fmt.Sprintf(", up to a multiple of %s", l.RoundUp)
	}
	if l.Minimum > 0 {
		summary += fmt.Sprintf(", at least %s", l.Minimum)
	}
	if l.Init {
		summary += ", with the start that an invocation waits for"
	}
	if l.ConnectionRequests > 0 {
		summary += fmt.Sprintf(", %d requests to a connection", l.ConnectionRequests)
	}
	return summary
}
