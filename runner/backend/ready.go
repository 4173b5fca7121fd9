package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// ErrExited says that an instance ended before it was ready.
var ErrExited = errors.New("it ended before it was ready")

// How often readiness is looked for: at first often enough to measure a cold
// start, later seldom enough to leave the starting program its CPU.
const (
	firstPoll = time.Millisecond
	lastPoll  = 50 * time.Millisecond
	oneProbe  = 2 * time.Second // an attempt that takes longer has failed
)

// WaitReady waits until address takes TCP connections, and then until GET health
// is answered 200 to 399; an empty health asks for no answer. It returns the
// instants when each was first seen. It ends early with ErrExited when exited is
// closed, and with ctx's cause and the last thing seen when ctx ends.
//
// Behind a forwarder that accepts for its target (Docker's userland proxy) a
// connection proves nothing: ask for health there.
func WaitReady(ctx context.Context, address, health string, exited <-chan struct{}) (listening, ready time.Time, err error) {
	ctx, stop := untilExit(ctx, exited)
	defer stop()
	listening, err = poll(ctx, func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if err != nil || health == "" {
		return listening, listening, err
	}
	client := probeClient()
	ready, err = poll(ctx, func(ctx context.Context) error { return healthy(ctx, client, "http://"+address+health) })
	return listening, ready, err
}

// untilExit returns a context that also ends when exited is closed, because of ErrExited.
func untilExit(ctx context.Context, exited <-chan struct{}) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-exited:
			cancel(ErrExited)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-watched
	}
}

// poll asks until probe has no error, and returns when that was.
func poll(ctx context.Context, probe func(context.Context) error) (time.Time, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var seen error
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); errors.Is(cause, ErrExited) || seen == nil {
				return time.Time{}, cause
			}
			return time.Time{}, fmt.Errorf("%w; last seen: %w", context.Cause(ctx), seen)
		case <-timer.C:
		}
		err := attempt(ctx, probe)
		if err == nil {
			return time.Now(), nil
		}
		if deadline, bounded := ctx.Deadline(); seen == nil || !bounded || time.Now().Before(deadline) {
			seen = err // not merely that the time was over
		}
		timer.Reset(pause)
	}
}

func attempt(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, oneProbe)
	defer cancel()
	return probe(ctx)
}

func healthy(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	reply, err := client.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode < 200 || reply.StatusCode > 399 {
		return fmt.Errorf("GET %s was answered %s", request.URL.Path, reply.Status)
	}
	return nil
}

// probeClient uses no proxy, follows no redirect and keeps no connection.
func probeClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
