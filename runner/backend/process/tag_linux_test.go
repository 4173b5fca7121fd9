package process

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTag(t *testing.T) {
	for _, c := range []struct {
		marks      []string
		name, want string
	}{
		{[]string{"WINDTUNNEL_RUN=r1", "WINDTUNNEL_INSTANCE=a-1", "WINDTUNNEL_OWNER=12:34"}, "WINDTUNNEL_INSTANCE", "a-1"},
		{[]string{"WINDTUNNEL_RUN=r1", "WINDTUNNEL_INSTANCE=" + strings.Repeat("a", 300)}, "WINDTUNNEL_RUN", "r1"}, // cut off
	} {
		tag, err := newTag(c.marks)
		if err != nil {
			t.Fatal(err)
		}
		defer tag.Close()
		if tag.Fd() <= tagFD {
			t.Errorf("it is at %d, where it marks this process", tag.Fd())
		}
		cmd := exec.Command(os.Args[0], "stub:sleep")
		cmd.Env, cmd.ExtraFiles = []string{}, []*os.File{tag} // the first goes to tagFD
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if got := marksOf(cmd.Process.Pid).get(c.name); got != c.want {
			t.Errorf("%s = %q, want %q", c.name, got, c.want)
		}
		_, _ = cmd.Process.Kill(), cmd.Wait()
	}
	if e := tagOf(1 << 30); e != nil {
		t.Errorf("the tag of nobody is %q", e)
	}
}
