package main

import (
	"strings"
	"testing"

	"windtunnel/reports/render"
)

const explained = `fault kill: ends every instance of a node at once
With for: it is held down.
Without it is over at once, and replaced.

  - {name: payments-down, kill: {component: payments}}

settings:
  component  text       a component, wherever it is hosted
    from     a mapping  the calling one`

func TestFold(t *testing.T) {
	if got := fold(explained, 0, false); got != explained {
		t.Errorf("without a terminal it is\n%s", got)
	}
	want := `fault kill: ends every instance of a
  node at once
With for: it is held down. Without it is
over at once, and replaced.

  - {name: payments-down, kill: {component: payments}}

settings:
  component  text       a component,
                        wherever it is
                        hosted
    from     a mapping  the calling one`
	if got := fold(explained, 40, false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	listed := "BOOKS\n  one  the first of all there are\n    two  the second"
	if got, want := fold(listed, 24, true), "BOOKS\n  one  the first of all\n       there are\n    two  the second"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	priced := "price book x: y\n\n  requests, per million: the first 1 free, then 0.2\n    counted"
	if got, want := fold(priced, 30, true), "price book x: y\n\n  requests, per million: the\n    first 1 free, then 0.2\n    counted"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Nothing that is explained is lost, and all but code fits.
func TestEverythingFolds(t *testing.T) {
	for _, s := range shelves() {
		for _, one := range s.things {
			if one.how == file {
				continue
			}
			text := one.explain()
			folded := fold(text, 64, one.how == allText)
			if got, want := strings.Join(strings.Fields(folded), ""), strings.Join(strings.Fields(text), ""); got != want {
				t.Errorf("%s is now\n%s", one.name, folded)
			}
			if one.how != allText {
				continue
			}
			for line := range strings.SplitSeq(folded, "\n") {
				if render.Width(line) > 64 {
					t.Errorf("%s: %q is %d wide", one.name, line, render.Width(line))
				}
			}
		}
	}
}
