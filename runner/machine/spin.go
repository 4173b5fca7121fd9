// Package machine says how fast this machine computes: the calibration that
// `compute` steps burn CPU by.
package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"windtunnel/runner/record"
	"windtunnel/topologies/work"
)

// Calibration is how fast this machine computes.
type Calibration struct {
	SpinPerMS float64 `json:"spin_per_ms"` // iterations of work.Spin in 1 ms of CPU time
	Cached    bool    `json:"-"`           // from an earlier measurement
}

// Calibrate returns the machine's calibration: measured once, then kept in the
// user's cache directory, so that all runs on a machine do the same work. Where
// nothing can be kept it measures each time.
func Calibrate() (Calibration, error) {
	path := cacheFile()
	if path != "" {
		if c, err := readCalibration(path); err == nil {
			return c, nil
		}
	}
	c := Calibration{SpinPerMS: work.CalibrateSpin()}
	if path == "" {
		return c, nil
	}
	return c, writeCalibration(path, c)
}

// spinVersion counts the changes of work.Spin and of how it is measured: a
// calibration of another version is of no use.
const spinVersion = 2

// cacheFile is named for the CPU and the Go version: another of either spins
// at another speed. It is empty where the user has no cache directory.
func cacheFile() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	e := record.ThisEnvironment()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%s", spinVersion, e.CPU, e.Arch, e.Go, e.Host))
	return filepath.Join(dir, "windtunnel", "spin-"+hex.EncodeToString(sum[:8])+".json")
}

func readCalibration(path string) (Calibration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Calibration{}, fmt.Errorf("read calibration: %w", err)
	}
	c := Calibration{Cached: true}
	if err := json.Unmarshal(text, &c); err != nil || c.SpinPerMS <= 0 {
		return Calibration{}, fmt.Errorf("read calibration: %s holds none", path)
	}
	return c, nil
}

func writeCalibration(path string, c Calibration) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("keep calibration: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep calibration: %w", err)
	}
	// A rename, so that a second windtunnel never reads half a file.
	temporary, err := os.CreateTemp(filepath.Dir(path), "spin-*")
	if err != nil {
		return fmt.Errorf("keep calibration: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep calibration: %w", err)
	}
	return nil
}
