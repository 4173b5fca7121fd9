package def

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	names := []string{"payments", "checkout", "catalog", "basket", "p99", "p90"}
	for _, c := range []struct{ name, want string }{
		{"payments", "payments"},
		{"payment", "payments"},
		{"paymetns", "payments"}, // a swap is one edit
		{"Checkuot", "checkout"}, // case is none
		{"catalogue", "catalog"},
		{"p98", "p99"}, // a tie: the first
		{"px9", "p99"},
		{"", ""},
		{"zz", ""},
		{"completely-else", ""},
	} {
		if got := Nearest(c.name, names); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	if got := Nearest("x", nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestHint(t *testing.T) {
	if got := Hint("payment", []string{"payments"}); got != `: did you mean "payments"?` {
		t.Error(got)
	}
	if got := Hint("nothing-like-it", []string{"payments"}); got != "" {
		t.Error(got)
	}
}

func TestEditsIsADistance(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := edits(a, b)
		if d != edits(b, a) {
			t.Fatal("not symmetric")
		}
		if (d == 0) != (a == b) {
			t.Fatalf("distance %d", d)
		}
		if d < abs(len(a)-len(b)) || d > max(len(a), len(b)) {
			t.Fatalf("distance %d out of its bounds", d)
		}
	})
}
