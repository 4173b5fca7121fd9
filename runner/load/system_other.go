//go:build !linux

package load

import "time"

// nap sleeps for d, and about a millisecond too long.
func nap(d time.Duration) { time.Sleep(d) }

// alive cannot tell, so a connection that is not shows at its next request.
func (c *conn) alive() bool { return true }

func cpuTime() time.Duration { return 0 }
