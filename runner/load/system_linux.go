package load

import (
	"errors"
	"syscall"
	"time"
)

// nap sleeps for d in the kernel. Go's own timers round a wait of less than a
// millisecond up to one; this overshoots by a tenth.
func nap(d time.Duration) {
	for ts := syscall.NsecToTimespec(int64(d)); ; {
		var left syscall.Timespec
		if err := syscall.Nanosleep(&ts, &left); !errors.Is(err, syscall.EINTR) {
			return
		}
		ts = left
	}
}

// alive says whether an idle connection is still open, by looking for its end
// without reading. Bytes that nobody asked for make a plain connection
// unusable; under TLS they may be session tickets.
func (c *conn) alive() bool {
	open := false
	err := c.raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = errors.Is(err, syscall.EAGAIN) || c.secure && n > 0
	})
	return err == nil && open
}

// cpuTime returns the CPU time that this process has used, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
