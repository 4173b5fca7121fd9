package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal is a windtunnel that runs on a terminal of its own, and holds all that
// it wrote there.
type terminal struct {
	*tunnel
	master, slave *os.File
	before        unix.Termios
	read          chan struct{}
}

// onTerminal starts windtunnel on a terminal of so many columns and rows.
func onTerminal(t *testing.T, columns, rows uint16, env []string, args ...string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	x := &terminal{tunnel: newTunnel(t, grounds()[0]), master: master, slave: slave, read: make(chan struct{})}
	x.before = x.modes()
	go func() { // until the last who has the other end open closes it
		defer close(x.read)
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			_, _ = x.said.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	x.cmd = exec.Command("windtunnel", append(append([]string{"run", x.file}, args...), "--out", x.out)...)
	x.cmd.Env = append(withoutTerminal(os.Environ()), env...)
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x.ended = make(chan struct{})
	go func() {
		defer close(x.ended)
		x.err = x.cmd.Wait()
	}()
	t.Cleanup(func() {
		x.tidy()
		_ = slave.Close()
		<-x.read
		_ = master.Close()
	})
	return x
}

// withoutTerminal drops what says what may be shown.
func withoutTerminal(env []string) []string {
	var kept []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if name != "TERM" && name != "CI" && name != "NO_COLOR" && name != "GITHUB_ACTIONS" {
			kept = append(kept, v)
		}
	}
	return kept
}

func (x *terminal) modes() unix.Termios {
	x.t.Helper()
	modes, err := unix.IoctlGetTermios(int(x.slave.Fd()), unix.TCGETS)
	if err != nil {
		x.t.Fatal(err)
	}
	return *modes
}

func (x *terminal) types(keys string) {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// What a program writes to take a terminal for itself, and to give it back.
const (
	takeScreen, leaveScreen = "\x1b[?1049h", "\x1b[?1049l"
	hideCursor, showCursor  = "\x1b[?25l", "\x1b[?25h"
)

// isAsBefore holds that the terminal is what it was before windtunnel came.
func (x *terminal) isAsBefore() {
	x.t.Helper()
	if after := x.modes(); after != x.before {
		x.t.Errorf("the terminal's modes were %+v and are %+v", x.before, after)
	}
	said := x.said.text()
	for _, pair := range [][2]string{{takeScreen, leaveScreen}, {hideCursor, showCursor}} {
		if taken, left := strings.LastIndex(said, pair[0]), strings.LastIndex(said, pair[1]); taken < 0 || left < taken {
			x.t.Errorf("%q comes last at %d, %q at %d", pair[0], taken, pair[1], left)
		}
	}
}

// q ends a run early: its record is kept, it has a report that says so, and the
// terminal is as before.
func TestQuit(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, 100, 30, []string{"TERM=xterm"})
	x.says("phase steady")
	if x.modes() == x.before {
		t.Error("keys are not read one by one")
	}
	x.types("?")
	x.says("ctrl-c")
	x.types("?q")
	x.ends(exitInconclusive)
	x.isAsBefore()
	x.isPartial(x.dirs()[0], errEnded.Error())
	_, after, _ := strings.Cut(x.said.text(), leaveScreen)
	for _, want := range []string{"small on small: PARTIAL", errEnded.Error()} {
		if !strings.Contains(after, want) {
			t.Errorf("when the view has gone, nothing says %q:\n%s", want, after)
		}
	}
	if !strings.Contains(x.said.text(), "\x1b[3") {
		t.Error("nothing has a colour")
	}
}

// However windtunnel is ended, it gives the terminal back.
func TestTheTerminalIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(x *terminal)
		code int
	}{
		{"Ctrl-C", func(x *terminal) { x.types("\x03") }, exitInterrupted},
		{"a signal", func(x *terminal) { x.signal(syscall.SIGTERM) }, exitInterrupted},
		{"its time", func(*terminal) {}, exitPass},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := onTerminal(t, 80, 24, []string{"TERM=xterm", "NO_COLOR=yes"})
			x.says("phase steady")
			c.end(x)
			x.ends(c.code)
			x.isAsBefore()
			before, _, _ := strings.Cut(x.said.text(), leaveScreen)
			for _, colour := range []string{"\x1b[3", "\x1b[9", "[38;", ";3"} {
				if i := strings.Index(before, colour+"1m"); i >= 0 {
					t.Errorf("NO_COLOR, and there is %q", before[i:i+6])
				}
			}
		})
	}
}

// The picture follows the size of the terminal.
func TestResize(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, 100, 30, []string{"TERM=xterm"})
	x.says("phase steady")
	before := len(x.said.text())
	if err := pty.Setsize(x.master, &pty.Winsize{Cols: 40, Rows: 12}); err != nil {
		t.Fatal(err)
	}
	x.signal(syscall.SIGWINCH) // as the terminal would, were it its own
	x.until("it draws in the new size", func() bool { return strings.Contains(x.said.text()[before:], "small on small") })
	x.types("q")
	x.ends(exitInconclusive)
	x.isAsBefore()
}

// Where a picture is of no use, or not wanted, there are lines.
func TestLinesOnATerminal(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		args []string
	}{
		{"CI", []string{"TERM=xterm", "CI=true"}, nil},
		{"a dumb terminal", []string{"TERM=dumb"}, nil},
		{"asked for", []string{"TERM=xterm"}, []string{"--progress", "plain"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := onTerminal(t, 100, 30, c.env, c.args...)
			x.says("phase steady")
			x.types("\x03")
			x.ends(exitInterrupted)
			if strings.Contains(x.said.text(), takeScreen) {
				t.Error("it shows a picture")
			}
		})
	}
}
