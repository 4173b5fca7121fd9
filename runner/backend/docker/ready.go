package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"windtunnel/runner/backend"
)

// awaitReady waits until an instance listens: a built-in node says so, and when
// it is ready is the runner's to find out; a user's own is looked at, until it
// is healthy.
//
// A user's own is not looked at before the daemon has answered the call that
// started it, which takes some milliseconds longer than the start itself.
func (d *deployment) awaitReady(ctx context.Context, i *instance, at addresses) (listening, ready time.Time, err error) {
	if !i.recipe.own {
		return awaitAnnouncement(ctx, i)
	}
	if d.network.direct() {
		return backend.WaitReady(ctx, at.serve, i.recipe.health, i.exited)
	}
	listening, err = awaitForwarded(ctx, at.serve, i.exited)
	if err != nil || i.recipe.health == "" {
		return listening, listening, err
	}
	_, ready, err = backend.WaitReady(ctx, at.serve, i.recipe.health, i.exited)
	return listening, ready, err
}

func awaitAnnouncement(ctx context.Context, i *instance) (listening, ready time.Time, err error) {
	select {
	case <-i.announced.heard:
		return i.announced.at, time.Time{}, i.announced.err
	case <-i.exited:
		return listening, ready, backend.ErrExited
	case <-ctx.Done():
		return listening, ready, fmt.Errorf("%w before it announced that it listens", ctx.Err())
	}
}

// Published ports are looked at this often, and listened to for so long.
const (
	forwardedPoll   = 5 * time.Millisecond
	forwardedSilent = 100 * time.Millisecond
)

// awaitForwarded waits until a published port leads somewhere. Docker's
// forwarder accepts connections from the container's start on, and closes those
// for which nobody listens inside. So a connection counts that is left open for
// a while, or answered; it returns when that connection was made.
func awaitForwarded(ctx context.Context, address string, exited <-chan struct{}) (time.Time, error) {
	for {
		dialled := time.Now()
		err := leadsSomewhere(ctx, address)
		if err == nil {
			return dialled, nil
		}
		select {
		case <-exited:
			return time.Time{}, backend.ErrExited
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%w; last seen: %w", ctx.Err(), err)
		case <-time.After(forwardedPoll):
		}
	}
}

func leadsSomewhere(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(forwardedSilent)); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}
