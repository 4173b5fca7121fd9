package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
)

// cleanTime is how soon after a SIGKILL nothing may be left of a run.
const cleanTime = 10 * time.Second

// Wherever windtunnel is killed, nothing of its run is left soon, and what was
// recorded can be read.
func TestKilled(t *testing.T) {
	for _, on := range grounds() {
		for _, c := range []struct {
			when string
			wait func(*tunnel)
			kill func(*tunnel) time.Time
		}{
			{"while it deploys", (*tunnel).deploys, (*tunnel).kill},
			{"under load", (*tunnel).loads, (*tunnel).killGroup},
			{"while instances are frozen", (*tunnel).freezes, (*tunnel).kill},
			{"while it removes the run", (*tunnel).tearDown, (*tunnel).kill},
		} {
			t.Run(on.name+" "+c.when, func(t *testing.T) {
				t.Parallel()
				x := newTunnel(t, on)
				x.start("run", x.file)
				c.wait(x)
				took := x.gone(c.kill(x))
				t.Logf("nothing was left after %s", took.Round(time.Millisecond))
				x.readable()
			})
		}
	}
}

// A reader that has left changes nothing about a kill.
func TestKilledUnread(t *testing.T) {
	t.Parallel()
	x := newTunnel(t, grounds()[0])
	x.startUnread("run", x.file)
	x.freezes()
	x.gone(x.kill())
	x.readable()
}

// gone waits until nothing of the runs is left and their watchdogs have ended,
// and returns how long after an instant something was seen last.
func (x *tunnel) gone(since time.Time) time.Duration {
	x.t.Helper()
	seen := since
	for {
		left, now := x.left(), time.Now()
		switch {
		case len(left) > 0:
			seen = now
		case !x.on.watched(x.runs()):
			if took := seen.Sub(since); took <= cleanTime {
				return took
			}
			x.t.Errorf("something was left for %s", seen.Sub(since))
			return seen.Sub(since)
		}
		if now.Sub(since) > 3*cleanTime {
			x.t.Errorf("left after %s: %s", now.Sub(since), strings.Join(left, ", "))
			return now.Sub(since)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// readable holds that each run directory loads, is partial where run.json was not
// written any more, and can be reported on.
func (x *tunnel) readable() {
	x.t.Helper()
	for _, dir := range x.dirs() {
		loaded, err := record.Load(dir)
		if err != nil {
			x.t.Error(err)
			continue
		}
		if _, err = os.Stat(filepath.Join(dir, "run.json")); err != nil && !loaded.Partial {
			x.t.Errorf("%s is not marked partial, and has no run.json", dir)
		}
		var stdout, stderr bytes.Buffer
		code := run(x.t.Context(), []string{"report", dir}, nil, &stdout, &stderr)
		if code != exitPass || !strings.Contains(stdout.String(), "small on small") {
			x.t.Errorf("report exits %d: %s%s", code, &stdout, &stderr)
		}
		if loaded.Partial && !strings.Contains(strings.ToLower(stdout.String()), "partial") {
			x.t.Errorf("the report does not say that the run is partial:\n%s", &stdout)
		}
	}
}
