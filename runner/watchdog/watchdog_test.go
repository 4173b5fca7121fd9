package watchdog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// envParent makes the test binary a windtunnel that has a watchdog: it prints
// the watchdog's pid and waits to be killed.
const envParent = "WATCHDOG_TEST_PARENT"

func TestMain(m *testing.M) {
	Main(map[string]Sweeper{"note": note})
	if run := os.Getenv(envParent); run != "" {
		w, err := Start(run, "note")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(w.cmd.Process.Pid)
		select {}
	}
	os.Exit(m.Run())
}

// note is a sweeper that leaves a line for each pass in the file that the run
// names. Its first three passes find something.
func note(_ context.Context, run string) (int, error) {
	f, err := os.OpenFile(run, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	before, _ := io.ReadAll(f)
	left := max(0, 3-strings.Count(string(before), "\n"))
	_, err = fmt.Fprintln(f, left)
	return left, err
}

func TestOrderlyEnd(t *testing.T) {
	run := filepath.Join(t.TempDir(), "passes")
	w, err := Start(run, "note")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if !w.cmd.ProcessState.Success() {
		t.Error(w.cmd.ProcessState)
	}
	if _, err := os.Stat(run); err == nil {
		t.Error("it swept, though all was over")
	}
	if (*Watchdog)(nil).Close() != nil {
		t.Error("Close on nil")
	}
}

func TestKilledParent(t *testing.T) {
	run := filepath.Join(t.TempDir(), "passes")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), envParent+"="+run)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = parent.Process.Kill(), parent.Wait() })
	reader := bufio.NewReader(out)
	var dog int
	if _, err := fmt.Fscanln(reader, &dog); err != nil {
		t.Fatal(err)
	}
	until(t, "it ignores signals", func() bool { return ignores(dog, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) })
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := syscall.Kill(dog, s); err != nil {
			t.Fatal(err)
		}
	}
	killed := time.Now()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// A reader of windtunnel's output sees its end at once, not the watchdog's.
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Error(err)
	}
	if wait := time.Since(killed); wait > quietTime {
		t.Errorf("the output ended after %s only", wait)
	}
	until(t, "the watchdog ends", func() bool { return !runs(dog) })
	if took := time.Since(killed); took < quietTime || took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	text, _ := os.ReadFile(run)
	passes := strings.Fields(string(text))
	if len(passes) < 3+quietCount || !slices.Equal(passes[:4], []string{"3", "2", "1", "0"}) {
		t.Errorf("passes found %q", passes)
	}
}

func TestWatchdogWithoutItsSweeper(t *testing.T) {
	w, err := Start("r1", "no-such-backend")
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it ends", func() bool { return !runs(w.cmd.Process.Pid) })
	if err := w.Close(); err == nil || w.Close() != err {
		t.Errorf("got %v, then %v", err, w.Close())
	}
}

func TestWatchdogStartsNoWatchdog(t *testing.T) {
	t.Setenv(envTask, "note:r1")
	if _, err := Start("r1", "note"); err == nil {
		t.Error("no error")
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"HOME=/h", "WINDTUNNEL_RUN=outer", "DOCKER_HOST=x", "GOMAXPROCS=8"}, "docker:r1")
	want := []string{"HOME=/h", "DOCKER_HOST=x", "GOMAXPROCS=1", "WINDTUNNEL_WATCHDOG=docker:r1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWatch(t *testing.T) {
	sweepFailed := errors.New("daemon does not answer")
	type pass struct {
		left int
		err  error
	}
	found, failed, clean := pass{left: 2}, pass{err: sweepFailed}, pass{}
	for _, c := range []struct {
		name   string
		input  string
		passes []pass // the last one is repeated
		want   bool
		least  time.Duration
		most   time.Duration
	}{
		{"the word", "over\n", []pass{found}, true, 0, 0},
		{"half the word", "ov", []pass{clean}, true, quietTime, quietTime + passPause},
		{"nothing left", "", []pass{clean}, true, quietTime, quietTime + passPause},
		{"something first", "", []pass{found, found, clean}, true, quietTime + 2*passPause, quietTime + 3*passPause},
		{"something late", "", []pass{clean, clean, clean, found, clean}, true, quietTime + 4*passPause, quietTime + 5*passPause},
		{"a failure is not quiet", "", []pass{clean, failed, clean}, true, quietTime + 2*passPause, quietTime + 3*passPause},
		{"never quiet", "", []pass{found}, false, sweepTime, sweepTime},
		{"always failing", "", []pass{failed}, false, sweepTime, sweepTime},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, n := time.Now(), 0
				sweep := func(context.Context, string) (int, error) {
					p := c.passes[min(n, len(c.passes)-1)]
					n++
					return p.left, p.err
				}
				got := watch(strings.NewReader(c.input), sweep, "r1")
				if took := time.Since(began); got != c.want || took < c.least || took > c.most {
					t.Errorf("%v after %s and %d passes, want %v between %s and %s", got, took, n, c.want, c.least, c.most)
				}
			})
		})
	}
}

func TestSweeperThatHangsIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		hang := func(ctx context.Context, _ string) (int, error) { <-ctx.Done(); return 0, nil }
		if watch(strings.NewReader(""), hang, "r1") || time.Since(began) != sweepTime {
			t.Errorf("after %s", time.Since(began))
		}
	})
}

// runs says whether a process is there and no zombie.
func runs(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

// ignores reads the mask of ignored signals.
func ignores(pid int, signals ...syscall.Signal) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "SigIgn:")
	var mask uint64
	_, _ = fmt.Sscanf(rest, "%x", &mask)
	for _, s := range signals {
		if mask&(1<<(s-1)) == 0 {
			return false
		}
	}
	return true
}

// until waits for a condition, generously.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
