package process

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"windtunnel/runner/watchdog"
	"windtunnel/topologies/wire"
)

// The test binary plays every program that the tests need: the watchdog, a
// windtunnel that is killed, node programs (by the name of its file) and users'
// commands (by the first argument).
func TestMain(m *testing.M) {
	watchdog.Main(map[string]watchdog.Sweeper{"process": Sweep})
	switch {
	case os.Getenv(envParent) != "":
		deployUntilKilled(os.Getenv(envParent))
	case slices.Contains(os.Args, "-lifeline"):
		stubNode(filepath.Base(os.Args[0]))
	case len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "stub:"):
		stubCommand(strings.TrimPrefix(os.Args[1], "stub:"), os.Args[2:])
	default:
		os.Exit(m.Run())
	}
}

// stubNode is a node program that goes wrong as its name says.
func stubNode(name string) {
	switch name {
	case "failing":
		fmt.Fprintln(os.Stderr, "node: first line\nnode: no such luck")
		os.Exit(3)
	case "garbled":
		fmt.Println("listening, I think")
		select {}
	case "silent":
		select {}
	case "stubborn":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	serve, control := stubListen("127.0.0.1:0"), stubListen("127.0.0.1:0")
	fmt.Fprintln(os.Stderr, "node: about to announce")
	_ = json.NewEncoder(os.Stdout).Encode(wire.Announcement{Serve: serve.Addr().String(), Control: control.Addr().String()})
	fmt.Println("node: announced")
	go func() { _ = http.Serve(serve, http.HandlerFunc(hello)) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
	if name != "stubborn" {
		os.Exit(0)
	}
	select {}
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }

func stubListen(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return l
}

// stubCommand is a user's command.
func stubCommand(role string, args []string) {
	fmt.Printf("GOMAXPROCS %d\n%s", runtime.GOMAXPROCS(0), read("/proc/self/cgroup"))
	switch role {
	case "exit":
		fmt.Println("the configuration is missing")
		os.Exit(3)
	case "deaf": // listens nowhere
		time.Sleep(time.Hour)
	case "sleep":
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Hour)
	case "family": // a child in its group, and one in a session of its own, without an environment
		for _, outside := range []bool{false, true} {
			child := exec.Command(os.Args[0], "stub:sleep")
			child.SysProcAttr, child.Stdout = &syscall.SysProcAttr{Setsid: outside}, os.Stdout
			if outside {
				child.Env = []string{}
			}
			if err := child.Start(); err != nil {
				panic(err)
			}
		}
	case "spin":
		for range 2 {
			go func() {
				for n := uint64(1); n != 0; n += 2 { // to no end
				}
			}()
		}
	case "second-port": // finds its port taken the first time it is started
		if f, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_ = f.Close()
			fmt.Println("bind: address already in use")
			os.Exit(1)
		}
	case "never-port":
		fmt.Println("Error: listen EADDRINUSE: " + os.Getenv("PORT"))
		os.Exit(1)
	}
	asked := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/", hello)
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getenv(r.URL.RawQuery)) })
	mux.HandleFunc("/third-time", func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/ill", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/eat", func(http.ResponseWriter, *http.Request) {
		var eaten [][]byte
		for {
			eaten = append(eaten, make([]byte, 1<<20))
			for i := range eaten[len(eaten)-1] {
				eaten[len(eaten)-1][i] = byte(i)
			}
		}
	})
	_ = http.Serve(stubListen("127.0.0.1:"+os.Getenv("PORT")), mux)
}

// program returns the path of the test binary under the name of a stub node.
func program(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// get asks an instance.
func get(ctx context.Context, address, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return "", err
	}
	reply, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	return string(text), err
}

// state is the letter that the kernel has for a process: S, R, T (stopped), Z; "" when it is gone.
func state(pid int) string {
	text := read("/proc/" + strconv.Itoa(pid) + "/stat")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

// until waits for a condition, generously.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
