package view

import (
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// The styles use the sixteen colours that every terminal has in its own theme,
// light or dark. No colour says anything that no sign or word says too.
var (
	plain    = lipgloss.NewStyle()
	strong   = plain.Bold(true)
	faint    = plain.Faint(true)
	good     = plain.Foreground(lipgloss.Green)
	bad      = plain.Foreground(lipgloss.Red)
	badMark  = bad.Bold(true)
	doubtful = plain.Foreground(lipgloss.Yellow)
	accent   = plain.Foreground(lipgloss.Cyan)
)

// piece is text of one style. It may hold anything: what would move the cursor
// or change colours is taken out when it is drawn.
type piece struct {
	text  string
	style lipgloss.Style
}

// line is what stands in one row.
type line []piece

func text(s string) line { return line{{s, plain}} }

// clean replaces what is no sign to be seen, such as the escape that an error's
// text may hold, and what would turn the direction of writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r), unicode.Is(unicode.Bidi_Control, r):
			return '·'
		}
		return r
	}, s)
}

// wide is how many columns a text takes.
func wide(s string) int { return ansi.StringWidth(clean(s)) }

func (l line) width() int {
	width := 0
	for _, p := range l {
		width += wide(p.text)
	}
	return width
}

// draw is a line in at most so many columns; what is cut off ends with an ellipsis.
func (l line) draw(width int) string {
	var out strings.Builder
	for i, p := range l {
		s := clean(p.text)
		taken := ansi.StringWidth(s)
		if rest := l[i+1:].width(); taken > width || taken == width && rest > 0 {
			out.WriteString(p.style.Render(ansi.Truncate(s, width, "…")))
			if taken > width {
				return out.String()
			}
			s, taken = "", width
		} else {
			out.WriteString(p.style.Render(s))
		}
		width -= taken
	}
	return out.String()
}

// apart puts one line to the left and one to the right, which gives way first.
func apart(left, right line, width int) line {
	gap := width - left.width() - right.width()
	if gap < 2 {
		return left
	}
	return append(append(append(line{}, left...), piece{strings.Repeat(" ", gap), plain}), right...)
}
