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

// Kills at random instants of every stage, on each backend WINDTUNNEL_KILLS
// times (default 50), drawn from WINDTUNNEL_SEED.
func TestSoakKills(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("a long campaign; make soak runs it")
	}
	seed, kills := number(t, "WINDTUNNEL_SEED", uint64(time.Now().UnixNano())), number(t, "WINDTUNNEL_KILLS", 50)
	t.Logf("WINDTUNNEL_SEED=%d WINDTUNNEL_KILLS=%d", seed, kills)
	for _, on := range grounds() {
		t.Run(on.name, func(t *testing.T) {
			stages := measured(t, on)
			c := campaign{on: on}
			t.Cleanup(func() { c.conclude(t) })
			draws := rand.New(rand.NewPCG(seed, uint64(len(on.name))))
			for i := range kills {
				s := stages[i%uint64(len(stages))]
				after, group := time.Duration(draws.Int64N(int64(s.length))), draws.IntN(2) == 0
				t.Run(strconv.FormatUint(i, 10)+" "+s.name, func(t *testing.T) {
					t.Parallel()
					c.kill(t, s, after, group)
				})
			}
		})
	}
}

// stage is a part of windtunnel's life.
type stage struct {
	name   string
	wait   func(*tunnel) // for its begin
	length time.Duration // of it, as measured
}

// measured returns the stages, from windtunnel's first instant to its last.
func measured(t *testing.T, on ground) []stage {
	t.Helper()
	stages := []stage{
		{name: "start", wait: func(*tunnel) {}}, {name: "deploy", wait: (*tunnel).deploys},
		{name: "load", wait: (*tunnel).loads}, {name: "removal", wait: (*tunnel).tearDown},
		{name: "end", wait: func(x *tunnel) { x.wait() }},
	}
	x := newTunnel(t, on)
	x.start("run", x.file)
	var begins []time.Time
	for _, s := range stages {
		s.wait(x)
		begins = append(begins, time.Now())
	}
	x.ends(exitPass)
	stages = stages[:len(stages)-1]
	for i := range stages {
		stages[i].length = begins[i+1].Sub(begins[i])
		t.Logf("%s: %s takes %s", on.name, stages[i].name, stages[i].length.Round(time.Millisecond))
	}
	return stages
}

// campaign is many kills on one backend.
type campaign struct {
	on   ground
	mu   sync.Mutex
	took []time.Duration // from a kill to when something was seen last
	runs []string
}

func (c *campaign) kill(t *testing.T, s stage, after time.Duration, group bool) {
	x := newTunnel(t, c.on)
	x.start("run", x.file)
	s.wait(x)
	time.Sleep(after) // the instant is what is tried
	kill := x.kill
	if group {
		kill = x.killGroup
	}
	took := x.gone(kill())
	x.readable()
	t.Logf("killed %s into its %s, its group: %v; nothing was left %s later",
		after.Round(time.Millisecond), s.name, group, took.Round(time.Millisecond))
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
