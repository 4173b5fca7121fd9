package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
)

func verdictStyle(v reports.Verdict) lipgloss.Style {
	switch v {
	case reports.Pass:
		return good
	case reports.Fail:
		return bad
	}
	return doubtful
}

// rate is a number of requests per second.
func rate(v float64) piece {
	if v == 0 {
		return piece{"–", faint}
	}
	return piece{reports.Number(v) + "/s", plain}
}

// errorShare is a share of requests that failed, of those there were.
func errorShare(share, of float64) piece {
	switch {
	case of == 0:
		return piece{"–", faint}
	case share == 0:
		return piece{"0 %", faint}
	case share < troubled:
		return piece{reports.Share(share), doubtful}
	}
	return piece{reports.Share(share), badMark}
}

// A name takes so many columns at most, and is cut to so many before others go.
const (
	mostName  = 32
	leastName = 12
)

// entries is the table of what visitors met, the first row total.
func entries(list []follow.Entry, width int) []line {
	columns := []column{{title: "entry", keep: 11, name: true, least: leastName}, {title: "rate", right: true, keep: 10, calm: 7}, {title: "errors", right: true, keep: 9, calm: 6},
		{title: "p50", right: true, keep: 7, calm: 7}, {title: "p99", right: true, keep: 8, calm: 7}, {title: "trend", keep: 6, rest: true}}
	var rows [][]piece
	for i, e := range list {
		p50, p99 := quantiles(e.P50, e.P99, e.Answered)
		name := piece{e.Name, plain}
		if i == 0 {
			name.style = strong
		}
		rows = append(rows, []piece{name, rate(e.Rate), errorShare(e.Errors, e.Rate), p50, p99, {}})
	}
	return table(width, columns, rows, func(row, width int) line { return spark(list[row].Trend, width) })
}

// quantiles are those of so many requests.
func quantiles(p50, p99 time.Duration, of uint64) (piece, piece) {
	if of == 0 {
		return piece{"–", faint}, piece{"–", faint}
	}
	return piece{reports.Duration(p50), plain}, piece{reports.Duration(p99), plain}
}

// nodes is the table of the topology. Where that stands, what does not serve is
// out of order.
func nodes(list []follow.Node, standing bool, width int) []line {
	columns := []column{{title: "node", keep: 13, name: true, least: leastName}, {title: "up", right: true, keep: 12, calm: 6}, {title: "rate", right: true, keep: 9, calm: 7},
		{title: "errors", right: true, keep: 11, calm: 6}, {title: "p50", right: true, keep: 7, calm: 7}, {title: "p99", right: true, keep: 8, calm: 7},
		{title: "callers", right: true, keep: 3, calm: 7}, {title: "busy", right: true, keep: 2}, {title: "queue", right: true, keep: 4},
		{title: "cores", right: true, keep: 5}, {title: "memory", right: true, keep: 1, calm: 7},
		{title: "state", keep: 10, least: 16, calm: 27}, {title: "trend", keep: 6, calm: 12, rest: true}}
	var rows [][]piece
	for i := range list {
		rows = append(rows, nodeRow(&list[i], standing))
	}
	return table(width, columns, rows, func(row, width int) line { return spark(list[row].Trend, width) })
}

func nodeRow(n *follow.Node, standing bool) []piece {
	none := piece{"–", faint}
	often, failed, callers, busy, queued, cores, memory := none, none, none, none, none, none, none
	if n.Sampled {
		often, failed = rate(n.Rate), errorShare(n.Errors, n.Rate)
		busy, queued = piece{fmt.Sprint(n.InFlight), plain}, piece{fmt.Sprint(n.Queued), plain}
		cores = piece{fmt.Sprintf("%.2f", n.CPU), plain}
	}
	p50, p99 := quantiles(n.P50, n.P99, n.Answered)
	if n.Asked {
		callers = piece{reports.Duration(n.Mean), plain}
	}
	if n.Memory > 0 {
		memory = piece{reports.Mebibytes(n.Memory), plain}
	}
	return []piece{{n.Name, plain}, instances(n, standing), often, failed, p50, p99, callers, busy, queued, cores, memory, nodeState(n), {}}
}

// instances says how many there are: 2/2 serve, or 1/2 and one more starts.
func instances(n *follow.Node, standing bool) piece {
	p := piece{fmt.Sprint(n.Up), plain}
	if n.Planned > 0 {
		p.text += fmt.Sprintf("/%d", n.Planned)
	}
	if n.Up < n.Planned && standing {
		p.style = badMark
	}
	if n.Kind == "external" {
		return piece{"–", faint}
	}
	if n.Starting > 0 {
		p.text += fmt.Sprintf(" +%d", n.Starting)
	}
	if n.Frozen > 0 {
		p.text += fmt.Sprintf(" ~%d", n.Frozen)
	}
	return p
}

// nodeState is what is out of order with a node, or why those who call it do not.
// The breaker is told first: where there is no room for both, the fault's sign
// says enough, as its name stands at the bar.
func nodeState(n *follow.Node) piece {
	var words []string
	style := plain
	switch {
	case n.Open > 1:
		words, style = append(words, fmt.Sprintf("breaker open ×%d", n.Open)), badMark
	case n.Open > 0:
		words, style = append(words, "breaker open"), badMark
	case n.Breaker == "half-open":
		words, style = append(words, "breaker half-open"), doubtful
	case n.Breaker != "" && len(n.Faults) == 0:
		return piece{"breaker closed", faint}
	}
	if len(n.Faults) > 0 {
		words, style = append(words, "↯"+strings.Join(n.Faults, ", ")), badMark
	}
	return piece{strings.Join(words, " "), style}
}

// worstFirst puts what is out of order before the rest, for a table that is cut.
func worstFirst(list []follow.Node) []follow.Node {
	list = slices.Clone(list)
	trouble := func(n follow.Node) int {
		switch {
		case n.Up < n.Planned || len(n.Faults) > 0:
			return 0
		case n.Open > 0:
			return 1
		case n.Errors >= troubled:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(list, func(a, b follow.Node) int { return cmp.Compare(trouble(a), trouble(b)) })
	return list
}

// openFirst puts what is broken before what is still to be judged, and that before
// what is kept for good, for a table that is cut.
func openFirst(list []reports.LiveCheck) []reports.LiveCheck {
	list = slices.Clone(list)
	settled := func(c reports.LiveCheck) int {
		switch {
		case c.Verdict == reports.Fail:
			return 0
		case c.Verdict == reports.Pass && c.Final:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b reports.LiveCheck) int { return cmp.Compare(settled(a), settled(b)) })
	return list
}

// checks says of each promise how it stands.
func checks(list []reports.LiveCheck, width int) []line {
	columns := []column{{keep: 9}, {title: "check", keep: 8, least: 20}, {title: "so far", right: true, keep: 6}, {title: "margin", keep: 7, least: 21}}
	var rows [][]piece
	for _, c := range list {
		sign, style := standing(c)
		margin := c.Spare
		if margin == "" || c.Verdict == "" {
			margin = c.Reason
		}
		rows = append(rows, []piece{{sign, style}, {c.That, plain}, {cmp.Or(c.Now, "–"), plain}, {margin, style}})
	}
	return table(width, columns, rows, nil)
}

// standing is how a check stands, in one sign: ✓ and ✗ where nothing changes it any more.
func standing(c reports.LiveCheck) (string, lipgloss.Style) {
	switch {
	case c.Verdict == "":
		return "·", faint
	case c.Verdict == reports.Pass && c.Final:
		return "✓", good
	case c.Verdict == reports.Pass:
		return "+", good
	case c.Verdict == reports.Fail && c.Final:
		return "✗", badMark
	case c.Verdict == reports.Fail:
		return "!", bad
	}
	return "?", doubtful
}

// events are the latest, in as many lines as there is room for.
func events(s *follow.State, most int) []line {
	list := s.Events[max(0, len(s.Events)-most):]
	var lines []line
	for _, e := range list {
		style := plain
		switch e.Tone {
		case follow.Bad:
			style = bad
		case follow.Good:
			style = good
		case follow.Quiet:
			style = faint
		}
		lines = append(lines, line{{fmt.Sprintf("%7.1f s  ", e.At.Seconds()), faint}, {e.Text, style}})
	}
	return lines
}
