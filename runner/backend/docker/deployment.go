package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/runner/record"
)

// How long is waited for the daemon at the most.
const (
	daemonTimeout  = 60 * time.Second      // for one container to be created and started
	closeTimeout   = 60 * time.Second      // for a run to be removed
	restartTimeout = 5 * time.Second       // for a daemon that does not answer while a run is removed
	endTimeout     = 5 * time.Second       // for an end that is near
	drainTimeout   = time.Second           // for the last that a dead container wrote
	sweepPause     = 50 * time.Millisecond // between two looks for what is left
)

// Why a start is cut off.
var (
	errClosed = errors.New("the deployment is closed")
	errKilled = errors.New("a fault killed it as it started")
)

// deployment is a run's containers and their network.
type deployment struct {
	daemon   *daemon
	plan     *runner.Plan
	recorder record.Recorder
	image    string // the node program's; empty where no node needs it
	network  network

	mu        sync.Mutex
	closed    bool
	instances map[string]*instance // that have a container
	kills     map[string]int       // how often the instances of a node were killed by a fault
	starts    sync.WaitGroup       // calls of Start
	watches   sync.WaitGroup       // goroutines that follow containers
}

// enter admits a start of a node's instance, unless the deployment is closed. It
// returns how often the node's instances had been killed by then.
func (d *deployment) enter(node string) (kills int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return 0, errClosed
	}
	d.starts.Add(1)
	return d.kills[node], nil
}

// add makes a created container known. One that came too late, which an error
// says, must not be started.
func (d *deployment) add(i *instance) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return errClosed
	case d.kills[i.recipe.node.Name] != i.kills:
		return errKilled
	}
	d.instances[i.name] = i
	return nil
}

func (d *deployment) forget(i *instance) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.instances, i.name)
}

// of returns the instances for which keep is true.
func (d *deployment) of(keep func(*instance) bool) []*instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []*instance
	for _, i := range d.instances {
		if keep(i) {
			list = append(list, i)
		}
	}
	return list
}

// Stop removes an instance. One that has already ended is removed by who watches it.
func (d *deployment) Stop(ctx context.Context, name string) error {
	d.mu.Lock()
	i, known := d.instances[name]
	d.mu.Unlock()
	if !known {
		return nil
	}
	if err := remove(ctx, d.daemon.api, i.id); err != nil {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	return nil
}

// Close removes the run's containers and then its network, all that carry its
// label and not only what is remembered. It takes its own time, bounded, where
// ctx is already over: a removal that is not finished is a container left behind.
func (d *deployment) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	// The first pass ends what runs, and so the starts that wait for it to be
	// ready. What they were just creating is there for the second.
	_, _ = sweep(ctx, d.daemon.api, d.plan.Run)
	d.starts.Wait()
	err := sweepAll(ctx, d.daemon.api, d.plan.Run)
	d.unwatch()
	d.daemon.close()
	if err != nil {
		return fmt.Errorf("remove run %s: %w", d.plan.Run, err)
	}
	return nil
}

// unwatch waits for the goroutines that follow containers. Once those are gone
// they end of themselves, with the last of the logs; it is they who are ended
// where a container or the daemon will not.
func (d *deployment) unwatch() {
	timer := time.AfterFunc(2*drainTimeout, func() {
		for _, i := range d.of(func(*instance) bool { return true }) {
			i.unwatch()
		}
	})
	defer timer.Stop()
	d.watches.Wait()
}

// sweepAll sweeps until nothing is left, and gives up on a daemon that has not
// answered for a while: it may be restarting.
func sweepAll(ctx context.Context, api client.APIClient, run string) error {
	answered := time.Now()
	for {
		left, err := sweep(ctx, api, run)
		switch {
		case left == 0 && err == nil:
			return nil
		case left > 0:
			answered = time.Now()
		case time.Since(answered) > restartTimeout:
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%d containers and networks are left", left), err)
		case <-time.After(sweepPause):
		}
	}
}
