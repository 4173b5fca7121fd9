package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// tunnel is a windtunnel that runs as a process of its own, on testdata/small.yaml.
type tunnel struct {
	t    *testing.T
	on   ground
	cmd  *exec.Cmd
	dir  string     // with the scenario in it, and the user's program
	file string     // the scenario, made for the ground
	out  string     // where run directories go
	said transcript // standard error

	ended chan struct{} // closed when it has, and its output too
	err   error         // of the wait for that; read it once ended is closed
}

// newTunnel makes a windtunnel that is yet to be started. At the end of the test
// nothing of it is left, and a test that had to see to that has failed.
func newTunnel(t *testing.T, on ground) *tunnel {
	t.Helper()
	text, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	x := &tunnel{t: t, on: on, dir: t.TempDir()}
	x.file, x.out = filepath.Join(x.dir, "small.yaml"), filepath.Join(x.dir, "runs")
	text = bytes.ReplaceAll(text, []byte("PROGRAM"), []byte(on.program(t, x.dir)))
	if err := os.WriteFile(x.file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return x
}

// start starts windtunnel as the leader of a process group, as a shell does.
func (x *tunnel) start(args ...string) {
	x.t.Helper()
	x.begin(&x.said, io.Discard, args)
}

// startUnread starts windtunnel with its output going to a pipe that nobody
// reads any more.
func (x *tunnel) startUnread(args ...string) {
	x.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		x.t.Fatal(err)
	}
	defer w.Close()
	_ = r.Close()
	x.begin(w, w, args)
}

func (x *tunnel) begin(stderr, stdout io.Writer, args []string) {
	x.t.Helper()
	x.cmd = exec.Command("windtunnel", append(args, "--on", x.on.name, "--out", x.out)...)
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	x.cmd.Stderr, x.cmd.Stdout = stderr, stdout
	x.cmd.WaitDelay = 5 * time.Second // whoever holds its output open for longer is a leftover
	if err := x.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.ended = make(chan struct{})
	go func() {
		defer close(x.ended)
		x.err = x.cmd.Wait()
	}()
	x.t.Cleanup(x.tidy)
}

// tidy ends what a failed test leaves running, and shows what it said.
func (x *tunnel) tidy() {
	if !x.over() {
		x.gone(x.killGroup())
	}
	if x.t.Failed() {
		x.t.Logf("windtunnel said:\n%s", x.said.text())
	}
}

func (x *tunnel) over() bool {
	select {
	case <-x.ended:
		return true
	default:
		return false
	}
}

// wait waits for the end and returns the exit code, -1 after a signal.
func (x *tunnel) wait() int {
	x.t.Helper()
	// One that hangs says where, and why nobody need wait for longer.
	late := time.AfterFunc(time.Minute, func() { _ = x.cmd.Process.Signal(syscall.SIGQUIT) })
	defer late.Stop()
	<-x.ended
	if errors.Is(x.err, exec.ErrWaitDelay) {
		x.t.Error("somebody still holds its output open")
	}
	return x.cmd.ProcessState.ExitCode()
}

// signal signals windtunnel alone, press its process group, as a terminal does.
// It may have ended by now.
func (x *tunnel) signal(s syscall.Signal) { _ = x.cmd.Process.Signal(s) }
func (x *tunnel) press(s syscall.Signal)  { _ = syscall.Kill(-x.cmd.Process.Pid, s) }

// kill kills windtunnel alone, killGroup its process group, as a CI runner does.
// Either returns when that was.
func (x *tunnel) kill() time.Time {
	at := time.Now()
	x.signal(syscall.SIGKILL)
	x.wait()
	return at
}

func (x *tunnel) killGroup() time.Time {
	at := time.Now()
	x.press(syscall.SIGKILL)
	x.wait()
	return at
}

// left names what there is of the runs.
func (x *tunnel) left() []string {
	x.t.Helper()
	left := x.on.left(x.t, x.runs())
	if count := running(x.dir); count > 0 {
		left = append(left, fmt.Sprintf("%d processes of the user's program", count))
	}
	return left
}

// Instants of a run, by what windtunnel says.

func (x *tunnel) deploys() { x.says("0 of 5 instances ready") }
func (x *tunnel) loads()   { x.says("phase steady") }
func (x *tunnel) tearDown() {
	x.until("it removes the run", func() bool { return x.logs(`"removing"`) })
}

// freezes waits until both nodes that faults pause are frozen.
func (x *tunnel) freezes() {
	x.until("instances are frozen", func() bool { return x.on.frozen(x.t, x.runs()) == 3 })
}

func (x *tunnel) says(text string) {
	x.until("it says "+text, func() bool { return strings.Contains(x.said.text(), text) })
}

// until waits for a condition, generously, for as long as windtunnel runs.
func (x *tunnel) until(what string, holds func() bool) {
	x.t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if x.over() && !holds() || time.Now().After(end) {
			x.t.Fatal("never: ", what)
		}
	}
}

// logs says whether the log of the latest run has a text.
func (x *tunnel) logs(text string) bool {
	dirs := x.dirs()
	if len(dirs) == 0 {
		return false
	}
	log, _ := os.ReadFile(filepath.Join(dirs[len(dirs)-1], "logs", "windtunnel.log"))
	return bytes.Contains(log, []byte(text))
}

// dirs are the run directories, oldest first.
func (x *tunnel) dirs() []string {
	entries, _ := os.ReadDir(x.out) // which is not there before the first run
	var dirs []string
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, filepath.Join(x.out, e.Name()))
		}
	}
	return dirs
}

// runs are the ids of the runs so far.
func (x *tunnel) runs() []string {
	var ids []string
	for _, dir := range x.dirs() {
		ids = append(ids, dir[strings.LastIndexByte(dir, '-')+1:])
	}
	return ids
}

// transcript keeps what a process writes.
type transcript struct {
	mu      sync.Mutex
	written bytes.Buffer
}

func (s *transcript) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.Write(text)
}

func (s *transcript) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.String()
}
