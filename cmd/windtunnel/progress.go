package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/runner/record"
)

// progress tells on stderr how far a run is: one line that is rewritten on a
// terminal, and a plain line for each thing that happens elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	title    string
	stop     chan struct{}
	done     chan struct{}

	mu     sync.Mutex
	began  time.Time
	length time.Duration
	phase  string
}

// clearLine takes a terminal back to the begin of an empty line.
const clearLine = "\r\x1b[K"

// newProgress tells about the run called title.
func newProgress(out io.Writer, terminal bool, title string) *progress {
	p := &progress{out: out, terminal: terminal, title: title, stop: make(chan struct{}), done: make(chan struct{})}
	if p.terminal {
		go p.tick()
	} else {
		close(p.done)
	}
	return p
}

// Deploying is told how many instances are ready.
func (p *progress) Deploying(ready, total int, waiting []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if total == 0 {
		return
	}
	line := fmt.Sprintf("%s: %d of %d instances ready", p.title, ready, total)
	if ready < total {
		line += ", waiting for " + strings.Join(waiting, ", ")
	}
	if p.terminal || ready == 0 || ready == total {
		p.line(line, ready == total)
	}
}

// Began is told when the load begins.
func (p *progress) Began(length time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began, p.length = time.Now(), length
}

// Event is told everything that is recorded; what a person waits for is shown.
func (p *progress) Event(e record.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Kind == record.PhaseBegan {
		p.phase = e.Name
	}
	if text, tone := follow.Words(e); text != "" && tone != follow.Quiet {
		at := "       "
		if !p.began.IsZero() {
			at = fmt.Sprintf("%6.1fs", time.Since(p.began).Seconds())
		}
		p.line(at+"  "+text, true)
	}
}

// line shows text; keep says that it stays when the next one comes.
func (p *progress) line(text string, keep bool) {
	if !p.terminal {
		fmt.Fprintln(p.out, text)
		return
	}
	if keep {
		fmt.Fprintln(p.out, clearLine+text)
		return
	}
	fmt.Fprint(p.out, clearLine, p.clipped(text))
}

// clipped cuts what is to be rewritten to one row: of a line that wraps, only
// the last row could be cleared.
func (p *progress) clipped(text string) string {
	f, ok := p.out.(outlet)
	if !ok {
		return text
	}
	width, signs := f.columns(), []rune(text)
	if width <= 1 || len(signs) < width {
		return text
	}
	return string(signs[:width-2]) + "…"
}

// tick keeps the time bar of a terminal moving.
func (p *progress) tick() {
	defer close(p.done)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		if !p.began.IsZero() {
			p.line(p.bar(), false)
		}
		p.mu.Unlock()
	}
}

func (p *progress) bar() string {
	const width = 30
	passed := min(max(time.Since(p.began), 0), p.length)
	full := int(width * passed / max(p.length, 1))
	return fmt.Sprintf("%6.1fs [%s%s] %.0fs %s", passed.Seconds(),
		strings.Repeat("█", full), strings.Repeat("·", width-full), p.length.Seconds(), p.phase)
}

// close ends the display.
func (p *progress) close() {
	if p.terminal {
		close(p.stop)
		<-p.done
		fmt.Fprint(p.out, clearLine)
	}
}
