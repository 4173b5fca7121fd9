package backend

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestOwnerOfThisProcessIsAlive(t *testing.T) {
	owner := Owner()
	if !OwnerAlive(owner) {
		t.Errorf("%q is this process, and counts as dead", owner)
	}
	if !strings.HasPrefix(owner, strconv.Itoa(os.Getpid())+":") {
		t.Errorf("%q does not begin with the pid", owner)
	}
}

func TestOwnerThatEndedIsDead(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	started, alive := startOf(cmd.Process.Pid)
	owner := strconv.Itoa(cmd.Process.Pid) + ":" + started
	if !alive || !OwnerAlive(owner) {
		t.Errorf("%s runs, and counts as dead", owner)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if OwnerAlive(owner) {
		t.Errorf("%s ended, and counts as alive", owner)
	}
}

func TestOwnerWithAnotherStartIsAnotherProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("start times are known on Linux only")
	}
	if owner := strconv.Itoa(os.Getpid()) + ":1"; OwnerAlive(owner) {
		t.Errorf("%s counts as alive", owner)
	}
}

func TestNobodyIsDead(t *testing.T) {
	for _, owner := range []string{"", ":", "x:1", "0:0", "-1:3", "1", "999999999:1"} {
		if OwnerAlive(owner) {
			t.Errorf("%q counts as alive", owner)
		}
	}
}

func TestMarks(t *testing.T) {
	got := strings.Join(Marks("r1", "payments-1"), " ")
	want := "WINDTUNNEL_RUN=r1 WINDTUNNEL_INSTANCE=payments-1 WINDTUNNEL_OWNER=" + Owner()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
