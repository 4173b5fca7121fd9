package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"windtunnel/runner/backend"
	"windtunnel/topologies/unit"
)

// pids lists the processes of this machine.
func pids() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var out []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}

// environ is what a process was started with. It is empty for a zombie, for one
// that may not be read, and for an instant while a program is being loaded.
type environ []byte

func environOf(pid int) environ {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return text
}

// get returns the value of a variable, "" where there is none.
func (e environ) get(name string) string {
	for entry := range bytes.SplitSeq(e, []byte{0}) {
		if value, ok := bytes.CutPrefix(entry, []byte(name+"=")); ok {
			return string(value)
		}
	}
	return ""
}

// marksOf returns what a process is marked with, in its environment or else by its tag.
func marksOf(pid int) environ {
	if e := environOf(pid); e.get(backend.EnvRun) != "" {
		return e
	}
	return tagOf(pid)
}

// killMarked kills every process but this one that has all the marks
// ("NAME=value"), stopped ones too, and returns how many it found.
func killMarked(marks ...string) (found int) {
	for _, pid := range pids() {
		if pid != os.Getpid() && killIf(pid, func() bool { return marked(marksOf(pid), marks) }) {
			found++
		}
	}
	return found
}

func marked(e environ, marks []string) bool {
	for _, mark := range marks {
		name, value, _ := strings.Cut(mark, "=")
		if e.get(name) != value {
			return false
		}
	}
	return true
}

// killIf kills a process that is what it should be. A pidfd is opened between two
// looks, so that a pid that was given to another process meanwhile kills nobody.
func killIf(pid int, is func() bool) bool {
	if !is() {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err == unix.ENOSYS { // before Linux 5.3
		return unix.Kill(pid, unix.SIGKILL) == nil
	}
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return is() && unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil
}

// processStat is what /proc/<pid>/stat tells of a process.
type processStat struct {
	group  int // process group
	cpu    time.Duration
	memory unit.Bytes // resident set
}

// tick is the unit of CPU times in /proc, fixed at 1/100 s by the kernel's interface.
const tick = 10 * time.Millisecond

func statOf(pid int) (processStat, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return processStat{}, false
	}
	return parseStat(string(text))
}

// parseStat reads "pid (name) state ppid pgrp …" of proc(5); the name may hold anything.
func parseStat(text string) (processStat, bool) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const pgrp, utime, cstime, rss = 2, 11, 14, 21 // proc(5) counts them as 5, 14, 17, 24
	if len(fields) <= rss {
		return processStat{}, false
	}
	group, err := strconv.Atoi(fields[pgrp])
	if err != nil {
		return processStat{}, false
	}
	s := processStat{group: group}
	for _, f := range fields[utime : cstime+1] { // its own and that of children it has waited for
		n, _ := strconv.ParseInt(f, 10, 64)
		s.cpu += time.Duration(n) * tick
	}
	pages, _ := strconv.ParseInt(fields[rss], 10, 64)
	s.memory = unit.Bytes(pages) * unit.Bytes(os.Getpagesize())
	return s, true
}
