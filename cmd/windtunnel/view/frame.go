package view

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
)

// Frame is the picture of the runs in so many columns and rows, at most. It hangs
// on nothing else. help shows the meaning of signs and keys instead.
func Frame(b *Board, width, height int, help bool) string {
	if width < 1 || height < 1 {
		return ""
	}
	s := b.main()
	var lines []line
	switch {
	case help:
		lines = helpLines(width)
	case s == nil:
		lines = []line{text("starting")}
	default:
		lines = body(b, s, width, height-1)
	}
	lines = lines[:min(len(lines), max(0, height-1))]
	for len(lines) < height-1 {
		lines = append(lines, nil)
	}
	lines = append(lines, footer(b, help))
	rows := make([]string, len(lines))
	for i, l := range lines {
		rows[i] = l.draw(width)
	}
	return strings.Join(rows, "\n")
}

func footer(b *Board, help bool) line {
	quit := "q ends it early, with a report"
	if b.Ending {
		quit = "q does not wait for the last replies"
	}
	if help {
		return line{{"? back   " + quit, faint}}
	}
	return line{{quit + "   ? help   ctrl-c interrupts", faint}}
}

// body is all but the footer. What there is no room for gives way in this order:
// the empty lines, events, nodes, entries, checks.
func body(b *Board, s *follow.State, width, height int) []line {
	head := append([]line{title(b, s, width)}, progressBar(s, width, height)...)
	if stage := stageLine(s, b.Ending); stage != nil {
		head = append(head, stage)
	}
	if others := besides(b, s); others != nil {
		head = append(head, others)
	}
	head = append(head, doubts(s)...)
	standing := s.Stage == follow.Loading || s.Stage == follow.Draining
	rows := share(height-len(head), []int{tall(len(s.Entries)), tall(len(s.Nodes)), tall(len(s.Checks)), min(len(s.Events), height)})
	parts := [][]line{
		fitted(s.Entries, rows[0], nil, func(list []follow.Entry) []line { return entries(list, width) }),
		fitted(s.Nodes, rows[1], worstFirst, func(list []follow.Node) []line { return nodes(list, standing, width) }),
		fitted(s.Checks, rows[2], openFirst, func(list []reports.LiveCheck) []line { return checks(list, width) }),
		events(s, rows[3]),
	}
	spare := height - len(head)
	for i := range parts {
		spare -= len(parts[i])
	}
	lines := head
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if spare > 0 {
			lines = append(lines, nil)
			spare--
		}
		lines = append(lines, part...)
	}
	return lines
}

// share gives each part its rows, or as many as there are: entries and events a
// few, checks and nodes the most, as many the ones as the others, and events what
// is left.
func share(height int, wants []int) []int {
	const few = 3
	rows := make([]int, len(wants))
	left := height
	take := func(i, most int) {
		n := max(0, min(wants[i]-rows[i], min(most-rows[i], left)))
		rows[i] += n
		left -= n
	}
	take(0, 2) // the heading and total
	take(2, 2+few)
	take(1, 2+few)
	take(3, few)
	for most := 2 + few + 1; left > 0 && most <= max(wants[1], wants[2]); most++ {
		take(1, most)
		take(2, most)
	}
	take(0, wants[0])
	left = max(0, left-len(wants)) // empty lines between them
	take(3, wants[3])
	return rows
}

// tall is how many rows a table of so many takes: none where there is nothing.
func tall(count int) int {
	if count == 0 {
		return 0
	}
	return 1 + count
}

// fitted is the table of a list in so many rows. Where they are too few for all,
// those are shown that order puts first, and how many more there are.
func fitted[T any](list []T, rows int, order func([]T) []T, table func([]T) []line) []line {
	switch {
	case len(list) == 0 || rows < 2: // a heading alone
		return nil
	case len(list) < rows:
		return table(list)
	case order != nil:
		list = order(list)
	}
	if rows == 2 {
		return table(list[:1])
	}
	shown := rows - 2
	return append(table(list[:shown]), line{{fmt.Sprintf("… and %d more", len(list)-shown), faint}})
}

// title says what runs, and which of how many.
func title(b *Board, s *follow.State, width int) line {
	left := line{{s.Scenario + " on " + s.Topology, strong}}
	if params := setting(s); params != "" {
		left = append(left, piece{"  " + params, plain})
	}
	right := line{}
	if b.Of > 1 {
		right = append(right, piece{fmt.Sprintf("run %d of %d ", s.Number, b.Of), plain})
		if b.Of <= 20 {
			for _, r := range b.Runs {
				right = append(right, mark(r))
			}
			right = append(right, piece{strings.Repeat("·", max(0, b.Of-len(b.Runs))), faint})
		}
		right = append(right, piece{"  ", plain})
	}
	where := s.Backend
	if s.Engine == "simulated" {
		where = "simulated"
	}
	return apart(left, append(right, piece{fmt.Sprintf("%s, seed %d", where, s.Seed), faint}), width)
}

// besides says what else goes on.
func besides(b *Board, s *follow.State) line {
	var also []string
	for _, r := range b.Runs {
		if r != s && r.Stage != follow.Over {
			also = append(also, fmt.Sprintf("run %d, %s of %s", r.Number, short(r.Now.Round(1e9)), short(r.Length())))
		}
	}
	if also == nil {
		return nil
	}
	return line{{"beside it: " + strings.Join(also, "; "), faint}}
}

// doubts say what the figures are not to be trusted for.
func doubts(s *follow.State) []line {
	var lines []line
	if limit := s.Generator.MaxLateness.Duration(); limit > 0 && s.Lateness > limit {
		lines = append(lines, line{{fmt.Sprintf("the load generator is late by %s (p99), more than the limit of %s",
			reports.Duration(s.Lateness), reports.Duration(limit)), doubtful}})
	}
	if s.Dropped > 0 {
		lines = append(lines, line{{fmt.Sprintf("%s requests and samples came too fast to be shown; they are recorded", reports.Number(float64(s.Dropped))), doubtful}})
	}
	return lines
}

func helpLines(width int) []line {
	rows := []struct{ sign, words string }{
		{"", "Figures are over the last three whole seconds; each bar of a trend is one second, red where requests failed."},
		{"", "p50 and p99 are of replies that succeeded: an entry's from the instant at which they were meant to be asked for, a node's from their arrival at it."},
		{"", ""},
		{"2/2", "instances that serve, of those that are to; +1 starts, ~1 is kept frozen until it is wanted"},
		{"callers", "the mean time of a request to the node, as those who ask it saw it"},
		{"busy", "requests that hold a worker; queue: those that wait for one"},
		{"↯", "a fault holds on the node"},
		{"breaker", "the worst state among the breakers of those who call the node, and how many are open"},
		{"", ""},
		{"✓ ✗", "the check's window is over: it was kept, or broken"},
		{"+ !", "it holds so far, or does not"},
		{"· ?", "nothing to judge yet; cannot be judged here"},
		{"", ""},
		{"q", "ends the load, waits for the last replies, takes everything down and reports; the run is partial, exit code 3"},
		{"q q", "does not wait for the replies"},
		{"ctrl-c", "interrupts: exit code 130; what is recorded is kept, marked partial"},
	}
	var lines []line
	for _, r := range rows {
		sign := r.sign
		for words := range strings.SplitSeq(ansi.Wordwrap(r.words, max(20, width-9), ""), "\n") {
			lines = append(lines, line{{fmt.Sprintf("%-9s", sign), strong}, {words, plain}})
			sign = ""
		}
	}
	return lines
}
