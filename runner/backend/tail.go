package backend

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// Bounds of a Tail.
const (
	TailLines = 200      // kept in memory
	TailWidth = 2 << 10  // bytes kept of one line
	TailFile  = 64 << 20 // bytes written to the log file
)

// cutMark ends a log file that reached TailFile.
const cutMark = "\n[windtunnel: the log is cut here]\n"

// Tail takes what an instance writes: the last lines stay at hand, and all of
// it, up to TailFile bytes, goes to a log file. It is safe for concurrent use.
type Tail struct {
	mu      sync.Mutex
	file    io.WriteCloser // nil where no log is kept
	room    int            // bytes that the file still takes
	lines   [][]byte       // a ring
	next    int            // where the next line goes
	filled  int            // lines that the ring holds
	partial []byte         // the line that has no end yet
}

// NewTail opens the log file at path; an empty path keeps no file.
func NewTail(path string) (*Tail, error) {
	t := &Tail{room: TailFile, lines: make([][]byte, TailLines)}
	if path == "" {
		return t, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	t.file = file
	return t, nil
}

// Write takes text. It never fails: a full disk must not block the instance.
func (t *Tail) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.copy(text)
	for rest := text; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		t.partial = append(t.partial, line[:min(len(line), TailWidth-len(t.partial))]...)
		if ended {
			t.push()
		}
		rest = after
	}
	return len(text), nil
}

func (t *Tail) copy(text []byte) {
	if t.file == nil || t.room == 0 {
		return
	}
	n := min(len(text), t.room)
	_, err := t.file.Write(text[:n])
	t.room -= n
	if t.room == 0 || err != nil {
		_, _ = io.WriteString(t.file, cutMark)
		t.room = 0
	}
}

// push moves the partial line into the ring.
func (t *Tail) push() {
	t.lines[t.next] = append(t.lines[t.next][:0], t.partial...)
	t.next, t.filled = (t.next+1)%len(t.lines), min(t.filled+1, len(t.lines))
	t.partial = t.partial[:0]
}

// Lines returns the last n lines, oldest first, without their ends. A last line
// that has no end yet counts.
func (t *Tail) Lines(n int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for i := len(t.lines) - t.filled; i < len(t.lines); i++ {
		out = append(out, string(bytes.TrimSuffix(t.lines[(t.next+i)%len(t.lines)], []byte{'\r'})))
	}
	if len(t.partial) > 0 {
		out = append(out, string(t.partial))
	}
	return out[max(0, len(out)-max(0, n)):]
}

// Close closes the log file; what is written later is kept in memory only. It is safe twice.
func (t *Tail) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}
