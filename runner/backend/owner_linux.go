package backend

import (
	"os"
	"strconv"
	"strings"
)

// startOf returns when a process started, in clock ticks since the machine's
// boot, and whether it still runs: a zombie does not.
func startOf(pid int) (started string, alive bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// "pid (name) state ppid …": the name may hold anything, a ')' too.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, starttime = 0, 19 // proc(5) counts them as 3 and 22
	if len(fields) <= starttime {
		return "", false
	}
	return fields[starttime], fields[state] != "Z" && fields[state] != "X"
}
