package watchdog

import "golang.org/x/sys/unix"

// selfPath is this program, also where its file was replaced or removed
// meanwhile, as go run and a new build do.
func selfPath() (string, error) { return "/proc/self/exe", nil }

// closeOnExec keeps what windtunnel inherited (the pipe of a shell's >(cat), a
// make's job server) from being passed on. What Go itself opens is so marked
// anyway. Kernels before 5.11 cannot; there such a reader waits for the watchdog.
func closeOnExec() { _ = unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) }
