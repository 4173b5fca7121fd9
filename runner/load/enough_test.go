package load

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Who ends the load before its time gets an answer for everybody who came, and
// nobody comes after: neither arrivals nor users.
func TestEnough(t *testing.T) {
	noGoroutineLeft(t)
	enough := make(chan struct{})
	var asked atomic.Int64
	address := serve(t, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 20 {
			close(enough)
		}
		time.Sleep(50 * time.Millisecond) // some are under way at the end
	})
	for name, load := range map[string]arrival.Process{
		"open": constant(200), "closed": &arrival.Closed{Users: 5, Think: work.ConstantOf(time.Millisecond)},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			enough = make(chan struct{})
			began := time.Now()
			records, stats := run(t, Options{Targets: targets(address, "e"), Phases: phase(time.Minute, load), Enough: enough})
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it went on for %s", took)
			}
			if n := int64(len(records)); n < 20 || n != asked.Load() || stats.Abandoned > 0 {
				t.Errorf("%d records of %d requests: %+v", n, asked.Load(), stats)
			}
			for _, r := range records {
				if r.Cause != policy.OK {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}
