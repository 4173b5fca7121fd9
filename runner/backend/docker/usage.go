package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/topologies/unit"
)

// Usage measures the users' own containers; built-in nodes tell it themselves.
// One that ends meanwhile is left out.
func (d *deployment) Usage(ctx context.Context) ([]runner.Usage, error) {
	var mu sync.Mutex
	var list []runner.Usage
	err := each(d.of(func(i *instance) bool { return i.recipe.own }), func(i *instance) error {
		used, err := usage(ctx, d.daemon.api, i)
		if err != nil || used == nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		list = append(list, *used)
		return nil
	})
	return list, err
}

// usage asks for one sample, nil where the container no longer runs.
func usage(ctx context.Context, api client.APIClient, i *instance) (*runner.Usage, error) {
	result, err := api.ContainerStats(ctx, i.id, client.ContainerStatsOptions{})
	switch {
	case errdefs.IsNotFound(err), errdefs.IsConflict(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("measure: %w", err)
	}
	defer result.Body.Close()
	var sample container.StatsResponse
	if err := json.NewDecoder(result.Body).Decode(&sample); err != nil {
		return nil, fmt.Errorf("measure: %w", err)
	}
	if sample.Read.IsZero() {
		return nil, nil
	}
	return &runner.Usage{
		Instance: i.name,
		CPU:      time.Duration(sample.CPUStats.CPUUsage.TotalUsage),
		Memory:   resident(sample.MemoryStats),
	}, nil
}

// resident is what a container takes without the file pages that the kernel
// would drop at once: what `docker stats` shows. The two versions of cgroups
// name those differently.
func resident(m container.MemoryStats) unit.Bytes {
	for _, name := range []string{"total_inactive_file", "inactive_file"} {
		if cached, ok := m.Stats[name]; ok && cached < m.Usage {
			return unit.Bytes(m.Usage - cached)
		}
	}
	return unit.Bytes(m.Usage)
}
