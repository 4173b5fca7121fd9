package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"windtunnel/topologies/work"
)

// conn is one kept-alive HTTP/1.1 connection, used by one request at a time.
//
// It stands here in place of net/http.Transport because a generator must send
// each request exactly once: the transport repeats a GET in silence when a
// reused connection breaks, which hides a reset from the record and offers
// the request twice. It also hands each reply from goroutine to goroutine,
// where here the one that asks also reads. The price: where a server closes an
// idle connection in the very instant that it is used again, that is a reset.
type conn struct {
	net.Conn // the stream of requests: the socket, or TLS on it
	socket   net.Conn
	raw      syscall.RawConn // of the socket
	secure   bool
	in       *bufio.Reader
	out      []byte
	headLeft int   // bytes that the head of a reply may still take
	ended    error // what reading ended with
}

// maxReplyHead bounds status line and headers of a reply.
const maxReplyHead = 1 << 20

var errReplyHead = errors.New("the head of the reply is too long")

// reply is what came back.
type reply struct {
	status int
	header http.Header
	bytes  int64     // of the body
	first  time.Time // its first byte
	keep   bool      // the connection may be used again
}

// dial opens a connection; with TLS settings, over TLS.
func dial(ctx context.Context, address string, secure *tls.Config) (*conn, error) {
	var d net.Dialer
	socket, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: socket, socket: socket, secure: secure != nil}
	if c.raw, err = socket.(syscall.Conn).SyscallConn(); err != nil {
		socket.Close()
		return nil, err
	}
	if secure != nil {
		if c.Conn, err = handshake(ctx, socket, address, secure); err != nil {
			socket.Close()
			return nil, err
		}
	}
	c.in = bufio.NewReader(c)
	return c, nil
}

func handshake(ctx context.Context, socket net.Conn, address string, secure *tls.Config) (net.Conn, error) {
	if secure.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		secure = secure.Clone()
		secure.ServerName = host
	}
	c := tls.Client(socket, secure)
	return c, c.HandshakeContext(ctx)
}

// Close closes the socket at once: TLS's farewell could block on a frozen server.
func (c *conn) Close() error { return c.socket.Close() }

// Read reads for the bufio.Reader; a head without end must not fill the memory.
func (c *conn) Read(b []byte) (int, error) {
	if c.headLeft <= 0 {
		c.ended = errReplyHead
		return 0, c.ended
	}
	n, err := c.Conn.Read(b)
	c.headLeft -= n
	c.ended = err
	return n, err
}

// exchange sends one request and reads its reply to the end. A reply with an
// error is one that began and did not end well.
func (c *conn) exchange(r *rendered, id work.Identity, deadline time.Time) (reply, error) {
	if err := c.SetDeadline(deadline); err != nil {
		return reply{}, err
	}
	c.out = r.appendTo(c.out[:0], id)
	if _, err := c.Write(c.out); err != nil {
		return reply{}, err
	}
	c.headLeft = maxReplyHead
	if _, err := c.in.Peek(1); err != nil {
		return reply{}, err
	}
	first := time.Now()
	head, err := c.head(r.method)
	if err != nil {
		return reply{}, errors.Join(err, c.ended) // half a line looks malformed: why it is half tells more
	}
	c.headLeft = int(^uint(0) >> 1) // bodies are read and dropped, however long
	n, err := io.Copy(io.Discard, head.Body)
	return reply{
		status: head.StatusCode, header: head.Header, bytes: n, first: first,
		keep: !head.Close && c.in.Buffered() == 0 && head.StatusCode != http.StatusSwitchingProtocols,
	}, err
}

// head reads up to the body; interim replies are passed over.
func (c *conn) head(method string) (*http.Response, error) {
	asked := http.Request{Method: method}
	for {
		head, err := http.ReadResponse(c.in, &asked)
		if err != nil || head.StatusCode >= 200 || head.StatusCode == http.StatusSwitchingProtocols {
			return head, err
		}
	}
}
