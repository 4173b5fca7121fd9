//go:build !linux

package work

import "time"

var processStart = time.Now()

// threadTime falls back to the wall clock: the fastest of several rounds is
// then the one that was least disturbed.
func threadTime() time.Duration { return time.Since(processStart) }
