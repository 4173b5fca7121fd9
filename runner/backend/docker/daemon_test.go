package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/system"

	"windtunnel/runner"
	"windtunnel/topologies"
)

// printAvailable asks for the daemon in a process of its own: that there is none
// is remembered for the life of a process.
func printAvailable() int {
	info, err := Available(context.Background())
	var environment *runner.EnvironmentError
	fmt.Printf("%+v\n%v\n%v\n", info, errors.As(err, &environment), err)
	return 0
}

func TestNoDaemon(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=ask", "HOME="+t.TempDir(), "XDG_RUNTIME_DIR=",
		"DOCKER_HOST=unix://"+filepath.Join(t.TempDir(), "none.sock"))
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(output); !strings.Contains(text, "true\nreach the Docker daemon: ") || !strings.Contains(text, "--on process needs none") {
		t.Errorf("got %s", output)
	}
}

// A daemon that takes connections and never answers is not waited for without end.
func TestDaemonThatHangs(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "d.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAvailable(t *testing.T) {
	needDocker(t)
	info, err := Available(t.Context())
	if err != nil || info.Version == "" || info.API == "" || info.Cores < 1 || info.Storage == "" || info.Cgroup == "" {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestReach(t *testing.T) {
	here := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("172.20.0.1")}
	local := surroundings{goos: "linux", host: &url.URL{Scheme: "unix"}, system: "Debian GNU/Linux 12"}
	change := func(change func(*surroundings)) surroundings {
		s := local
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		surroundings
		gateway string
		direct  bool
		publish string // "" where that cannot be
	}{
		"daemon on this machine":      {local, "172.20.0.1", true, "127.0.0.1"},
		"this process in a container": {local, "172.21.0.1", false, "127.0.0.1"},
		"Docker Desktop on Linux":     {change(func(s *surroundings) { s.system = "Docker Desktop" }), "172.20.0.1", false, "127.0.0.1"},
		"macOS":                       {change(func(s *surroundings) { s.goos = "darwin" }), "172.20.0.1", false, "127.0.0.1"},
		"rootless":                    {change(func(s *surroundings) { s.rootless = true }), "172.20.0.1", false, "127.0.0.1"},
		"another machine": {change(func(s *surroundings) { s.host = &url.URL{Scheme: "tcp", Host: "192.0.2.7:2376"} }),
			"172.20.0.1", false, "192.0.2.7"},
		"through ssh": {change(func(s *surroundings) { s.host = &url.URL{Scheme: "ssh", Host: "there"} }), "172.20.0.1", false, ""},
	} {
		if got := c.surroundings.direct(netip.MustParseAddr(c.gateway), here); got != c.direct {
			t.Errorf("%s: direct %v, want %v", name, got, c.direct)
		}
		at, err := c.publishAt(t.Context())
		if (c.publish == "") != (err != nil) || err == nil && at.String() != c.publish {
			t.Errorf("%s: published at %v, %v, want %s", name, at, err, c.publish)
		}
	}
}

func TestMissingLimits(t *testing.T) {
	able := system.Info{CPUCfsQuota: true, MemoryLimit: true}
	for _, c := range []struct {
		info        system.Info
		cpu, memory bool
		want        string
	}{
		{able, true, true, ""},
		{system.Info{}, false, false, ""},
		{system.Info{MemoryLimit: true}, true, true, "the Docker daemon has no means to limit CPU"},
		{system.Info{}, true, true, "the Docker daemon has no means to limit CPU and memory"},
		{system.Info{}, false, true, "the Docker daemon has no means to limit memory"},
	} {
		if got := missing(c.info, c.cpu, c.memory); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	small, slow, fine := service("small"), service("slow"), service("fine")
	small.Memory, slow.CPU, fine.Memory, fine.CPU = 1<<20, 0.001, 6<<20, 0.01
	bare := &topologies.Node{Name: "bare", Spec: &topologies.Container{Command: []string{"serve"}}}
	got := Backend{}.Check(planOf(small, slow, fine, bare)).Error()
	want := "-: docker limits memory to 6Mi at the least: small asks for 1Mi\n" +
		"-: docker limits CPU to 0.01 at the least: slow asks for 0.001\n" +
		"-: docker needs an image for bare: its command alone runs with --on process"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestArchitectures(t *testing.T) {
	for _, c := range []struct {
		daemon, program string
		want            bool
	}{
		{"x86_64", "amd64", true}, {"x86_64", "386", true}, {"x86_64", "arm64", false},
		{"aarch64", "arm64", true}, {"aarch64", "amd64", false}, {"loongarch64", "amd64", true},
	} {
		if got := canRun(c.daemon, c.program); got != c.want {
			t.Errorf("%s on %s: %v", c.program, c.daemon, got)
		}
	}
}
