package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// serverEnv makes the test program a server, so that benches drive another
// process: with period and freeze, as "10s 1s", or "0s 0s" for none.
const serverEnv = "WINDTUNNEL_LOAD_SERVER"

func TestMain(m *testing.M) {
	if spec := os.Getenv(serverEnv); spec != "" {
		os.Exit(beServer(spec))
	}
	os.Exit(m.Run())
}

// beServer answers until its parent closes its input, or is gone.
func beServer(spec string) int {
	period, frozen, _ := strings.Cut(spec, " ")
	f := freezing{began: time.Unix(0, 0)}
	f.period, _ = time.ParseDuration(period)
	f.frozen, _ = time.ParseDuration(frozen)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	fmt.Println(l.Addr())
	go fasthttp.Serve(l, func(c *fasthttp.RequestCtx) {
		if f.frozen > 0 {
			time.Sleep(f.wait(time.Duration(time.Now().UnixNano())))
		}
		c.WriteString("ok")
	})
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// startServer starts a server in a process of its own and returns its address.
func startServer(b testing.TB, period, frozen time.Duration) string {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s", serverEnv, period, frozen))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}
