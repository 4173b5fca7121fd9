package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// hour has ten million requests.
var hour = filepath.Join("testdata", "hour.yaml")

func TestHourFile(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"validate", hour}, strings.NewReader(""), &stdout, &stderr); code != exitPass {
		t.Errorf("it exits %d\n%s", code, &stderr)
	}
}

// BenchmarkTenMillion is what `windtunnel report` takes, as a process of its own
// and in every format at once, for records of ten million requests: a sample, as a
// run of so many leaves it, one that keeps all of them, and both side by side. The
// runs are simulated first. The peak is of memory that is resident.
func BenchmarkTenMillion(b *testing.B) {
	dir := b.TempDir()
	records := map[string][]string{"sample": nil, "whole": {"--all-requests"}}
	var simulated sync.WaitGroup
	for name, flags := range records {
		simulated.Go(func() {
			args := append([]string{"run", hour, "--on", "sim", "--progress", "none", "--out", filepath.Join(dir, name)}, flags...)
			if said, err := exec.Command("windtunnel", args...).CombinedOutput(); err != nil && !failedChecks(err) {
				b.Errorf("%v\n%s", err, said)
			}
		})
	}
	if simulated.Wait(); b.Failed() {
		return
	}
	of := func(record string) string { return filepath.Join(dir, record, "latest") }
	b.Run("sample", func(b *testing.B) { reportAll(b, of("sample")) })
	b.Run("whole", func(b *testing.B) { reportAll(b, of("whole")) })
	b.Run("both", func(b *testing.B) { reportAll(b, of("sample"), of("whole")) })
}

// failedChecks says whether a run did what it should, but for its checks.
func failedChecks(err error) bool {
	exit, ok := err.(*exec.ExitError)
	return ok && exit.ExitCode() == exitFail
}

// What a report may take, whatever it is of.
const (
	mostMemory = 1_500_000_000
	mostPage   = 1_000_000
)

func reportAll(b *testing.B, records ...string) {
	dir := b.TempDir()
	args := append([]string{"report"}, records...)
	for _, file := range []string{"report.html", "summary.md", "run.json", "run.csv", "junit.xml", "bench.txt"} {
		args = append(args, "-o", filepath.Join(dir, file))
	}
	peak := int64(0)
	for b.Loop() {
		c := exec.Command("windtunnel", args...)
		if said, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, said)
		}
		peak = max(peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
	}
	page, err := os.Stat(filepath.Join(dir, "report.html"))
	if err != nil {
		b.Fatal(err)
	}
	if peak > mostMemory || page.Size() > mostPage {
		b.Errorf("it took %d bytes of memory, and %d are in the page", peak, page.Size())
	}
	b.ReportMetric(float64(peak)/1e6, "MB-peak")
	b.ReportMetric(float64(page.Size())/1e3, "kB-html")
	if len(records) == 1 {
		b.ReportMetric(float64(offered(b, filepath.Join(dir, "run.json"))), "requests")
	}
}

// offered is how many requests a run had, without its warm-up.
func offered(b *testing.B, path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	var r struct {
		Results map[string]map[string]struct{ Offered int }
	}
	if err := json.Unmarshal(text, &r); err != nil {
		b.Fatal(err)
	}
	return r.Results["total"]["all"].Offered
}
