package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
	"windtunnel/runner/record"
)

// progressBar shows how far the phases are, with their names above and the faults
// below: where they are planned, or where they were.
//
//	warm-up  steady
//	█████████████████████░░░░░░░░░░░░░░░░  23.4 s of 36 s
//	            ╰payments-down╯
func progressBar(s *follow.State, width, height int) []line {
	length := s.Length()
	clock := clockOf(s, width)
	size := width - wide(clock) - 2
	if size < 10 || length <= 0 {
		return []line{text(clock)}
	}
	at := func(t time.Duration) int { return min(max(int(int64(size)*int64(t)/int64(length)), 0), size) }
	lines := []line{phaseNames(s, at)}
	lines = append(lines, append(filled(s, at, size), piece{"  " + clock, plain}))
	return append(lines, faultMarks(s, at, size, min(max(1, height/10), mostMarks))...)
}

// clockOf says how late it is, in few words on a narrow terminal.
func clockOf(s *follow.State, width int) string {
	now := min(max(s.Now, 0), s.Length())
	if s.Engine != "simulated" {
		return fmt.Sprintf("%.1f s of %s", now.Seconds(), short(s.Length()))
	}
	text := fmt.Sprintf("%s of %s", short(now.Round(time.Second)), short(s.Length()))
	speed := reports.Number(now.Seconds() / max(s.Wall.Seconds(), 1e-9))
	if width < roomy {
		return fmt.Sprintf("%s, %s times live", text, speed)
	}
	return fmt.Sprintf("%s in %.1f s, %s times as fast as live", text, s.Wall.Seconds(), speed)
}

// short is a length of time as files have it: 45s, 10m.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// phaseNames puts each name where its phase begins. Where they would lie on each
// other, that of the phase that goes on is the one to be read.
func phaseNames(s *follow.State, at func(time.Duration) int) line {
	var l line
	now := s.Phase(s.Now)
	from := func(i int) int { return at(s.Phases[i].Begin.Duration()) }
	for i := range s.Phases {
		p := &s.Phases[i]
		style := faint
		if p == now {
			style = strong
		}
		end := from(i) + wide(p.Name)
		covered := slices.IndexFunc(s.Phases, func(q record.Phase) bool { return now != nil && p != now && q.Name == now.Name })
		if l.width() > from(i) || covered > i && end >= from(covered) {
			continue
		}
		l = append(l, piece{strings.Repeat(" ", from(i)-l.width()), plain}, piece{p.Name + " ", style})
	}
	return l
}

func filled(s *follow.State, at func(time.Duration) int, size int) line {
	done := at(s.Now)
	var borders []int
	for i := range s.Phases {
		borders = append(borders, at(s.Phases[i].Begin.Duration()))
	}
	var l line
	for i := range size {
		sign, style := "░", faint
		if i < done {
			sign, style = "█", accent
		}
		if i > 0 && slices.Contains(borders, i) && i >= done {
			sign = "┊"
		}
		for j := range s.Faults {
			if f := &s.Faults[j]; !f.Skipped && i >= at(f.From) && i < max(at(f.To), at(f.From)+1) {
				style = bad
				if i >= done {
					sign = "▒"
				}
			}
		}
		l = append(l, piece{sign, style})
	}
	return l
}

// mostMarks is how many lines the names of faults may take on a high terminal.
const mostMarks = 3

// faultMarks names the faults below their stretch of the bar, in as many lines as
// they need to stand beside each other. Where that is more than most, those that
// hold have a place first, then those to come, and last those that are over.
func faultMarks(s *follow.State, at func(time.Duration) int, size, most int) []line {
	need := func(f follow.Fault) int {
		switch {
		case f.Holds():
			return 0
		case f.Healed:
			return 2
		}
		return 1
	}
	faults := slices.Clone(s.Faults)
	slices.SortStableFunc(faults, func(a, b follow.Fault) int { return cmp.Compare(need(a), need(b)) })
	var rows [][]faultMark
	for i := range faults {
		if faults[i].Skipped {
			continue // the events say so
		}
		m := markOf(&faults[i], at, size)
		k := slices.IndexFunc(rows, func(row []faultMark) bool { return !slices.ContainsFunc(row, m.touches) })
		if k < 0 && len(rows) < most {
			k, rows = len(rows), append(rows, nil)
		}
		if k >= 0 {
			rows[k] = append(rows[k], m)
		}
	}
	lines := make([]line, len(rows))
	for k, row := range rows {
		slices.SortFunc(row, func(a, b faultMark) int { return cmp.Compare(a.from, b.from) })
		for _, m := range row {
			lines[k] = append(lines[k], piece{strings.Repeat(" ", m.from-lines[k].width()), plain}, m.piece)
		}
	}
	return lines
}

// faultMark is the name of a fault at its place below the bar.
type faultMark struct {
	piece
	from int // the column
}

func (m faultMark) touches(o faultMark) bool {
	return m.from <= o.from+wide(o.text) && o.from <= m.from+wide(m.text)
}

func markOf(f *follow.Fault, at func(time.Duration) int, size int) faultMark {
	style := faint
	switch {
	case f.Holds():
		style = badMark
	case f.Healed:
		style = plain
	}
	from, to := at(f.From), max(at(f.To), at(f.From)+1)
	label := "╰" + f.Name + "╯"
	if room := to - from; wide(label) <= room {
		label = "╰" + strings.Repeat("─", (room-wide(f.Name)-2)/2) + f.Name + strings.Repeat("─", (room-wide(f.Name)-1)/2) + "╯"
	} else {
		label = "↑ " + f.Name
	}
	return faultMark{piece{label, style}, max(0, min(from, size-wide(label)))}
}

// stageLine says what the run is about where that is not its load.
func stageLine(s *follow.State, ending bool) line {
	switch s.Stage {
	case follow.Starting:
		if s.Expected == 0 {
			return text("starting")
		}
		l := text(fmt.Sprintf("starting: %d of %d instances are ready", s.Ready, s.Expected))
		if len(s.Waiting) > 0 {
			l = append(l, piece{"; waiting for " + strings.Join(s.Waiting, ", "), faint})
		}
		return l
	case follow.Draining:
		return text("the load is over; waiting for the last replies")
	case follow.Removing:
		return text("the load is over; taking everything down")
	case follow.Analysing:
		return text("making the report")
	case follow.Over:
		if s.Verdict == "" {
			return line{{"ended without a report", bad}}
		}
		return line{{"over: " + string(s.Verdict), verdictStyle(s.Verdict)}}
	}
	if ending {
		return line{{"ending: nobody comes any more; waiting for the last replies", doubtful}}
	}
	return nil
}
