package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// virtualEvery is how often a simulation that takes long says how far it is.
const virtualEvery = 2 * time.Second

// virtualProgress tells how far a simulation has come, in virtual time, and how
// long that took. Those that end within virtualEvery say nothing.
type virtualProgress struct {
	reached *atomic.Int64 // virtual time, in nanoseconds
	out     io.Writer
	title   string
	length  time.Duration
	began   time.Time
	stop    chan struct{}
	ended   sync.WaitGroup
}

func newVirtualProgress(out io.Writer, title string, length time.Duration, reached *atomic.Int64) *virtualProgress {
	p := &virtualProgress{reached: reached, out: out, title: title, length: length, began: time.Now(), stop: make(chan struct{})}
	p.ended.Go(p.tick)
	return p
}

func (p *virtualProgress) tick() {
	ticker := time.NewTicker(virtualEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			fmt.Fprintln(p.out, p.line(now.Sub(p.began)))
		}
	}
}

// line says how far the run is after so much time on the wall.
func (p *virtualProgress) line(wall time.Duration) string {
	virtual := time.Duration(p.reached.Load())
	return fmt.Sprintf("%s: %v of %v simulated in %v, %.3g times as fast as live", p.title,
		virtual.Round(100*time.Millisecond), p.length, wall.Round(100*time.Millisecond), virtual.Seconds()/max(wall.Seconds(), 1e-9))
}

func (p *virtualProgress) close() {
	close(p.stop)
	p.ended.Wait()
}
