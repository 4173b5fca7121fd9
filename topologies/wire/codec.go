package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrLineTooLong ends a stream: after a line over MaxLine nobody can tell where the next begins.
var ErrLineTooLong = fmt.Errorf("control message over %d bytes", MaxLine)

// MalformedError is a whole line that is no message. The stream stays usable.
type MalformedError struct{ Err error }

func (e *MalformedError) Error() string { return "control message: " + e.Err.Error() }

func (e *MalformedError) Unwrap() error { return e.Err }

// Encoder writes messages, one JSON object a line. It is not safe for concurrent use.
type Encoder struct{ w io.Writer }

// NewEncoder writes to w, one Write a message.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w} }

// Encode writes one message, a Down or an Up.
func (e *Encoder) Encode(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode control message: %w", err)
	}
	if len(line) >= MaxLine {
		return ErrLineTooLong
	}
	_, err = e.w.Write(append(line, '\n'))
	return err
}

// Decoder reads messages. It is not safe for concurrent use.
type Decoder struct{ r *bufio.Reader }

// NewDecoder reads from r.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{bufio.NewReaderSize(r, 32<<10)} }

// Decode reads the next message into message, a *Down or *Up that is zero. It
// returns a *MalformedError for a line that is none, after which the next can be
// read; io.EOF at the stream's end; and io.ErrUnexpectedEOF inside a line.
func (d *Decoder) Decode(message any) error {
	line, err := d.line()
	if err != nil {
		return err
	}
	j := json.NewDecoder(bytes.NewReader(line))
	j.DisallowUnknownFields()
	if err := j.Decode(message); err != nil {
		return &MalformedError{err}
	}
	if j.More() {
		return &MalformedError{errors.New("more than one value on a line")}
	}
	return nil
}

func (d *Decoder) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := d.r.ReadSlice('\n')
		if len(whole)+len(part) > MaxLine {
			return nil, ErrLineTooLong
		}
		switch {
		case err == nil && whole == nil:
			return part, nil
		case err == nil:
			return append(whole, part...), nil
		case errors.Is(err, bufio.ErrBufferFull):
			whole = append(whole, part...)
		case errors.Is(err, io.EOF) && len(whole)+len(part) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}
