package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// eventLine is an Event as events.ndjson holds it.
type eventLine struct {
	At Millis `json:"at_ms"`
	Event
}

func appendEvent(b []byte, e *Event) ([]byte, error) {
	text, err := json.Marshal(eventLine{At: Millis(e.At), Event: *e})
	if err != nil {
		return b, err
	}
	if len(text) >= maxLine {
		return b, fmt.Errorf("an event of kind %s is %d bytes long", e.Kind, len(text))
	}
	return append(append(b, text...), '\n'), nil
}

// readEvents reads all lines that can be read. The error says what could not.
func readEvents(r io.Reader) ([]Event, error) {
	var events []Event
	lines := newLineReader(r)
	bad, firstBad := 0, error(nil)
	for bad < maxBadRows {
		text, err := lines.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return events, err
		}
		event, err := parseEvent(text)
		if err == nil {
			events = append(events, event)
			continue
		}
		if bad++; firstBad == nil {
			firstBad = err
		}
	}
	if bad > 0 {
		return events, fmt.Errorf("%d lines cannot be read, the first: %w", bad, firstBad)
	}
	return events, nil
}

func parseEvent(text []byte) (Event, error) {
	var line eventLine
	if err := json.Unmarshal(text, &line); err != nil {
		return Event{}, err
	}
	if line.Kind == "" {
		return Event{}, errors.New("an event has no kind")
	}
	line.Event.At = line.At.Duration()
	return line.Event, nil
}
