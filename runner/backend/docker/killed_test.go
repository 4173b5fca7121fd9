package docker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/backend"
	"windtunnel/topologies"
)

// deployAndWait deploys six nodes, and then does nothing until it is killed.
func deployAndWait(run string) int {
	var nodes []*topologies.Node
	for n := range 6 {
		nodes = append(nodes, service(fmt.Sprintf("node%d", n)))
	}
	plan := planOf(nodes...)
	plan.Run = run
	d, err := Backend{Program: os.Getenv("WINDTUNNEL_TEST_PROGRAM")}.Deploy(context.Background(), plan, logs(os.TempDir()))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var group sync.WaitGroup
	for _, n := range nodes {
		group.Go(func() { _, _ = d.Start(context.Background(), n.Name, 1) })
	}
	group.Wait()
	time.Sleep(time.Hour)
	return 0
}

// A windtunnel that is killed while it brings nodes up leaves nothing, once the
// run has been swept until all is quiet: not even what the daemon was still at.
func TestSweepAfterKill(t *testing.T) {
	d := needDocker(t)
	run := fmt.Sprintf("test-killed-%d", os.Getpid())
	t.Cleanup(func() { nothingLeft(t, d, run) })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+run, "WINDTUNNEL_TEST_PROGRAM="+stubProgram(t), "TMPDIR="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := func() []labelled {
		list, err := list(t.Context(), d.api, backend.LabelRun+"="+run)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	eventually(t, "the network and some containers are there", func() bool { return len(found()) > 2 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, which is an error
	for _, f := range found() {
		if f.Owned {
			t.Errorf("%s counts as owned, and its owner is dead", f.Name)
		}
	}
	quiet := time.Now()
	for end := time.Now().Add(30 * time.Second); time.Since(quiet) < time.Second; time.Sleep(20 * time.Millisecond) {
		if _, err := Sweep(t.Context(), run); err != nil {
			t.Log(err) // the next pass tries again
		}
		if len(found()) > 0 {
			quiet = time.Now()
		}
		if time.Now().After(end) {
			t.Fatalf("left after 30 s: %v", found())
		}
	}
}

// What a deployment set going has ended when it is closed.
func TestNothingRunsOnAfterClose(t *testing.T) {
	d := needDocker(t)
	d.close()
	before := runtime.NumGoroutine()
	b := deploy(t, Backend{}, service("payments"))
	i := b.start("payments", 1)
	if _, err := ask(t.Context(), i.Address, "/"); err != nil {
		t.Error(err)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	d.close()
	eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}
