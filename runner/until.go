package runner

import (
	"context"
	"sync"
)

// Until returns ctx until enough is closed, or leave is called, which waits for
// what watches. A nil enough is never closed.
func Until(ctx context.Context, enough <-chan struct{}) (until context.Context, leave func()) {
	until, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-enough:
			cancel()
		case <-until.Done():
		}
	})
	return until, func() { cancel(); watching.Wait() }
}
