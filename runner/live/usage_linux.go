package live

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"windtunnel/topologies/unit"
)

// userHZ is the unit of /proc/stat, fixed at 100 by the kernel's interface.
const userHZ = 100

// selfUsage is what this process, the load generator, has used.
func selfUsage() usage {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return usage{}
	}
	return usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Memory: residentSet()}
}

func residentSet() unit.Bytes {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return unit.Bytes(pages * int64(os.Getpagesize()))
}

// hostUsage is what all processes of the machine have used, and what the
// hypervisor kept from it.
func hostUsage() usage {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return usage{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal …
	if len(fields) < 9 {
		return usage{}
	}
	ticks := func(i int) time.Duration {
		n, _ := strconv.ParseInt(fields[i], 10, 64)
		return time.Duration(n) * time.Second / userHZ
	}
	return usage{CPU: ticks(1) + ticks(2) + ticks(3) + ticks(6) + ticks(7), Steal: ticks(8)}
}
