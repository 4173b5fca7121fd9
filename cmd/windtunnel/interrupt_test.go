package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"windtunnel/reports"
	"windtunnel/runner/record"
)

// Who ends windtunnel in good order gets it: faults are healed, all is removed
// when it has ended, and what was measured is kept and marked.
func TestInterrupted(t *testing.T) {
	processes, containers := grounds()[0], grounds()[1]
	ctrlC := func(x *tunnel) { x.press(syscall.SIGINT) }
	terminate := func(x *tunnel) { x.signal(syscall.SIGTERM) }
	hangUp := func(x *tunnel) { x.press(syscall.SIGHUP) }
	for _, c := range []struct {
		when string
		on   ground
		wait func(*tunnel)
		end  func(*tunnel)
	}{
		{"while it deploys", processes, (*tunnel).deploys, ctrlC},
		{"while it deploys", containers, (*tunnel).deploys, ctrlC},
		{"under load", processes, (*tunnel).loads, terminate},
		{"while instances are frozen", processes, (*tunnel).freezes, ctrlC},
		{"while instances are frozen", containers, (*tunnel).freezes, terminate},
		{"as its terminal closes", processes, (*tunnel).freezes, hangUp},
	} {
		t.Run(c.on.name+" "+c.when, func(t *testing.T) {
			t.Parallel()
			x := newTunnel(t, c.on)
			x.start("run", x.file)
			c.wait(x)
			c.end(x)
			x.ends(exitInterrupted)
			x.isPartial(x.dirs()[0], "interrupted")
		})
	}
}

func TestTimeout(t *testing.T) {
	for _, c := range []struct {
		when, after string
		on          ground
	}{
		{"under load", "2s", grounds()[0]}, // of which load alone takes more
		{"while it deploys", "300ms", grounds()[1]},
	} {
		t.Run(c.on.name+" "+c.when, func(t *testing.T) {
			t.Parallel()
			x := newTunnel(t, c.on)
			x.start("run", x.file, "--timeout", c.after)
			x.ends(exitTimeout)
			x.isPartial(x.dirs()[0], errTimeout.Error())
		})
	}
}

// An interrupt ends all that a command has before it, and spoils nothing that it has behind it.
func TestInterruptedInTheSecondRun(t *testing.T) {
	t.Parallel()
	x := newTunnel(t, grounds()[0])
	x.start("compare", "--scenario", x.file, "--runs", "3")
	x.says("run 2 of 3: small on small: 5 of 5 instances ready")
	x.press(syscall.SIGINT)
	x.ends(exitInterrupted)
	if dirs := x.dirs(); len(dirs) != 2 {
		t.Errorf("there are %d run directories: %q", len(dirs), dirs)
	} else {
		x.isWhole(dirs[0])
		x.isPartial(dirs[1], "interrupted")
	}
}

// Ctrl-C until it ends: the second one ends windtunnel itself, and its watchdog
// does what it no longer can.
func TestImpatience(t *testing.T) {
	for _, on := range grounds() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			x := newTunnel(t, on)
			x.start("run", x.file)
			x.freezes()
			began := time.Now()
			for !x.over() {
				x.press(syscall.SIGINT)
				time.Sleep(5 * time.Millisecond) // as quick as a finger never is
			}
			if code := x.wait(); code != -1 && code != exitInterrupted || time.Since(began) > 5*time.Second {
				t.Errorf("exit code %d after %s", code, time.Since(began))
			}
			x.gone(began)
			x.readable()
		})
	}
}

// Nobody reads what windtunnel writes: `windtunnel run … | head -1`.
func TestUnread(t *testing.T) {
	t.Parallel()
	x := newTunnel(t, grounds()[0])
	report := filepath.Join(t.TempDir(), "report.md")
	x.startUnread("run", x.file, "-o", report, "--check", "total.errors.rate < 0.01%")
	x.ends(exitFail)
	x.isWhole(x.dirs()[0])
	if text, err := os.ReadFile(report); !strings.Contains(string(text), "small on small") {
		t.Errorf("the report that -o asked for: %v %q", err, text)
	}
}

// ends holds that windtunnel ends with an exit code, and leaves nothing for
// anybody else to remove.
func (x *tunnel) ends(code int) {
	x.t.Helper()
	if got := x.wait(); got != code {
		x.t.Errorf("exit code %d, want %d", got, code)
	}
	runs := x.runs()
	if left := x.left(); len(left) > 0 || x.on.watched(runs) {
		x.t.Errorf("left: %s; a watchdog: %v", strings.Join(left, ", "), x.on.watched(runs))
	}
	if len(runs) == 0 {
		x.t.Fatal("there is no run directory")
	}
	x.readable()
}

// isWhole holds that a run is not marked partial, isPartial that it is, that it
// says why, and that what it began it has ended.
func (x *tunnel) isWhole(dir string) {
	x.t.Helper()
	if loaded, err := record.Load(dir); err != nil || loaded.Partial || !loaded.Finished {
		x.t.Errorf("%s: %+v, %v", dir, loaded, err)
	}
}

func (x *tunnel) isPartial(dir, why string) {
	x.t.Helper()
	var result struct{ Verdict string }
	text, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err == nil {
		err = json.Unmarshal(text, &result)
	}
	if err != nil || result.Verdict != "partial" {
		x.t.Errorf("verdict %q, %v", result.Verdict, err)
	}
	summary, err := os.ReadFile(filepath.Join(dir, "summary.md"))
	if err != nil || !strings.Contains(string(summary), why) {
		x.t.Errorf("%v; the summary does not say %q:\n%s", err, why, summary)
	}
	loaded, err := record.Load(dir)
	if err != nil {
		x.t.Fatal(err)
	}
	inForce := map[string]bool{}
	for _, e := range loaded.Events {
		switch e.Kind {
		case record.FaultBegan:
			inForce[e.Name] = true
		case record.FaultHealed:
			delete(inForce, e.Name)
		}
	}
	if len(inForce) > 0 {
		x.t.Errorf("begun and not healed: %v", inForce)
	}
}

// An interrupt of a suite keeps the runs that ended, and marks those that were not come to.
func TestSuiteInterrupted(t *testing.T) {
	t.Parallel()
	x := newTunnel(t, grounds()[0])
	suite := filepath.Join(x.dir, "suite.yaml")
	if err := os.WriteFile(suite, []byte("suite: whole\nruns: 3\nscenarios: [small]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := x.out
	x.start("run", suite)
	x.says("run 2 of 3: small on small: 5 of 5 instances ready")
	x.press(syscall.SIGINT)
	x.wait()
	x.out = filepath.Join(whole, "latest")
	x.ends(exitInterrupted)
	dirs := x.dirs()
	if len(dirs) != 2 {
		t.Fatalf("there are %d run directories: %q", len(dirs), dirs)
	}
	x.isWhole(dirs[0])
	x.isPartial(dirs[1], "interrupted")
	index, dir, err := indexAt(x.out)
	if err != nil || index == nil {
		t.Fatal(dir, err)
	}
	third := index.Runs[2]
	if index.Verdict == reports.Pass || third.Verdict != reports.NotRun || third.Dir != "" || !slices.Equal(third.Reasons, []string{"interrupted"}) {
		t.Errorf("%s: the third run is %+v", index.Verdict, third)
	}
	for _, f := range suiteFiles {
		if _, err := os.Stat(filepath.Join(x.out, f.name)); err != nil {
			t.Error(err)
		}
	}
}
