package backend

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/fixtures/deaf"
)

func TestWaitReadyForAPortThatOpensLater(t *testing.T) {
	reserved := listen(t, "127.0.0.1:0")
	address := reserved.Addr().String()
	_ = reserved.Close()
	go func() {
		time.Sleep(20 * time.Millisecond) // what is waited for, not how the test waits
		if l, err := net.Listen("tcp", address); err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
	}()
	began := time.Now()
	listening, ready, err := WaitReady(t.Context(), address, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if listening.Before(began) || !ready.Equal(listening) {
		t.Errorf("began %v, listening %v, ready %v", began, listening, ready)
	}
}

func TestWaitReadyForHealth(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" || asked.Add(1) < 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound) // 302 is ready, and is not followed
	}))
	defer server.Close()
	listening, ready, err := WaitReady(t.Context(), server.Listener.Addr().String(), "/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 4 || !listening.Before(ready) {
		t.Errorf("asked %d times; listening %v, ready %v", asked.Load(), listening, ready)
	}
}

func TestWaitReadyEndsWithTheInstance(t *testing.T) {
	exited := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(exited)
		<-r.Context().Done()
	}))
	defer hanging.Close()
	_, _, err := WaitReady(t.Context(), hanging.Listener.Addr().String(), "/", exited)
	if !errors.Is(err, ErrExited) {
		t.Errorf("got %v", err)
	}
}

func TestWaitReadySaysWhatItSawLast(t *testing.T) {
	ill := httptest.NewServer(http.NotFoundHandler())
	defer ill.Close()
	for _, c := range []struct{ address, health, want string }{
		{ill.Listener.Addr().String(), "/health", "GET /health was answered 404 Not Found"},
		{deaf.Address(t), "", "connection refused"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		_, _, err := WaitReady(ctx, c.address, c.health, nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want deadline and %q", err, c.want)
		}
	}
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
