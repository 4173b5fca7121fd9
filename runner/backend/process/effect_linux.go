package process

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"windtunnel/topologies/wire"
)

// Apply kills or pauses every instance of the effect's node. Healing a pause is
// safe twice, after the instance has gone, and after Close. Where pauses
// overlap, the last heal lets the instance go on.
func (d *Deployment) Apply(ctx context.Context, e wire.Effect) (heal func(context.Context) error, err error) {
	var hit []*instance
	for _, in := range d.all() {
		if in.node.Name == e.Node {
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
