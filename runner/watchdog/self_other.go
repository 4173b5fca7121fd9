//go:build !linux

package watchdog

import "os"

func selfPath() (string, error) { return os.Executable() }

func closeOnExec() {}
