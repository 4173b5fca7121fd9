package machine

import (
	"os"
	"path/filepath"
	"testing"
)

// A calibration is measured once and then kept; what is no calibration is
// measured anew.
func TestCalibrateKeeps(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	first, err := Calibrate()
	if err != nil || first.SpinPerMS <= 0 || first.Cached {
		t.Fatalf("first: %+v, %v", first, err)
	}
	second, err := Calibrate()
	if err != nil || second.SpinPerMS != first.SpinPerMS || !second.Cached {
		t.Fatalf("second: %+v, %v; want the first again", second, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "windtunnel", "*"))
	if len(files) != 1 {
		t.Fatalf("%q are kept, want one file", files)
	}
	for _, broken := range []string{"", "{", `{"spin_per_ms": -1}`} {
		if err := os.WriteFile(files[0], []byte(broken), 0o644); err != nil {
			t.Fatal(err)
		}
		if again, err := Calibrate(); err != nil || again.SpinPerMS <= 0 || again.Cached {
			t.Errorf("after %q: %+v, %v", broken, again, err)
		}
	}
}

// Without a place to keep it, it is measured each time, and that is told.
func TestCalibrateWithoutACache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	if c, err := Calibrate(); err == nil || c.SpinPerMS <= 0 {
		t.Errorf("%+v, %v; want a calibration and an error", c, err)
	}
}
