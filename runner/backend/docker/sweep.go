package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"windtunnel/runner/backend"
)

// Sweep removes the containers and networks of a run and returns how many are
// left: some that would not go, or that came into being meanwhile. It needs no
// deployment: it is for a run whose windtunnel is gone. As what that one had
// asked of the daemon may still be carried out, sweep again until all is quiet.
func Sweep(ctx context.Context, run string) (left int, err error) {
	d, err := connect(ctx)
	if err != nil {
		return 0, err
	}
	defer d.close()
	return sweep(ctx, d.api, run)
}

// Leftovers lists the containers and networks of all runs.
func Leftovers(ctx context.Context) ([]backend.Leftover, error) {
	d, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer d.close()
	found, err := list(ctx, d.api, backend.LabelRun)
	if err != nil {
		return nil, err
	}
	var leftovers []backend.Leftover
	for _, f := range found {
		leftovers = append(leftovers, f.Leftover)
	}
	return leftovers, nil
}

// sweep is one pass: containers first, as a network in use cannot go.
func sweep(ctx context.Context, api client.APIClient, run string) (left int, err error) {
	label := backend.LabelRun + "=" + run
	found, err := list(ctx, api, label)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	removed := errors.Join(
		inParallel(found, "container", func(id string) error { return remove(ctx, api, id) }),
		inParallel(found, "network", func(id string) error { return removeNetwork(ctx, api, id) }),
	)
	found, err = list(ctx, api, label)
	return len(found), errors.Join(removed, err)
}

// labelled is something that carries a label of ours.
type labelled struct {
	backend.Leftover
	id string
}

// list finds containers and networks by label, sorted by run, kind and name.
func list(ctx context.Context, api client.APIClient, label string) ([]labelled, error) {
	filters := make(client.Filters).Add("label", label)
	containers, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	networks, err := api.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	var found []labelled
	add := func(kind, id, name string, labels map[string]string) {
		found = append(found, labelled{id: id, Leftover: backend.Leftover{
			Run: labels[backend.LabelRun], Kind: kind, Name: name,
			Owned: backend.OwnerAlive(labels[backend.LabelOwner]),
		}})
	}
	for _, c := range containers.Items {
		name := c.ID
		if len(c.Names) > 0 { // one that is being removed may have none
			name = strings.TrimPrefix(c.Names[0], "/")
		}
		add("container", c.ID, name, c.Labels)
	}
	for _, n := range networks.Items {
		add("network", n.ID, n.Name, n.Labels)
	}
	slices.SortFunc(found, func(a, b labelled) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return found, nil
}

func inParallel(found []labelled, kind string, do func(id string) error) error {
	failures := make([]error, len(found))
	var group sync.WaitGroup
	for n, f := range found {
		if f.Kind == kind {
			group.Go(func() { failures[n] = do(f.id) })
		}
	}
	group.Wait()
	return errors.Join(failures...)
}

// Pauses between attempts to remove one thing, and how many there are.
const (
	firstRemovePause = 5 * time.Millisecond
	removeAttempts   = 12 // some 10 s together
)

// remove ends and removes a container with its anonymous volumes, whatever it
// is doing; one that is gone is no error. The daemon refuses where it is paused,
// which is lifted, or where another removal is under way, which is waited for.
func remove(ctx context.Context, api client.APIClient, id string) error {
	return persist(ctx, "remove container "+short(id), func() error {
		_, err := api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !errdefs.IsNotFound(err) {
			_, _ = api.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
		}
		return err
	})
}

// removeNetwork removes a network. The daemon refuses while a container that is
// going still hangs on it.
func removeNetwork(ctx context.Context, api client.APIClient, id string) error {
	return persist(ctx, "remove network "+short(id), func() error {
		_, err := api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		return err
	})
}

// persist tries until what should be removed is gone.
func persist(ctx context.Context, doing string, try func() error) error {
	pause := firstRemovePause
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || errdefs.IsNotFound(err) {
			return nil
		}
		if attempt == removeAttempts {
			return fmt.Errorf("%s: %w", doing, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", doing, errors.Join(err, ctx.Err()))
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func short(id string) string { return id[:min(len(id), 12)] }
