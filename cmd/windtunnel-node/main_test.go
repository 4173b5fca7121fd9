package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// program builds the node program as it is shipped.
func program(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "windtunnel-node")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// process is a running node program.
type process struct {
	*exec.Cmd
	wire.Announcement
	lifeline io.WriteCloser
	stderr   *strings.Builder
}

func launch(t testing.TB, path string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(path, args...), stderr: &strings.Builder{}}
	p.Stderr = p.stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.lifeline, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no announcement: %v\n%s", err, p.stderr)
	}
	if err := json.Unmarshal(line, &p.Announcement); err != nil {
		t.Fatalf("announcement %q: %v", line, err)
	}
	return p
}

// configure makes the process serve a.op, and returns the control connection.
func (p *process) configure(t testing.TB) (net.Conn, *wire.Decoder) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Control)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	config := &wire.Config{Node: "a", Instance: "a-1", Kind: "service", Operations: map[string]work.Operation{
		"a.op": {Name: "a.op"}, "a.slow": {Name: "a.slow", Steps: []work.Step{{Kind: work.Wait, For: work.ConstantOf(2 * time.Second)}}}}}
	if err := wire.NewEncoder(conn).Encode(wire.Down{Configure: config}); err != nil {
		t.Fatal(err)
	}
	decoder := wire.NewDecoder(conn)
	for {
		var up wire.Up
		if err := decoder.Decode(&up); err != nil {
			t.Fatal(err)
		}
		if up.Ready != nil {
			return conn, decoder
		}
	}
}

func (p *process) ask(t testing.TB, op string) int {
	t.Helper()
	response, err := http.Post("http://"+p.Serve+wire.OperationPath(op), "", nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// exit waits for the end and returns the exit code.
func (p *process) exit(t testing.TB) int {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.Wait()
	}()
	select {
	case <-ended:
		return p.ProcessState.ExitCode()
	case <-time.After(20 * time.Second):
		t.Fatal("the process does not end")
		return -1
	}
}

func TestProcess(t *testing.T) {
	path := program(t)
	t.Run("stop ends it", func(t *testing.T) {
		p := launch(t, path, "-lifeline")
		conn, decoder := p.configure(t)
		if status := p.ask(t, "a.op"); status != 200 {
			t.Errorf("status %d", status)
		}
		if err := wire.NewEncoder(conn).Encode(wire.Down{Stop: &wire.Stop{ID: "s", Drain: 10 * time.Second}}); err != nil {
			t.Fatal(err)
		}
		acked, metrics := false, false
		for {
			var up wire.Up
			if decoder.Decode(&up) != nil {
				break
			}
			acked, metrics = acked || up.Ack != nil && up.Ack.ID == "s", metrics || up.Metrics != nil && up.Metrics.Served == 1
		}
		if code := p.exit(t); code != 0 || !acked || !metrics {
			t.Errorf("exit code %d, acknowledged %v, last metrics %v\n%s", code, acked, metrics, p.stderr)
		}
	})
	t.Run("a broken lifeline ends it at once", func(t *testing.T) {
		p := launch(t, path, "-lifeline")
		p.configure(t)
		_ = p.lifeline.Close()
		if code := p.exit(t); code != 3 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("without one it does not care", func(t *testing.T) {
		p := launch(t, path)
		_ = p.lifeline.Close()
		p.configure(t)
		if status := p.ask(t, "a.op"); status != 200 {
			t.Errorf("status %d", status)
		}
	})
	t.Run("SIGTERM lets requests finish", func(t *testing.T) {
		p := launch(t, path, "-lifeline")
		_, decoder := p.configure(t)
		status := make(chan int, 1)
		go func() { status <- p.ask(t, "a.slow") }()
		for inside := false; !inside; { // by the metrics of each second
			var up wire.Up
			if err := decoder.Decode(&up); err != nil {
				t.Fatal(err)
			}
			inside = up.Metrics != nil && up.Metrics.InFlight > 0
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if got := <-status; got != 200 {
			t.Errorf("status %d", got)
		}
		if code := p.exit(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.stderr)
		}
	})
}

func TestUsage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, 0, "lifeline"},
		{[]string{"-what"}, 2, "not defined"},
		{[]string{"extra"}, 2, "extra"},
		{[]string{"-serve", taken.Addr().String()}, 1, "listen for requests"},
		{[]string{"-control", taken.Addr().String()}, 1, "listen for control"},
		{[]string{"-serve", "nonsense"}, 1, "listen for requests"},
	} {
		var stdout, stderr strings.Builder
		if code := run(context.Background(), c.args, strings.NewReader(""), &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) || stdout.Len() > 0 {
			t.Errorf("%v: code %d, %q, want %d, %q", c.args, code, stderr.String(), c.code, c.says)
		}
	}
}

// BenchmarkStart measures from exec to the announcement, and to the first reply
// of a configured node, at the median.
//
//	go test -run '^$' -bench Start -benchtime 200x ./cmd/windtunnel-node
func BenchmarkStart(b *testing.B) {
	path := program(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var announced, replied []time.Duration
	for b.Loop() {
		began := time.Now()
		p := launch(b, path, "-lifeline")
		announced = append(announced, time.Since(began))
		p.configure(b)
		if status := p.ask(b, "a.op"); status != 200 {
			b.Fatalf("status %d", status)
		}
		replied = append(replied, time.Since(began))
		_ = p.lifeline.Close()
		_ = p.Wait()
	}
	b.ReportMetric(median(announced), "announced-ms")
	b.ReportMetric(median(replied), "replied-ms")
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2]) / float64(time.Millisecond)
}
