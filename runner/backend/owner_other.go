//go:build !linux

package backend

import (
	"os"
	"syscall"
)

// startOf tells only whether a process runs; when it started is not known here.
func startOf(pid int) (started string, alive bool) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return "", false
	}
	return "", p.Signal(syscall.Signal(0)) == nil
}
