package work

import (
	"runtime"
	"testing"
	"time"
)

func TestCalibrationHolds(t *testing.T) {
	began := time.Now()
	perMS := CalibrateSpin()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("calibration took %v", took)
	}
	if perMS < 1_000 || perMS > 100_000_000 {
		t.Fatalf("%v iterations a millisecond are not credible", perMS)
	}
	// The fastest of a few rounds, as a shared machine slows single ones.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best := time.Hour
	for range 20 {
		best = min(best, spinTime(int(5*perMS)))
	}
	if best < 3*time.Millisecond || best > 10*time.Millisecond {
		t.Errorf("5 ms worth of iterations took %v of CPU", best)
	}
}

func TestSpinDependsOnItsCount(t *testing.T) {
	if Spin(0) != 1 {
		t.Errorf("Spin(0) = %d, want the start value", Spin(0))
	}
	if Spin(10) == Spin(11) {
		t.Error("one more iteration changed nothing")
	}
}

func BenchmarkSpin(b *testing.B) {
	for b.Loop() {
		runtime.KeepAlive(Spin(1000))
	}
}
