package watchdog

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Sweeper removes what is left of a run and returns how much it found. It is
// called again and again, also when nothing is left.
type Sweeper func(ctx context.Context, run string) (left int, err error)

// envTask makes a process a watchdog: "<backend>:<run>".
const envTask = "WINDTUNNEL_WATCHDOG"

// word is what windtunnel says when it has removed everything itself.
const word = "over\n"

// How long a sweep goes on. What windtunnel asked a daemon for just before it
// died may come into being some time later, so the run counts as gone only after
// several passes over a while found nothing. All that takes seconds; a daemon
// that restarts, or a machine that swaps, is given its time.
const (
	sweepTime  = 2 * time.Minute  // in all
	passTime   = 15 * time.Second // for one pass
	quietTime  = 3 * time.Second
	quietCount = 5
	passPause  = 200 * time.Millisecond
)

// Main takes the process over and never returns where Start made it a
// watchdog; otherwise it returns at once. A program that calls Start calls Main
// first thing in main (a test: in TestMain), with a sweeper for each backend.
func Main(sweepers map[string]Sweeper) {
	task, ok := os.LookupEnv(envTask)
	if !ok {
		return
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	backend, run, _ := strings.Cut(task, ":")
	sweep := sweepers[backend]
	if sweep == nil {
		fmt.Fprintf(os.Stderr, "watchdog: there is no sweeper for %q\n", backend)
		os.Exit(2)
	}
	if !watch(os.Stdin, sweep, run) {
		os.Exit(1)
	}
	os.Exit(0)
}

// watch waits for the word or the end of in, and sweeps where there was no word.
// It says whether nothing is left.
func watch(in io.Reader, sweep Sweeper, run string) bool {
	if line, _ := bufio.NewReader(in).ReadString('\n'); line == word {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), sweepTime)
	defer cancel()
	return untilQuiet(ctx, sweep, run)
}

// untilQuiet sweeps until quietCount passes on end, over quietTime at least,
// found nothing; false when ctx ends first.
func untilQuiet(ctx context.Context, sweep Sweeper, run string) bool {
	var since time.Time // when the first of the quiet passes began
	for quiet := 0; ; {
		began := time.Now()
		left, err := pass(ctx, sweep, run)
		switch {
		case ctx.Err() != nil:
			return false
		case left > 0 || err != nil:
			quiet = 0
		default:
			if quiet == 0 {
				since = began
			}
			quiet++
		}
		if quiet >= quietCount && time.Since(since) >= quietTime {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(passPause):
		}
	}
}

// pass sweeps once. One that did not end in its time has failed.
func pass(ctx context.Context, sweep Sweeper, run string) (left int, err error) {
	ctx, cancel := context.WithTimeout(ctx, passTime)
	defer cancel()
	left, err = sweep(ctx, run)
	return left, cmp.Or(err, ctx.Err())
}
