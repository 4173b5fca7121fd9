package docker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"windtunnel/topologies/wire"
)

// longestAnnouncement bounds what is taken for one.
const longestAnnouncement = 4 << 10

// announcement takes a node program's standard output: its first line says that
// both sockets listen, the rest is log. It is heard while the daemon has not yet
// answered the call that started the container, and so tells the instant more
// truly than looking would.
type announcement struct {
	log   io.Writer
	heard chan struct{} // closed when it has come
	at    time.Time     // when that was; to be read, like err, once heard is closed
	err   error         // why the first line was none
	line  []byte
}

func newAnnouncement(log io.Writer) *announcement {
	return &announcement{log: log, heard: make(chan struct{})}
}

// Write takes text. It is called by one goroutine at a time and never fails.
func (a *announcement) Write(text []byte) (int, error) {
	rest := text
	if !a.over() {
		line, after, ended := bytes.Cut(text, []byte{'\n'})
		a.line = append(a.line, line...)
		if !ended && len(a.line) < longestAnnouncement {
			return len(text), nil
		}
		a.judge()
		rest = after
	}
	_, _ = a.log.Write(rest)
	return len(text), nil
}

// end says that nothing more will come: half a line is log.
func (a *announcement) end() {
	if !a.over() {
		_, _ = a.log.Write(a.line)
	}
}

func (a *announcement) over() bool {
	select {
	case <-a.heard:
		return true
	default:
		return false
	}
}

// judge reads the line. One that is no announcement is log as well.
func (a *announcement) judge() {
	a.at = time.Now()
	var said wire.Announcement
	err := json.Unmarshal(a.line, &said)
	if err == nil && (said.Serve == "" || said.Control == "") {
		err = errors.New("an address is missing")
	}
	if err != nil {
		a.err = fmt.Errorf("read its announcement: %w", err)
		_, _ = a.log.Write(append(a.line, '\n'))
	}
	close(a.heard)
}
