package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// maxLine bounds a line of a record file. What is longer was not written by us.
const maxLine = 1 << 20

// maxText bounds one text in a row, so that a row never reaches maxLine.
const maxText = 4 << 10

// errCut says that a file ends within a line: its writer was stopped.
var errCut = errors.New("cut off within its last line")

// lineReader hands out the whole lines of a file, without their ends. A last
// line without an end is no line: a number in it may lack its last digits.
type lineReader struct {
	r *bufio.Reader
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, maxLine)}
}

// next returns the next line, valid until the call after. The error is io.EOF
// at the end of a whole file.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	switch {
	case err == nil:
		return line[:len(line)-1], nil
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
	case err == io.EOF && len(line) > 0:
		return nil, errCut
	default:
		return nil, err
	}
}

// appendField appends a text as one CSV field. Control characters become
// spaces: a row is a line, whatever its names contain.
func appendField(b []byte, s string) []byte {
	if len(s) > maxText {
		s = s[:maxText]
	}
	start, quote := len(b), false
	for i := range len(s) {
		c := s[i]
		switch {
		case c < ' ' || c == 0x7f:
			c = ' '
		case c == '"':
			b = append(b, '"')
			quote = true
		}
		quote = quote || c == ','
		b = append(b, c)
	}
	if quote {
		b = slices.Insert(b, start, '"')
		b = append(b, '"')
	}
	return b
}

// splitFields splits a CSV line. The fields share its memory; those within
// quotes are unquoted in place.
func splitFields(line []byte, fields [][]byte) ([][]byte, error) {
	for {
		if len(line) > 0 && line[0] == '"' {
			field, rest, err := unquote(line)
			if err != nil {
				return nil, err
			}
			fields = append(fields, field)
			if len(rest) == 0 {
				return fields, nil
			}
			line = rest[1:]
			continue
		}
		end := comma(line)
		fields = append(fields, line[:end])
		if end == len(line) {
			return fields, nil
		}
		line = line[end+1:]
	}
}

// comma returns where the first field of a line ends. Most have a few bytes, of
// which bytes.IndexByte would make more work than this does.
func comma(line []byte) int {
	for i, c := range line {
		if c == ',' {
			return i
		}
	}
	return len(line)
}

// unquote returns the field that begins line and what follows it: nothing, or
// a comma and more.
func unquote(line []byte) (field, rest []byte, err error) {
	field = line[1:1]
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			field = append(field, line[i])
			continue
		}
		if i+1 == len(line) || line[i+1] == ',' {
			return field, line[i+1:], nil
		}
		if line[i+1] != '"' {
			break
		}
		field = append(field, '"')
		i++
	}
	return nil, nil, errors.New("a quoted field does not end")
}

// table reads a CSV file whose first line names its columns. Columns are found
// by name: a later version may add some.
type table struct {
	lines  *lineReader
	at     []int // for each wanted column, its place in a row; -1: it is not there
	width  int
	fields [][]byte
	err    error // of the row in hand: the first field that does not parse
	texts  map[string]string
	last   []string // of each wanted column: the text that it had last, which is often the next
}

// openTable reads the header. The last columns wanted, so many, may be missing:
// they are empty in a file that was written before there were any.
func openTable(r io.Reader, wanted []string, missing int) (*table, error) {
	t := &table{lines: newLineReader(r), texts: map[string]string{}}
	header, err := t.lines.next()
	if err == io.EOF {
		err = errCut // a file is made with its header
	}
	if err != nil {
		return nil, err
	}
	names, err := splitFields(header, nil)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	for n, want := range wanted {
		i := slices.IndexFunc(names, func(name []byte) bool { return string(name) == want })
		if i < 0 && n < len(wanted)-missing {
			return nil, fmt.Errorf("column %q is missing", want)
		}
		t.at = append(t.at, i)
	}
	t.width, t.last = len(names), make([]string, len(wanted))
	return t, nil
}

// next reads a row. A *rowError is about that row alone.
func (t *table) next() error {
	line, err := t.lines.next()
	if err != nil {
		return err
	}
	t.err = nil
	fields, err := splitFields(line, t.fields[:0])
	if err != nil {
		return &rowError{err}
	}
	t.fields = fields
	if len(fields) != t.width {
		return &rowError{fmt.Errorf("%d fields instead of %d", len(fields), t.width)}
	}
	return nil
}

// rowError is about one row; the rows after it can be read.
type rowError struct{ err error }

func (e *rowError) Error() string { return e.err.Error() }
func (e *rowError) Unwrap() error { return e.err }

// check returns what was wrong with the fields asked for since next.
func (t *table) check() error {
	if t.err != nil {
		return &rowError{t.err}
	}
	return nil
}

func (t *table) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *table) raw(column int) []byte {
	if t.at[column] < 0 {
		return nil
	}
	return t.fields[t.at[column]]
}

// text returns a field as a string. Rows share the few strings they repeat.
func (t *table) text(column int) string {
	raw := t.raw(column)
	if string(raw) == t.last[column] {
		return t.last[column]
	}
	s, known := t.texts[string(raw)]
	if !known {
		s = string(raw)
		if len(t.texts) < 4096 {
			t.texts[s] = s
		}
	}
	t.last[column] = s
	return s
}

// uint returns a whole number of 0 or more; an empty field is 0.
func (t *table) uint(column int) uint64 {
	raw := t.raw(column)
	n := uint64(0)
	for _, c := range raw {
		digit := uint64(c - '0')
		if digit > 9 || n > (math.MaxUint64-digit)/10 {
			t.fail(fmt.Errorf("%q is not a count", raw))
			return 0
		}
		n = n*10 + digit
	}
	return n
}

// int returns a whole number that fits into an int.
func (t *table) int(column int) int {
	n := t.uint(column)
	if n > 1<<53 {
		t.fail(fmt.Errorf("%d is too large", n))
		return 0
	}
	return int(n)
}

// duration returns a number of milliseconds; an empty field is 0.
func (t *table) duration(column int) time.Duration {
	raw := t.raw(column)
	if len(raw) == 0 {
		return 0
	}
	d, err := parseMillis(raw)
	if err != nil {
		t.fail(err)
	}
	return d
}
