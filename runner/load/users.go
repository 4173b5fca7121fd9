package load

import (
	"context"
	"sync"
	"time"

	"windtunnel/scenarios/arrival"
)

// punctualUsers is up to how many users nap: each nap holds a thread, and what a
// plain sleep is late by counts in the latency all the same.
const punctualUsers = 64

// users runs a closed phase: it begins and ends with the phase, whether or not
// requests of the phase before are still under way.
func (g *generator) users(ctx, coming context.Context, phase int, load *arrival.Closed) {
	if !sleepUntil(coming, g.Began.Add(g.Phases[phase].Begin), true) {
		return
	}
	var users sync.WaitGroup
	for u := range load.Users {
		users.Go(func() { g.user(ctx, coming, phase, load, u) })
	}
	users.Wait()
}

// user thinks and asks until the phase ends, or users no longer come. The intended instant of a request
// is the end of the thought before it.
func (g *generator) user(ctx, coming context.Context, phase int, load *arrival.Closed, u int) {
	at := g.Phases[phase].Begin
	end := at + g.Phases[phase].For
	for k := uint64(0); ; k++ {
		seq := load.ClosedSeq(phase, u, k)
		at += load.ThinkBefore(k, arrival.Identity(g.Seed, seq))
		if at >= end || !sleepUntil(coming, g.Began.Add(at), load.Users <= punctualUsers) {
			return
		}
		at = g.ask(ctx, arrival.Arriving{Seq: seq, Phase: phase, At: at}, false)
	}
}

// sleepUntil is false where the context ended first.
func sleepUntil(ctx context.Context, at time.Time, punctual bool) bool {
	left, ok := sleepUntilNear(ctx, at)
	if ok && left > 0 {
		if punctual {
			nap(left)
		} else {
			time.Sleep(left)
		}
	}
	return ok && ctx.Err() == nil
}
