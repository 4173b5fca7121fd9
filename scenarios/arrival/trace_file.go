package arrival

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// traceParser reads a trace line by line.
type traceParser struct {
	name, format, function string
	number                 int // of the line, from 1
	layout                 func(p *traceParser, fields []string)
	rows                   int        // of counts
	found                  bool       // the function
	full                   bool       // nothing more is read
	functions              *functions // where each counts for itself, else nil
	minutes                minutes
	stamps                 stamps
	first                  time.Time // timestamp of the first line
	problems               []error
}

func (p *traceParser) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s:%d: "+format, append([]any{p.name, p.number}, args...)...))
}

// line reads one line; the first one tells the layout.
func (p *traceParser) line(fields []string) {
	if p.layout != nil {
		p.layout(p, fields)
		return
	}
	_, noCounts := parseCounts(fields)
	_, noStamp := parseStamp(fields[0])
	switch {
	case p.format != "timestamps" && len(fields) > azureColumns && fields[0] == "HashOwner":
		p.layout = (*traceParser).azure
		return
	case p.functions != nil:
		p.problem("a trace by function has the Azure layout, and its first line begins with HashOwner")
		p.full = true
		return
	case p.format == "minutes", p.format != "timestamps" && noCounts == nil && len(fields) > 1:
		p.layout = (*traceParser).row
	default:
		p.layout = (*traceParser).stamp
		if noStamp != nil {
			return // a heading
		}
	}
	p.layout(p, fields)
}

// azureColumns come before the minutes: owner, app, function, trigger.
const azureColumns = 4

// azure adds up one function's day.
func (p *traceParser) azure(fields []string) {
	if len(fields) <= azureColumns {
		p.problem("%d columns, where four names and the minutes belong", len(fields))
		return
	}
	if p.function != "" && fields[2] != p.function {
		return
	}
	counts, err := parseCounts(fields[azureColumns:])
	if err != nil {
		p.problem("column %w", err.offset(azureColumns))
		return
	}
	p.found = true
	p.add(counts)
	if p.functions != nil {
		p.functions.add(fields[2], counts)
	}
}

// row reads the only row of counts.
func (p *traceParser) row(fields []string) {
	if p.rows++; p.rows > 1 {
		p.problem("a second row: counts per minute are one row, or have the Azure layout with its heading")
		return
	}
	counts, err := parseCounts(fields)
	if err != nil {
		p.problem("column %w", err)
		return
	}
	p.add(counts)
}

func (p *traceParser) add(counts []uint64) {
	if len(counts) > maxTraceMinutes {
		p.problem("%d minutes: at most %d are read", len(counts), maxTraceMinutes)
		return
	}
	for len(p.minutes) < len(counts) {
		p.minutes = append(p.minutes, 0)
	}
	for i, n := range counts {
		if p.minutes[i] += n; p.minutes[i] > maxTraceCount {
			p.problem("minute %d adds up to more than %d arrivals", i+1, maxTraceCount)
			return
		}
	}
}

// stamp reads one arrival.
func (p *traceParser) stamp(fields []string) {
	at, err := parseStamp(fields[0])
	if err != nil {
		p.problem("%w", err)
		return
	}
	if len(p.stamps) == 0 {
		p.first = at
	}
	offset := at.Sub(p.first)
	switch {
	case len(p.stamps) > 0 && offset < p.stamps[len(p.stamps)-1]:
		p.problem("%s is earlier than the line before: sort the file", fields[0])
	case offset > maxTraceLength:
		p.problem("%s is more than %s after the first: is it of the same trace?", fields[0], maxTraceLength)
	case len(p.stamps) == maxTraceStamps:
		p.problem("more than %d arrivals", maxTraceStamps)
		p.full = true
	default:
		p.stamps = append(p.stamps, offset)
	}
}

// end returns what was read.
func (p *traceParser) end() (recording, error) {
	switch {
	case len(p.problems) > 0:
		return nil, errors.Join(p.problems...)
	case p.function != "" && !p.found:
		return nil, fmt.Errorf("%s: no function %s with its minutes", p.name, p.function)
	case p.minutes != nil && p.functions != nil:
		p.functions.total = p.minutes
		return p.functions, nil
	case p.minutes != nil:
		return p.minutes, nil
	case p.stamps != nil:
		return p.stamps, nil
	default:
		return nil, fmt.Errorf("%s: it holds no arrivals", p.name)
	}
}

// columnError is a value that is no count, in a column from 1.
type columnError struct {
	column int
	value  string
}

func (e *columnError) Error() string {
	return fmt.Sprintf("%d: %q is no count between 0 and %d", e.column, e.value, maxTraceCount)
}

func (e *columnError) offset(columns int) error { return &columnError{e.column + columns, e.value} }

func parseCounts(fields []string) ([]uint64, *columnError) {
	counts := make([]uint64, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseUint(strings.TrimSpace(f), 10, 64)
		if err != nil || n > maxTraceCount {
			return nil, &columnError{i + 1, f}
		}
		counts[i] = n
	}
	return counts, nil
}

// parseStamp reads seconds or RFC 3339.
func parseStamp(field string) (time.Time, error) {
	field = strings.TrimSpace(field)
	if seconds, err := strconv.ParseFloat(field, 64); err == nil && seconds >= 0 && seconds <= maxTraceSeconds {
		whole, part := math.Modf(seconds)
		return time.Unix(int64(whole), int64(math.Round(part*1e9))), nil
	}
	at, err := time.Parse(time.RFC3339Nano, field)
	if err != nil {
		return at, fmt.Errorf("%q is neither seconds nor a time like 2026-01-31T12:00:00Z", field)
	}
	return at, nil
}
