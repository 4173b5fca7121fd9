package arrival

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"windtunnel/fixtures/traces"
)

// What a trace file may hold: the limits are wide enough for a day of the Azure
// Functions trace, and keep a wrong file from filling the memory.
const (
	maxTraceBytes    = 1 << 30
	maxTraceLine     = 1 << 20
	maxTraceStamps   = 5_000_000
	maxTraceMinutes  = 31 * 24 * 60
	maxTraceCount    = 1_000_000_000 // arrivals in a minute
	maxTraceSeconds  = 100_000_000_000
	maxTraceLength   = 31 * 24 * time.Hour
	maxTraceProblems = 10 // reported at once
)

// open reads the trace's file or sample.
func (t *Trace) open() (recording, error) {
	f, err := t.source()
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxTraceBytes {
		return nil, fmt.Errorf("read trace %s: it is not a file of at most %d bytes", t.name(), maxTraceBytes)
	}
	return t.parse(f)
}

func (t *Trace) source() (fs.File, error) {
	if t.Sample != "" {
		return traces.Open(t.Sample)
	}
	return os.Open(t.File)
}

// parse reads a trace; its problems are placed in its lines.
func (t *Trace) parse(r io.Reader) (recording, error) {
	p := &traceParser{name: t.name(), format: t.Format, function: t.Function}
	if t.By == byFunction {
		p.functions = &functions{index: map[string]int{}}
	}
	lines := bufio.NewScanner(io.LimitReader(r, maxTraceBytes))
	lines.Buffer(nil, maxTraceLine)
	for len(p.problems) < maxTraceProblems && !p.full && lines.Scan() {
		p.number++
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line != "" && line[0] != '#' {
			p.line(strings.Split(line, ","))
		}
	}
	if err := lines.Err(); err != nil {
		p.number++
		p.problem("%v", err)
	}
	return p.end()
}
