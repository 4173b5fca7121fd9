package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A user's command is marked twice: in its environment, and by an open file
// whose name holds the same marks. Its descendants inherit both, and may lose
// one: sudo clears the environment, nginx and PostgreSQL write their titles
// over it, and others close files that they did not open. The file is empty and
// has no place on any disk.
//
//	/proc/<pid>/fd/3 → /memfd:WINDTUNNEL_RUN=… WINDTUNNEL_INSTANCE=… WINDTUNNEL_OWNER=… (deleted)
const tagFD = 3 // the first that is no standard stream

// newTag makes the file. The caller closes it once the command has it.
func newTag(marks []string) (*os.File, error) {
	name := strings.Join(marks, " ")
	fd, err := unix.MemfdCreate(name[:min(len(name), unix.NAME_MAX-len("memfd:"))], unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("mark the process: %w", err)
	}
	defer unix.Close(fd)
	// Not at tagFD, where it would mark windtunnel itself.
	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 10*tagFD)
	if err != nil {
		return nil, fmt.Errorf("mark the process: %w", err)
	}
	return os.NewFile(uintptr(high), name), nil
}

// tagOf returns the marks on a process's tag, nil where it has none.
func tagOf(pid int) environ {
	link, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(tagFD))
	if err != nil {
		return nil
	}
	name, ok := strings.CutPrefix(link, "/memfd:")
	if !ok {
		return nil
	}
	return environ(strings.ReplaceAll(strings.TrimSuffix(name, " (deleted)"), " ", "\x00"))
}
