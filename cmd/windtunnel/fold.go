package main

import (
	"strings"

	"github.com/mattn/go-isatty"

	"windtunnel/reports/render"
)

// readingWidth is how wide a terminal is that people read on; 0: what is printed
// goes elsewhere, and its lines stay as they are for programs that take them apart.
func (a *app) readingWidth() int {
	if f, ok := a.stdout.(outlet); ok && isatty.IsTerminal(f.Fd()) {
		return f.columns()
	}
	return 0
}

// fold breaks the lines of a text that are longer than the width, 0 for none. What
// goes on in the next line hangs: below the last column of a table, or moved in.
// Lines that begin at the margin are prose, and flow together; the first line is a
// title. What is moved in above the settings is code and is left alone, unless all
// is text.
func fold(text string, width int, allText bool) string {
	if width <= 0 {
		return text
	}
	title, rest, _ := strings.Cut(text, "\n")
	out := hang("", title, 2, width)
	var prose []string
	flow := func() {
		if len(prose) > 0 {
			out = append(out, render.Wrap(strings.Join(prose, " "), width)...)
			prose = nil
		}
	}
	for line := range strings.SplitSeq(rest, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		at := lastColumn(line)
		if line != "" && indent == 0 && at == 0 && line != settingsTitle {
			prose = append(prose, line)
			continue
		}
		flow()
		allText = allText || line == settingsTitle
		switch {
		case at > 0 && allText:
			out = append(out, hang(line[:at], line[at:], render.Width(line[:at]), width)...)
		case allText:
			out = append(out, hang(line[:indent], line[indent:], indent+2, width)...)
		default:
			out = append(out, line)
		}
	}
	flow()
	return strings.Join(out, "\n")
}

// lastColumn is where the last column of a table's line begins, 0 where it has one only.
func lastColumn(line string) int {
	text := strings.TrimRight(line, " ")
	indent := len(text) - len(strings.TrimLeft(text, " "))
	if gap := strings.LastIndex(text, "  "); gap >= indent && gap > 0 {
		return gap + 2
	}
	return 0
}

// leastRoom is what a text is broken into at least, however narrow the terminal.
const leastRoom = 16

// hang puts a text behind a head, and breaks it into lines of which the later ones
// begin at a column, or further left where that leaves too little room.
func hang(head, text string, column, width int) []string {
	if render.Width(head)+render.Width(text) <= width {
		return []string{head + text}
	}
	column = max(0, min(column, width-leastRoom))
	var lines []string
	for _, part := range render.Wrap(text, max(leastRoom, width-max(column, render.Width(head)))) {
		lines = append(lines, head+part)
		head = strings.Repeat(" ", column)
	}
	return lines
}
