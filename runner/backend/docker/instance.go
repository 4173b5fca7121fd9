package docker

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/runner/backend"
)

// instance is one container.
type instance struct {
	name      string
	recipe    recipe
	id        string // the container's; empty before it is created
	phases    runner.StartPhases
	tail      *backend.Tail
	announced *announcement      // a built-in node's; nil for a user's own
	exited    chan struct{}      // closed when the container has ended
	ending    string             // how it ended, to be read once exited is closed
	logged    chan struct{}      // closed when all that it wrote has arrived
	unwatch   context.CancelFunc // ends the goroutines that follow it

	pausing sync.Mutex // held while it is paused or unpaused
	pauses  int        // faults that hold it paused

	kills int // of its node, when its start began
}

// rewatchPause is how long is waited before a broken connection to the daemon
// is tried again.
const rewatchPause = 250 * time.Millisecond

// follow attaches to a container that was created and not yet started, and takes
// all that it writes until it ends. (To follow its log instead would be to race
// with the daemon: for a container that ends at once, Docker 20.10 at times
// neither ends the stream nor sends the last line.)
func (d *deployment) follow(ctx context.Context, i *instance) error {
	output, err := d.daemon.api.ContainerAttach(ctx, i.id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return fmt.Errorf("attach to its output: %w", err)
	}
	detach := context.AfterFunc(ctx, output.Close)
	d.watches.Go(func() {
		defer close(i.logged)
		defer i.tail.Close()
		defer output.Close()
		defer detach()
		var stdout io.Writer = i.tail
		if i.announced != nil {
			stdout = i.announced
			defer i.announced.end()
		}
		_, _ = stdcopy.StdCopy(stdout, i.tail, output.Reader)
	})
	return nil
}

// watch waits for the end of a started container, and then removes what is left of it.
func (d *deployment) watch(ctx context.Context, i *instance) {
	d.watches.Go(func() {
		defer i.unwatch()
		i.ending = endOf(ctx, d.daemon.api, i.id)
		close(i.exited)
		i.awaitLog(ctx)
		// One that cannot be removed now is left to Close.
		if remove(ctx, d.daemon.api, i.id) == nil {
			d.forget(i)
		}
	})
}

func (i *instance) ended() bool {
	select {
	case <-i.exited:
		return true
	default:
		return false
	}
}

// awaitEnd waits a while for an instance that should have ended.
func (i *instance) awaitEnd(ctx context.Context) {
	select {
	case <-i.exited:
	case <-ctx.Done():
	case <-time.After(endTimeout):
	}
}

// awaitLog waits until all that a dead container wrote has arrived.
func (i *instance) awaitLog(ctx context.Context) {
	select {
	case <-i.logged:
	case <-ctx.Done():
	case <-time.After(drainTimeout):
	}
}

// endOf returns how a container ended, once it has. A connection that breaks is
// not taken for an end.
func endOf(ctx context.Context, api client.APIClient, id string) string {
	for {
		wait := api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
		select {
		case end := <-wait.Result:
			return describeEnd(ctx, api, id, end.StatusCode)
		case err := <-wait.Error:
			if errdefs.IsNotFound(err) {
				return "it was removed"
			}
		}
		select {
		case <-ctx.Done():
			return "it is no longer watched"
		case <-time.After(rewatchPause):
		}
	}
}

func describeEnd(ctx context.Context, api client.APIClient, id string, code int64) string {
	found, err := api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err == nil && found.Container.State.OOMKilled {
		return "it took more memory than its limit, and was killed"
	}
	return fmt.Sprintf("exit code %d", code)
}
