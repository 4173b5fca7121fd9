package backend

import (
	"os"
	"strconv"
	"strings"
)

// Owner names this process: "<pid>:<when it started>". The start time keeps a
// later process with the same pid from being taken for it.
func Owner() string {
	pid := os.Getpid()
	started, _ := startOf(pid)
	return strconv.Itoa(pid) + ":" + started
}

// OwnerAlive says whether the process that Owner named still runs. It is judged
// on this machine and in this pid namespace; a text that Owner did not make
// names nobody.
func OwnerAlive(owner string) bool {
	pid, started, ok := strings.Cut(owner, ":")
	n, err := strconv.Atoi(pid)
	if !ok || err != nil || n <= 0 {
		return false
	}
	now, alive := startOf(n)
	return alive && now == started
}
