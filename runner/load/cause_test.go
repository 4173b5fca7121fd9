package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"windtunnel/fixtures/deaf"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// listen has each connection handled by raw code, and returns the address.
func listen(t testing.TB, handle func(c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	ended := make(chan struct{})
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				go func() { <-ended; c.Close() }()
				handle(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		close(ended)
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

// answer reads a request and writes the raw reply.
func answer(raw string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, raw)
		}
	}
}

// one asks a target once.
func one(t *testing.T, target Target, timeout time.Duration) record.Request {
	t.Helper()
	records, _ := run(t, Options{Targets: map[string]Target{"e": target}, Timeout: timeout, Phases: phase(10*time.Millisecond, constant(100))})
	if len(records) != 1 {
		t.Fatalf("%d records of one arrival", len(records))
	}
	return records[0]
}

// Real sockets that fail in each way.
func TestCauses(t *testing.T) {
	reset := func(c *net.TCPConn) {
		c.Read(make([]byte, 1))
		c.SetLinger(0)
	}
	hang := func(c *net.TCPConn) { io.Copy(io.Discard, c) }
	stall := func(c *net.TCPConn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		hang(c)
	}
	for _, c := range []struct {
		name   string
		target Target
		want   policy.Cause
		status int
	}{
		{"nobody listens", to(deaf.Address(t)), policy.Refused, 0},
		{"no instance is up", to(""), policy.Refused, 0},
		{"a name that is none", to("no-such-host.invalid:80"), policy.DNS, 0},
		{"reset after the request", to(listen(t, reset)), policy.Reset, 0},
		{"closed without a reply", to(listen(t, answer(""))), policy.Reset, 0},
		{"closed within the head", to(listen(t, answer("HTTP/1.1 200 OK\r\nConte"))), policy.Reset, 0},
		{"closed within the body", to(listen(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))), policy.Reset, 200},
		{"closed within a chunk", to(listen(t, answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf"))), policy.Reset, 200},
		{"no reply", to(listen(t, hang)), policy.Timeout, 0},
		{"half a reply", to(listen(t, stall)), policy.Timeout, 200},
		{"status", to(listen(t, answer("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"))), policy.Status, 500},
		{"no HTTP", to(listen(t, answer("220 mail ready\r\n\r\n"))), policy.Other, 0},
		{"a head without end", to(listen(t, answer("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 2<<20)))), policy.Other, 0},
		{"no address", to("nonsense"), policy.Other, 0},
		{"interim replies first", to(listen(t, answer("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))), policy.OK, 200},
		{"a body to the end of the connection", to(listen(t, answer("HTTP/1.0 200 OK\r\n\r\nall"))), policy.OK, 200},
	} {
		timeout := 5 * time.Second
		if c.want == policy.Timeout {
			timeout = 200 * time.Millisecond
		}
		r := one(t, c.target, timeout)
		if r.Cause != c.want || r.Status != c.status || r.Sent == 0 || (r.FirstByte != 0) != (r.Status != 0) {
			t.Errorf("%s: %+v, want cause %q and status %d", c.name, r, c.want, c.status)
		}
		if c.want == policy.Timeout && (r.Latency() < timeout || r.Latency() > timeout+3*time.Second) {
			t.Errorf("%s: timed out after %s, want %s", c.name, r.Latency(), timeout)
		}
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	target := to(strings.TrimPrefix(server.URL, "https://"))
	target.Scheme = "https"
	target.TLS = &tls.Config{RootCAs: roots}
	records, stats := run(t, Options{Targets: map[string]Target{"e": target}, MaxConnections: 2, Phases: phase(200*time.Millisecond, constant(100))})
	if n := causes(records)[policy.OK]; n != 20 {
		t.Errorf("%d of 20 requests succeeded: %v", n, causes(records))
	}
	if stats.Connections > 2 {
		t.Errorf("%d connections for 20 requests, 2 at once: they are not used again", stats.Connections)
	}
	if len(stats.Puzzles) > 0 {
		t.Errorf("all is well, and yet %+v", stats.Puzzles)
	}
	target.TLS = nil
	records, stats = run(t, Options{Targets: map[string]Target{"e": target}, Phases: phase(50*time.Millisecond, constant(100))})
	if n := causes(records)[policy.Other]; n != 5 {
		t.Errorf("a certificate that nobody knows: %v", causes(records))
	}
	if p := stats.Puzzles; len(p) != 1 || p[0].Cause != policy.Other || !strings.Contains(p[0].Text, "certificate signed by unknown authority") {
		t.Errorf("what is wrong with the certificate is not told once: %+v", p)
	}
	target.Scheme = "http"
	if r := one(t, target, 5*time.Second); r.Cause != policy.Status || r.Status != 400 {
		t.Errorf("plain HTTP to a TLS server: %+v", r)
	}
}

// The chains that net gives, also where no socket here can be made to give them.
func TestCauseOf(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Get", URL: "/", Err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}}
	}
	read := func(err error) error {
		return fmt.Errorf("read reply: %w", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)})
	}
	for _, c := range []struct {
		err  error
		want policy.Cause
	}{
		{dial(syscall.ECONNREFUSED), policy.Refused},
		{dial(syscall.EHOSTUNREACH), policy.Refused},
		{dial(syscall.ENETUNREACH), policy.Refused},
		{dial(syscall.ETIMEDOUT), policy.Timeout},
		{dial(syscall.EMFILE), policy.Unsent},
		{dial(syscall.EADDRNOTAVAIL), policy.Unsent},
		{read(syscall.ECONNRESET), policy.Reset},
		{read(syscall.EPIPE), policy.Reset},
		{read(os.ErrDeadlineExceeded), policy.Timeout},
		{context.DeadlineExceeded, policy.Timeout},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, policy.DNS},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, policy.DNS},
		{io.EOF, policy.Reset},
		{fmt.Errorf("read body: %w", io.ErrUnexpectedEOF), policy.Reset},
		{net.ErrClosed, policy.Reset},
		{errors.New("connection refused"), policy.Other}, // texts prove nothing
	} {
		if got := causeOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

// A connection that breaks under a request is a reset, and the request is not
// sent a second time: the server sees as many as there were arrivals.
func TestNothingIsSentTwice(t *testing.T) {
	var seen atomic.Int64
	address := listen(t, func(c *net.TCPConn) {
		in := bufio.NewReader(c)
		for k := 1; ; k++ {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			seen.Add(1)
			if k == 2 { // the connection is a reused one then
				c.SetLinger(0)
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	records, _ := run(t, Options{Targets: targets(address, "e"), MaxConnections: 1, Phases: phase(400*time.Millisecond, constant(50))})
	got := causes(records)
	if seen.Load() != 20 || got[policy.OK] != 10 || got[policy.Reset] != 10 {
		t.Errorf("20 arrivals: the server saw %d, causes %v", seen.Load(), got)
	}
}

// A connection that the server closed while it was idle is noticed before it is used.
func TestIdleConnectionThatWasClosed(t *testing.T) {
	address := listen(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) // and closes
	records, stats := run(t, Options{Targets: targets(address, "e"), Phases: phase(time.Second, constant(10))})
	if n := causes(records)[policy.OK]; n != 10 || stats.Connections != 10 {
		t.Errorf("%v over %d connections, want 10 successes over 10", causes(records), stats.Connections)
	}
}
