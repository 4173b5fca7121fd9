package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"windtunnel/runner/backend"
	"windtunnel/runner/watchdog"
)

// TestMain makes the test binary be windtunnel where it is called by that name,
// so that tests meet it as a process, and a watchdog where windtunnel starts one.
func TestMain(m *testing.M) {
	watchdog.Main(sweepers())
	testscript.Main(equipped{m}, map[string]func(){"windtunnel": main})
}

// equipped is the tests with windtunnel in the path and the node program beside it,
// as make build leaves them.
type equipped struct{ *testing.M }

func (e equipped) Run() int {
	if err := putNodeBeside(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer removeFamily()
	// Under nohup a hang-up is ignored, and programs inherit that. What is caught
	// here has its usual effect on them; here it is ignored as before.
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	// Under -race a program lingers for a second at its end; the tests start many.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return e.M.Run()
}

func putNodeBeside() error {
	windtunnel, err := exec.LookPath("windtunnel")
	if err != nil {
		return err
	}
	node, err := backend.NodeProgram(context.Background())
	if err != nil {
		return err
	}
	return os.Symlink(node, filepath.Join(filepath.Dir(windtunnel), filepath.Base(node)))
}
