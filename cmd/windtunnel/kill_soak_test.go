package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Kills at random instants, from windtunnel's first to past its last, on each
// backend WINDTUNNEL_KILLS times (default 50), drawn from WINDTUNNEL_SEED.
func TestSoakKills(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("a long campaign; make soak runs it")
	}
	seed, kills := number(t, "WINDTUNNEL_SEED", uint64(time.Now().UnixNano())), number(t, "WINDTUNNEL_KILLS", 50)
	t.Logf("WINDTUNNEL_SEED=%d WINDTUNNEL_KILLS=%d", seed, kills)
	for _, on := range grounds() {
		t.Run(on.name, func(t *testing.T) {
			whole := length(t, on)
			t.Logf("windtunnel not killed takes %s", whole.Round(time.Millisecond))
			c := campaign{on: on}
			t.Cleanup(func() { c.conclude(t) })
			draws := rand.New(rand.NewPCG(seed, uint64(len(on.name))))
			for i := range kills {
				after, group := time.Duration(draws.Int64N(int64(whole))), draws.IntN(2) == 0
				t.Run(strconv.FormatUint(i, 10), func(t *testing.T) {
					t.Parallel()
					c.kill(t, after, group)
				})
			}
		})
	}
}

// length measures how long windtunnel takes from its start to its end.
func length(t *testing.T, on ground) time.Duration {
	t.Helper()
	x := newTunnel(t, on)
	began := time.Now()
	x.start("run", x.file)
	x.ends(exitPass)
	return time.Since(began)
}

// campaign is many kills on one backend.
type campaign struct {
	on   ground
	mu   sync.Mutex
	took []time.Duration // from a kill to when something was seen last
	runs []string
}

func (c *campaign) kill(t *testing.T, after time.Duration, group bool) {
	x := newTunnel(t, c.on)
	x.start("run", x.file)
	time.Sleep(after) // the instant is what is tried
	kill := x.kill
	if group {
		kill = x.killGroup
	}
	took := x.gone(kill())
	x.readable()
	t.Logf("killed after %s, its group: %v; nothing was left %s later", after.Round(time.Millisecond), group, took.Round(time.Millisecond))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took, c.runs = append(c.took, took), append(c.runs, x.runs()...)
}

// conclude looks once more for what came late, and tells how long removal took.
func (c *campaign) conclude(t *testing.T) {
	if left := c.on.left(t, c.runs); len(left) > 0 {
		t.Errorf("came into being when all seemed over: %v", left)
	}
	if len(c.took) == 0 {
		return
	}
	slices.Sort(c.took)
	at := func(share float64) time.Duration {
		return c.took[int(share*float64(len(c.took)-1))].Round(time.Millisecond)
	}
	t.Logf("%s: %d kills, %d of them with a run begun; nothing was left after %s in the median, p90 %s, at most %s",
		c.on.name, len(c.took), len(c.runs), at(0.5), at(0.9), at(1))
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
