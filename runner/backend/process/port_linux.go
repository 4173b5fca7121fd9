package process

import (
	"errors"
	"net"
	"strconv"
	"syscall"
)

// freePort asks the kernel for a port that nobody has and that this deployment
// did not give out before: it is free until the command binds it, and commands
// start at the same time.
func (d *Deployment) freePort() (int, error) {
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return 0, err
		}
		d.mu.Lock()
		given := d.ports[port]
		d.ports[port] = true
		d.mu.Unlock()
		if !given {
			return port, nil
		}
	}
}

// taken says whether somebody has the port now.
func taken(port int) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return errors.Is(err, syscall.EADDRINUSE)
	}
	_ = l.Close()
	return false
}
