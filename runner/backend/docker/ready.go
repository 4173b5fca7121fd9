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

// awaitReady waits until an instance listens where it serves and is controlled,
// and where it is a user's, until it is healthy. When a built-in node is ready is
// the runner's to say: it returns no instant for that.
//
// An instance is not looked at before the daemon has answered the call that
// started it, which takes some milliseconds longer than the start itself.
func (d *deployment) awaitReady(ctx context.Context, i *instance, at addresses) (listening, ready time.Time, err error) {
	if !d.network.direct() {
		if err := awaitForwarded(ctx, at, i.exited); err != nil {
			return listening, ready, err
		}
	}
	listening, ready, err = backend.WaitReady(ctx, at.serve, i.recipe.health, i.exited)
	if err != nil || at.control == "" {
		return listening, ready, err
	}
	listening, _, err = backend.WaitReady(ctx, at.control, "", i.exited)
	return listening, time.Time{}, err
}

// Published ports are looked at this often, and listened to for so long.
const (
	forwardedPoll   = 5 * time.Millisecond
	forwardedSilent = 100 * time.Millisecond
)

// awaitForwarded waits until a published port leads somewhere. Docker's
// forwarder accepts connections from the container's start on, and closes those
// for which nobody listens inside. So a connection counts that is answered, as
// a node's control connection is at once, or left open for a while.
func awaitForwarded(ctx context.Context, at addresses, exited <-chan struct{}) error {
	address := at.control
	if address == "" {
		address = at.serve
	}
	for {
		err := leadsSomewhere(ctx, address)
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return backend.ErrExited
		case <-ctx.Done():
			return fmt.Errorf("%w; last seen: %w", ctx.Err(), err)
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
