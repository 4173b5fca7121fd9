package process

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/watchdog"
)

// envParent makes the test binary a windtunnel that deploys the run it names.
const envParent = "PROCESS_TEST_PARENT"

// deployUntilKilled starts and stops instances of all sorts without end.
func deployUntilKilled(run string) {
	dog, err := watchdog.Start(run, "process")
	if err != nil {
		panic(err)
	}
	defer dog.Close()
	a, b, family := service("a"), service("b"), command("family", "family")
	a.CPU, a.Memory, family.CPU = 0.5, 64<<20, 0.5
	p := newPlan(a, b, family)
	p.Run = run
	d, err := Backend{Program: os.Args[1]}.Deploy(context.Background(), p, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println("deploying")
	for round := 0; ; round++ {
		var starts sync.WaitGroup
		for i := range 6 {
			starts.Go(func() {
				if in, err := d.Start(context.Background(), []string{"a", "b", "family"}[i%3], 10*round+i); err == nil && round > 0 {
					_ = d.Stop(context.Background(), in.Name)
				}
			})
		}
		starts.Wait()
	}
}

// Wherever windtunnel is killed while it deploys, nothing of the run is left 10 s later.
func TestKilledWhileDeploying(t *testing.T) {
	times := 4
	if os.Getenv("WINDTUNNEL_SOAK") == "1" {
		times = 100
	}
	for i := range times {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			killDeploying(t, time.Duration(rand.Int64N(int64(150*time.Millisecond))))
		})
	}
}

func killDeploying(t *testing.T, after time.Duration) {
	run := newPlan().Run
	parent := exec.Command(os.Args[0], program(t, "node"))
	parent.Env = append(os.Environ(), envParent+"="+run)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = parent.Process.Kill(), parent.Wait() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "deploying\n" {
		t.Fatalf("the parent said %q, %v", line, err)
	}
	time.Sleep(after) // the instant is what is tried
	killed := time.Now()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, "the watchdog ends", func() bool { return !watched(run) })
	left := remains(run)
	t.Logf("killed after %s; the watchdog needed %s", after, time.Since(killed).Round(time.Millisecond))
	if len(left) > 0 || time.Since(killed) > 10*time.Second {
		t.Errorf("killed after %s: %s later there is %s", after, time.Since(killed), strings.Join(left, ", "))
	}
}

// watched says whether the run's watchdog lives.
func watched(run string) bool {
	for _, pid := range pids() {
		if marked(environOf(pid), []string{"WINDTUNNEL_WATCHDOG=process:" + run}) {
			return true
		}
	}
	return false
}

func TestSweepOfNothing(t *testing.T) {
	if left, err := Sweep(t.Context(), newPlan().Run); left != 0 || err != nil {
		t.Errorf("%d, %v", left, err)
	}
	if _, err := Sweep(t.Context(), ""); err == nil {
		t.Error("a sweep of no run in particular")
	}
}

func TestSweepFindsAndRemovesAll(t *testing.T) {
	a := service("a")
	a.CPU, a.Memory = 0.5, 64<<20
	d, _ := deploy(t, "node", a, command("mine", "family"))
	one := start(t, d, "a", 1)
	two, _ := family(t, d)
	for _, l := range mustLeftovers(t, d.plan.Run) {
		if !l {
			t.Error("a live windtunnel's processes count as not owned")
		}
	}
	if left, err := Sweep(t.Context(), d.plan.Run); left < 4 || err != nil {
		t.Errorf("found %d, %v", left, err)
	}
	<-one.Exited
	<-two.Exited
	until(t, "a pass finds nothing", func() bool {
		left, err := Sweep(t.Context(), d.plan.Run)
		return left == 0 && err == nil
	})
}

func mustLeftovers(t *testing.T, run string) (owned []bool) {
	t.Helper()
	all, err := Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Run == run {
			owned = append(owned, l.Owned)
		}
	}
	if len(owned) == 0 {
		t.Error("nothing is found")
	}
	return owned
}
