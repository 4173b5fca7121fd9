package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
	"windtunnel/runner/live"
	"windtunnel/runner/record"
)

// How often a run that is followed is looked at, how often its checks are judged
// at most, and for which part of the time: the more there is to judge by, the
// longer that takes, and it must not take the load generator's cores.
const (
	followEvery = 200 * time.Millisecond
	judgeEvery  = time.Second
	judgePart   = 50
)

// shownRun is one run while it goes.
type shownRun struct {
	show     *show
	recorder record.Recorder // what the engine records into
	live     bool
	title    string
	length   time.Duration
	began    time.Time
	reached  atomic.Int64 // of a simulation: see sim.Engine
	state    atomic.Pointer[follow.State]

	lines   *progress        // nil: nobody reads lines of a live run
	virtual *virtualProgress // nil: nor of a simulated one

	tap       *follow.Tap // nil: nobody follows
	mu        sync.Mutex
	run       *follow.Run
	spare     *follow.Batch
	judge     time.Time // when the checks are due
	stop      chan struct{}
	following sync.WaitGroup
}

var _ live.Progress = (*shownRun)(nil)

// tell begins to tell in lines.
func (r *shownRun) tell() {
	if r.live {
		r.lines = newProgress(r.show.app.stderr, r.show.terminal, r.title)
	} else {
		r.virtual = newVirtualProgress(r.show.app.stderr, r.title, r.length, &r.reached)
	}
}

// follow begins to follow what is recorded.
func (r *shownRun) follow(p follow.Plan, dir string) {
	r.tap, r.run, r.stop = follow.NewTap(r.recorder), follow.New(p), make(chan struct{})
	r.recorder = r.tap
	if len(r.show.lines) > 0 {
		r.run.Detail()
	}
	for _, l := range r.show.lines {
		l.Begin(&p, dir)
	}
	r.state.Store(r.run.State())
	r.following.Go(func() {
		defer r.show.leaveInPanic()
		ticker := time.NewTicker(followEvery)
		defer ticker.Stop()
		for {
			select {
			case <-r.stop:
				return
			case <-ticker.C:
				r.look()
			}
		}
	})
}

// look brings what is known of the run up to date.
func (r *shownRun) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, reached := time.Now(), time.Duration(r.reached.Load()) // what has happened until then is among what is taken
	taken := r.tap.Take(r.spare)
	r.run.Take(taken)
	r.spare = taken
	if began := r.tap.Began(); r.live && !began.IsZero() {
		r.run.Advance(now.Sub(began), now.Sub(began))
	} else if !r.live {
		r.run.Advance(reached, now.Sub(r.began))
	}
	if now = time.Now(); !now.Before(r.judge) {
		r.run.Judge()
		r.judge = now.Add(max(judgeEvery, judgePart*time.Since(now)))
	}
	r.tellOn()
}

func (r *shownRun) tellOn() {
	for _, l := range r.show.lines {
		l.Follow(r.run)
	}
	r.state.Store(r.run.State())
}

// Deploying implements live.Progress.
func (r *shownRun) Deploying(ready, total int, waiting []string) {
	if r.lines != nil {
		r.lines.Deploying(ready, total, waiting)
	}
	if r.tap != nil {
		r.tap.Deploying(ready, total, waiting)
	}
}

// Began implements live.Progress.
func (r *shownRun) Began(length time.Duration) {
	if r.lines != nil {
		r.lines.Began(length)
	}
}

// Event implements live.Progress.
func (r *shownRun) Event(e record.Event) {
	if r.lines != nil {
		r.lines.Event(e)
	}
	if r.tap != nil {
		r.tap.Told(e)
	}
}

// carriedOut is called once the engine has returned: everything is recorded.
func (r *shownRun) carriedOut(err error) {
	switch {
	case r.lines != nil:
		r.lines.close()
	case r.virtual != nil:
		r.virtual.close()
		if err == nil {
			fmt.Fprintf(r.show.app.stderr, "%s: %v simulated in %v\n", r.title, r.length, time.Since(r.began).Round(time.Millisecond))
		}
	}
	if r.tap == nil {
		return
	}
	close(r.stop)
	r.following.Wait()
	r.judge = time.Time{}
	r.look()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.Enter(follow.Analysing)
	r.state.Store(r.run.State())
}

// concluded is called once the run has its report, or will never have one.
func (r *shownRun) concluded(a *reports.Analysis, err error) {
	if r.tap == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	verdict := reports.Verdict("")
	if a != nil {
		verdict = a.Verdict
	}
	r.run.Judged(verdict)
	r.tellOn()
	for _, l := range r.show.lines {
		l.End(r.run, err)
	}
}
