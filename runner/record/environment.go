package record

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Environment is what of a machine a measurement depends on. It holds no name:
// Host is a hash, equal for runs of one machine.
type Environment struct {
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Kernel      string `json:"kernel,omitempty"`
	CPU         string `json:"cpu_model,omitempty"`
	Cores       int    `json:"cores"`
	MemoryBytes int64  `json:"memory_bytes,omitempty"`
	Go          string `json:"go"`
	Host        string `json:"host,omitempty"`
}

// ThisEnvironment describes the machine that it runs on. What the machine does
// not tell is left empty.
func ThisEnvironment() Environment {
	return Environment{
		OS:          runtime.GOOS,
		Arch:        runtime.GOARCH,
		Kernel:      firstLine("/proc/sys/kernel/osrelease"),
		CPU:         procField("/proc/cpuinfo", "model name"),
		Cores:       runtime.NumCPU(),
		MemoryBytes: procKilobytes("/proc/meminfo", "MemTotal"),
		Go:          runtime.Version(),
		Host:        hostHash(),
	}
}

func hostHash() string {
	name, _ := os.Hostname()
	sum := sha256.Sum256([]byte("windtunnel host\n" + name + "\n" + firstLine("/etc/machine-id")))
	return hex.EncodeToString(sum[:6])
}

func firstLine(path string) string {
	text, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}

// procField returns the value of the first "key : value" line of a /proc file.
func procField(path, key string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		k, v, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func procKilobytes(path, key string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(procField(path, key), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
