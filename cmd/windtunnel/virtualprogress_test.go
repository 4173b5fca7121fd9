package main

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestVirtualProgressTellsBothTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var reached atomic.Int64
		p := newVirtualProgress(&out, "big", 10*time.Minute, &reached)
		reached.Store(int64(200 * time.Second))
		time.Sleep(virtualEvery + virtualEvery/2)
		p.close()
		if want := "big: 3m20s of 10m0s simulated in 2s, 100 times as fast as live\n"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		time.Sleep(2 * virtualEvery)
		if strings.Count(out.String(), "\n") != 1 {
			t.Error("it goes on after its end")
		}
	})
}

func TestVirtualProgressOfAShortRunIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		newVirtualProgress(&out, "short", time.Minute, new(atomic.Int64)).close()
		if out.Len() > 0 {
			t.Errorf("got %q", out.String())
		}
	})
}
