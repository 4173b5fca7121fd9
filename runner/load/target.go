package load

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// maxRendered bounds the requests that a target keeps, one for each address.
const maxRendered = 256

// target is a Target made ready: its request is rendered once for each
// address, and only the identity is written into it for each arrival.
type target struct {
	Target
	entry string
	tls   *tls.Config // nil: plain

	mu       sync.RWMutex
	rendered map[string]*rendered
}

// rendered is a whole request as it goes over the connection.
type rendered struct {
	method          string
	bytes           []byte
	identity, trace int // where their values begin
	keyAt           int
	key             func(work.Identity) uint64 // nil: requests have no key
}

// The values that hold the places of those of each arrival.
const (
	identityPlace = "0000000000000000"
	tracePlace    = "00-00000000000000000000000000000000-0000000000000000-01"
)

func newTarget(t Target, entry string) (*target, error) {
	made := &target{Target: t, entry: entry, rendered: map[string]*rendered{}}
	switch t.Scheme {
	case "", "http":
		made.Scheme = "http"
	case "https":
		if made.tls = t.TLS; t.TLS == nil {
			made.tls = systemTLS
		}
	default:
		return nil, fmt.Errorf("scheme %q is neither http nor https", t.Scheme)
	}
	if t.Address == nil {
		return nil, errors.New("it has no address")
	}
	if t.Path != "" && !strings.HasPrefix(t.Path, "/") {
		return nil, fmt.Errorf("path %q does not begin with /", t.Path)
	}
	_, err := made.render("localhost:80")
	return made, err
}

// systemTLS is shared, so that all targets without settings share connections.
var systemTLS = &tls.Config{}

// request returns the request for an address.
func (t *target) request(address string) *rendered {
	t.mu.RLock()
	r := t.rendered[address]
	t.mu.RUnlock()
	if r != nil {
		return r
	}
	r, err := t.render(address)
	if err != nil { // an address that is none: the dial will say so
		r = &rendered{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rendered) >= maxRendered {
		clear(t.rendered)
	}
	t.rendered[address] = r
	return r
}

// render has net/http write the request, which sees to framing and escapes.
func (t *target) render(address string) (*rendered, error) {
	r, err := http.NewRequest(t.Method, t.Scheme+"://"+address+t.Path, bytes.NewReader(t.Body))
	if err != nil {
		return nil, err
	}
	r.Header = maps.Clone(t.Header)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "windtunnel")
	}
	r.Header.Set(wire.HeaderIdentity, identityPlace)
	trace := tracePlace
	if t.Untraced {
		trace = strings.TrimSuffix(trace, "01") + "00"
	}
	r.Header.Set(wire.HeaderTrace, trace)
	if t.Key != nil {
		r.Header.Set(wire.HeaderKey, identityPlace)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		return nil, err
	}
	place := func(header string) int {
		mark := "\r\n" + header + ": "
		return bytes.Index(out.Bytes(), []byte(mark)) + len(mark)
	}
	return &rendered{r.Method, out.Bytes(), place(wire.HeaderIdentity), place(wire.HeaderTrace), place(wire.HeaderKey), t.Key}, nil
}

// appendTo appends the request of one arrival. The trace context follows from
// its identity, so that traces of two runs can be laid side by side.
func (r *rendered) appendTo(buf []byte, id work.Identity) []byte {
	at := len(buf)
	buf = append(buf, r.bytes...)
	out := buf[at:]
	putHex(out[r.identity:], uint64(id))
	high, low := wire.TraceID(id)
	putHex(out[r.trace+3:], high)
	putHex(out[r.trace+19:], low)
	putHex(out[r.trace+36:], wire.RootSpanID(id))
	if r.key != nil {
		putHex(out[r.keyAt:], r.key(id))
	}
	return buf
}

// putHex writes v as 16 digits.
func putHex(out []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := 15; i >= 0; i-- {
		out[i] = digits[v&15]
		v >>= 4
	}
}

// expects says whether a status is success.
func (t *target) expects(status int) bool {
	if len(t.Expect) > 0 {
		return slices.Contains(t.Expect, status)
	}
	return status >= 200 && status < 400
}
