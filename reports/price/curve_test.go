package price

import (
	"fmt"
	"testing"
)

func TestLadder(t *testing.T) {
	if got := fmt.Sprint(Ladder(Whole(40))); got != "[0.1 0.2 0.5 1 2 5 10 20]" {
		t.Error(got)
	}
	if got := Ladder(Number{}); len(got) != 0 {
		t.Errorf("up to nothing: %v", got)
	}
}

// The points of a curve are those of the bills.
func TestCurve(t *testing.T) {
	s := Defaults()
	a := mustPrice(t, shop(), &s)
	for _, p := range a.Curve(Ladder(Whole(500))).Points {
		if bill := a.month([]stretch{{p.Rate, Whole(MonthHours)}}, true).Total; bill.Compare(p.Cost) != 0 {
			t.Errorf("at %s/s the curve is at %s, the bill at %s", p.Rate, p.Cost, bill)
		}
	}
}
