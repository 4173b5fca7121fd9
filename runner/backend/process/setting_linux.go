package process

import (
	"strconv"
	"time"
)

// setting is a value for one file of a control group.
type setting struct {
	file, value string
	optional    bool // kernels without swap accounting lack it
}

// cpuSettings lets a group run for cores × period in every period: 100 ms, which
// is what Docker takes, or 1 s where the share would be under the kernel's least (1 ms).
func cpuSettings(c *controller, cores float64) []setting {
	if c == nil || cores == 0 {
		return nil
	}
	period := 100 * time.Millisecond
	if cores*float64(period) < float64(time.Millisecond) {
		period = time.Second
	}
	quota := strconv.FormatInt(int64(cores*float64(period.Microseconds())), 10)
	per := strconv.FormatInt(period.Microseconds(), 10)
	if c.v2 {
		return []setting{{file: "cpu.max", value: quota + " " + per}}
	}
	return []setting{{file: "cpu.cfs_period_us", value: per}, {file: "cpu.cfs_quota_us", value: quota}}
}

// memorySettings bounds memory and allows no swap beyond it.
func memorySettings(c *controller, size int64) []setting {
	if c == nil || size == 0 {
		return nil
	}
	bytes := strconv.FormatInt(size, 10)
	if c.v2 {
		return []setting{{file: "memory.max", value: bytes}, {file: "memory.swap.max", value: "0", optional: true}}
	}
	return []setting{{file: "memory.limit_in_bytes", value: bytes},
		{file: "memory.memsw.limit_in_bytes", value: bytes, optional: true}}
}
