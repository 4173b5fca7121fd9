package view

import (
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminals is both ends of one: what windtunnel has, and what a person has.
func terminals(t *testing.T) (ours, person *os.File) {
	t.Helper()
	person, ours, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	// Ours is left to the collector: a view that was ended by force does not wait
	// for who reads its keys.
	t.Cleanup(func() { _ = person.Close() })
	if err := pty.Setsize(person, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	return ours, person
}

func state(t *testing.T, f *os.File) term.State {
	t.Helper()
	s, err := term.GetState(f.Fd())
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// A fault in what is shown ends the view, and not the terminal.
func TestAPanicGivesTheTerminalBack(t *testing.T) {
	ours, person := terminals(t)
	go func() { _, _ = io.Copy(io.Discard, person) }()
	before := state(t, ours)
	s, err := Open(Options{In: ours, Out: ours, TermType: "xterm", Board: func() *Board { panic("a fault of the test: what follows is as it should be") }})
	if err != nil {
		t.Fatal(err)
	}
	<-s.Ended()
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("got %v", err)
	}
	if state(t, ours) != before {
		t.Error("the terminal is not as it was")
	}
}

// A terminal that takes nothing, as after Ctrl-S, is not waited for.
func TestAStoppedTerminal(t *testing.T) {
	ours, person := terminals(t)
	go func() { _, _ = io.Copy(io.Discard, person) }()
	before := state(t, ours)
	drawn := make(chan struct{})
	draw := sync.OnceFunc(func() { close(drawn) })
	s, err := Open(Options{In: ours, Out: ours, TermType: "xterm", Board: func() *Board {
		draw()
		return board(played(15 * second))
	}})
	if err != nil {
		t.Fatal(err)
	}
	flow := func(action int) {
		if err := unix.IoctlSetInt(int(ours.Fd()), unix.TCXONC, action); err != nil {
			t.Fatal(err)
		}
	}
	flow(unix.TCOOFF)
	<-drawn // and what was drawn stands before the terminal
	began := time.Now()
	if err := s.Close(); err == nil {
		t.Error("it gave the screen back to a terminal that takes nothing")
	}
	if took := time.Since(began); took > 2*patience {
		t.Errorf("it was waited for %s", took)
	}
	if state(t, ours) != before {
		t.Error("the terminal is not as it was")
	}
	flow(unix.TCOON)
	<-s.Ended()
}

// Where there is no terminal, that is said and nothing else happens.
func TestNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := Open(Options{In: r, Out: w, TermType: "xterm"}); err == nil {
		t.Error("a pipe is taken for one")
	}
}
