package load

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// talk has a connection send one request to who sends raw back.
func talk(t testing.TB, raw []byte, method string) (reply, error) {
	t.Helper()
	here, there := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer there.Close()
		if _, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
			there.Write(raw)
		}
	}()
	c := &conn{Conn: here, socket: here}
	c.in = bufio.NewReader(c)
	target, err := newTarget(Target{Method: method, Address: func(uint64) string { return "" }}, "e")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.exchange(target.request("a:1"), 1, time.Now().Add(5*time.Second))
	c.Close()
	<-ended
	return got, err
}

func TestExchange(t *testing.T) {
	for _, c := range []struct {
		name, method, raw string
		status            int
		bytes             int64
		keep              bool
	}{
		{"with a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, 3, true},
		{"chunked", "POST", "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 201, 3, true},
		{"without a body", "GET", "HTTP/1.1 204 OK\r\n\r\n", 204, 0, true},
		{"to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 200, 0, true},
		{"that closes", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", 200, 3, false},
		{"of HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, 3, false},
		{"that keeps HTTP/1.0 open", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc", 200, 3, true},
		{"to the end of the connection", "GET", "HTTP/1.1 200 OK\r\n\r\nabcd", 200, 4, false},
		{"with more than was asked", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP", 200, 3, false},
		{"that changes the protocol", "GET", "HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 101, 0, false},
		{"long, past the bound of a head", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + strings.Repeat("x", 3000000), 200, 3000000, true},
	} {
		got, err := talk(t, []byte(c.raw), c.method)
		if err != nil || got.status != c.status || got.bytes != c.bytes || got.keep != c.keep {
			t.Errorf("a reply %s: %+v, %v", c.name, got, err)
		}
	}
}

func TestRequestsWithoutBodySayTheirLength(t *testing.T) {
	for method, want := range map[string]bool{"GET": false, "POST": true, "PUT": true, "DELETE": false} {
		target, err := newTarget(Target{Method: method, Address: func(uint64) string { return "" }}, "e")
		if err != nil {
			t.Fatal(err)
		}
		raw := target.request("a:1").appendTo(nil, 1)
		if got := bytes.Contains(raw, []byte("\r\nContent-Length: 0\r\n")); got != want {
			t.Errorf("%s: a length is %v\n%s", method, got, raw)
		}
	}
}

func TestRequestsBearTheirKeys(t *testing.T) {
	keyed := to("a:1")
	keyed.Key = func(arrival work.Identity) uint64 { return uint64(arrival) + 254 }
	for _, c := range []struct {
		of   Target
		want string
	}{{keyed, "0000000000000100"}, {to("a:1"), ""}} {
		target, err := newTarget(c.of, "e")
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(target.request("a:1").appendTo(nil, 2))))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get(wire.HeaderKey); got != c.want {
			t.Errorf("key %q, want %q", got, c.want)
		}
		if got := r.Header.Get(wire.HeaderIdentity); got != "0000000000000002" {
			t.Errorf("identity %q", got)
		}
	}
}

func TestRenderedRequestsAreBounded(t *testing.T) {
	target, err := newTarget(to("a:1"), "e")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxRendered {
		address := strings.Repeat("a", i%40+1) + strings.Repeat("b", i/40) + ":1"
		if raw := target.request(address).bytes; !bytes.Contains(raw, []byte("\r\nHost: "+address+"\r\n")) {
			t.Fatalf("no host %s in\n%s", address, raw)
		}
	}
	if n := len(target.rendered); n > maxRendered {
		t.Errorf("%d requests are kept", n)
	}
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
		"HTTP/1.1 503 No\r\nX-Wt-Cause: declared\r\nX-Wt-Attempts: -1/99999999999999999999\r\nX-Wt-Cold: 1e9\r\n\r\n", "", "\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := talk(t, raw, "GET")
		var r record.Request
		tell(&r, got.header)
		if r.Attempts < 0 || r.Calls < 0 || r.Cold < 0 || len(r.Path) > wire.MaxPath {
			t.Errorf("%+v", r)
		}
		if err != nil && causeOf(err) == policy.OK || err == nil && declaredCause(got.header) == policy.OK {
			t.Errorf("%+v, %v: no cause", got, err)
		}
	})
}

// What a request costs the generator beside the system calls.
func BenchmarkExchange(b *testing.B) {
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		in := bufio.NewReader(server)
		for {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}()
	c := &conn{Conn: client, socket: client}
	c.in = bufio.NewReader(c)
	target, err := newTarget(to("a:1"), "e")
	if err != nil {
		b.Fatal(err)
	}
	request := target.request("a:1")
	for b.Loop() {
		if _, err := c.exchange(request, 1, time.Now().Add(time.Minute)); err != nil {
			b.Fatal(err)
		}
	}
}
