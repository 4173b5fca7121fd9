package process

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"windtunnel/topologies/wire"
)

// Apply kills or pauses the instances that the effect hits. Healing a pause is
// safe twice, after the instance has gone, and after Close. Where pauses
// overlap, the last heal lets the instance go on.
func (d *Deployment) Apply(ctx context.Context, e wire.Effect) (heal func(context.Context) error, err error) {
	var hit []*instance
	for _, in := range d.all() {
		if e.Hits(in.node.Name, in.name) {
			hit = append(hit, in)
		}
	}
	switch e.Kind {
	case wire.Kill:
		return func(context.Context) error { return nil },
			d.each(func(in *instance) error { return in.kill(ctx) }, hit)
	case wire.Pause:
		for _, in := range hit {
			in.pause()
		}
		var once sync.Once
		return func(context.Context) error {
			once.Do(func() {
				for _, in := range hit {
					in.resume()
				}
			})
			return nil
		}, nil
	}
	return nil, fmt.Errorf("processes cannot be made to %s", e.Kind)
}

// Freeze stops one instance until thaw. A fault's pause on it counts beside.
func (d *Deployment) Freeze(_ context.Context, name string) (thaw func(context.Context) error, err error) {
	d.mu.Lock()
	in := d.instances[name]
	d.mu.Unlock()
	if in == nil {
		return nil, fmt.Errorf("freeze %s: it is gone", name)
	}
	in.pause()
	return func(context.Context) error {
		in.resume()
		return nil
	}, nil
}

func (in *instance) pause() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pauses++
	in.signal(unix.SIGSTOP)
}

func (in *instance) resume() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.pauses--; in.pauses == 0 {
		in.signal(unix.SIGCONT)
	}
}
