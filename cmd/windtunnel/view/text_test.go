package view

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"windtunnel/cmd/windtunnel/follow"
)

// What names, reasons and errors hold moves no cursor, changes no colour and
// turns no line around.
func TestHostileText(t *testing.T) {
	hostile := "a\x1b[2J\x1b]0;title\a\u202eb\r\nc\u0000"
	s := played(15 * second).State()
	s.Scenario, s.Topology, s.Faults[0].Name, s.Phases[1].Name = hostile, hostile, hostile, hostile
	s.Entries[1].Name, s.Nodes[2].Name, s.Nodes[3].Faults = hostile, hostile, []string{hostile}
	s.Checks[0].That, s.Checks[2].Reason, s.Events[0].Text = hostile, hostile, hostile
	drawn := Frame(&Board{Of: 1, Runs: []*follow.State{s}}, 100, 40, false)
	for row := range strings.SplitSeq(drawn, "\n") {
		if i := strings.IndexAny(ansi.Strip(row), "\x1b\a\r\x00\u202e"); i >= 0 {
			t.Errorf("%q", row)
		}
		for _, piece := range strings.Split(row, "\x1b")[1:] {
			if !strings.HasPrefix(piece, "[") || strings.ContainsAny(piece[:strings.IndexAny(piece, "mJHK]")+1], "JHK]") {
				t.Errorf("a control of its own: %q in %q", piece, row)
			}
		}
	}
	if !strings.Contains(ansi.Strip(drawn), "a·[2J") {
		t.Errorf("the text is not there:\n%s", drawn)
	}
}

// At any size and any instant the picture fills the terminal exactly, and no row
// is wider than it.
func TestFrameFits(t *testing.T) {
	states, crowded := map[time.Duration]*follow.State{}, crowd()
	for _, at := range []time.Duration{0, 5 * second, 13 * second, 22 * second, 36 * second} {
		states[at] = played(at).State()
	}
	rapid.Check(t, func(t *rapid.T) {
		s := *crowded
		if !rapid.Bool().Draw(t, "crowded") {
			s = *states[rapid.SampledFrom([]time.Duration{0, 5 * second, 13 * second, 22 * second, 36 * second}).Draw(t, "at")]
		}
		s.Stage = rapid.SampledFrom([]follow.Stage{follow.Starting, follow.Loading, follow.Draining, follow.Removing, follow.Analysing, follow.Over}).Draw(t, "stage")
		s.Engine = rapid.SampledFrom([]string{"live", "simulated"}).Draw(t, "engine")
		b := &Board{Of: rapid.IntRange(1, 30).Draw(t, "of"), Ending: rapid.Bool().Draw(t, "ending")}
		for range rapid.IntRange(0, 3).Draw(t, "runs") {
			b.Runs = append(b.Runs, &s)
		}
		width, height := rapid.IntRange(1, 220).Draw(t, "width"), rapid.IntRange(1, 70).Draw(t, "height")
		rows := strings.Split(Frame(b, width, height, rapid.Bool().Draw(t, "help")), "\n")
		if len(rows) != height {
			t.Fatalf("%d rows of %d", len(rows), height)
		}
		for _, r := range rows {
			if w := ansi.StringWidth(r); w > width {
				t.Fatalf("%d columns of %d: %q", w, width, ansi.Strip(r))
			}
		}
	})
}

// However short the terminal is, total, what is out of order and the checks are
// the last to go.
func TestWhatGivesWay(t *testing.T) {
	for _, c := range []struct {
		height int
		want   []string
	}{
		{14, []string{"total", "0/2", "payments-down", "recovery.time"}},
		{24, []string{"total", "browse", "0/2", "catalog", "recovery.time", "breaker checkout>payments: closed → open"}},
	} {
		drawn := ansi.Strip(Frame(board(played(15*second)), 100, c.height, false))
		for _, want := range c.want {
			if !strings.Contains(drawn, want) {
				t.Errorf("at %d rows there is no %q:\n%s", c.height, want, drawn)
			}
		}
	}
}

// Of a long name both ends are kept.
func TestShortNames(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
		want string
	}{
		{"payments", 8, "payments"},
		{"payments-front", 9, "paym…ront"},
		{"payments-front", 8, "paym…ont"},
		{"支払い支払い", 7, "支…い"}, // each takes two columns
		{"支払い支払い", 8, "支払…い"},
		{"a\x1bb", 3, "a·b"},
		{"payments", 2, "payments"},
	} {
		if got := shortName(c.name, c.size); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.name, c.size, got, c.want)
		}
	}
}
