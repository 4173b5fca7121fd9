package watchdog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Watchdog is the second process, as the first one sees it.
type Watchdog struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	once  sync.Once
	err   error
}

// closeTime bounds the wait for a watchdog that was told that all is over.
const closeTime = 5 * time.Second

// Start starts a watchdog for a run on a backend that Main has a sweeper for.
// It is this program again, in a session of its own, so that neither a Ctrl-C
// nor the end of the terminal reaches it, with nothing of ours open but the pipe.
func Start(run, backendName string) (*Watchdog, error) {
	if os.Getenv(envTask) != "" {
		return nil, errors.New("start watchdog: this is one already: main must call watchdog.Main first")
	}
	self, err := selfPath()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	closeOnExec()
	cmd := exec.Command(self)
	cmd.Args[0] = "windtunnel-watchdog"
	cmd.Dir = "/"
	cmd.Env = environment(os.Environ(), backendName+":"+run)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// Output goes to /dev/null: an inherited pipe would keep who reads
	// windtunnel's output waiting after windtunnel has ended.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return &Watchdog{cmd: cmd, stdin: stdin}, nil
}

// environment is the watchdog's: ours, for a daemon's address and credentials,
// without marks of a run that windtunnel itself may belong to (whoever sweeps
// that run must not take our watchdog with it), and with as little runtime as can be.
func environment(ours []string, task string) []string {
	var env []string
	for _, v := range ours {
		if !strings.HasPrefix(v, "WINDTUNNEL_") && !strings.HasPrefix(v, "GOMAXPROCS=") {
			env = append(env, v)
		}
	}
	return append(env, "GOMAXPROCS=1", envTask+"="+task)
}

// Close tells the watchdog that nothing is left, and waits until it has ended.
// Who could not remove everything does not call Close, but ends: the watchdog
// then tries in its place. Close is safe twice and on nil.
func (w *Watchdog) Close() error {
	if w == nil {
		return nil
	}
	w.once.Do(func() {
		_, said := io.WriteString(w.stdin, word)
		_ = w.stdin.Close()
		late := time.AfterFunc(closeTime, func() { _ = w.cmd.Process.Kill() })
		defer late.Stop()
		if err := w.cmd.Wait(); err != nil {
			w.err = fmt.Errorf("end watchdog: %w", err)
		} else if said != nil {
			w.err = errors.New("end watchdog: it had ended before")
		}
	})
	return w.err
}
