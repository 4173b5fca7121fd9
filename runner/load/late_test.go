package load

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// Replies that come about when their request is given up, on few connections:
// none of them is ever recorded as the answer to another request.
func TestALateReplyAnswersNobodyElse(t *testing.T) {
	const timeout = 30 * time.Millisecond
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(rand.N(2 * timeout))
		w.Header().Set(wire.HeaderPath, r.Header.Get(wire.HeaderIdentity))
	})
	const seed = 5
	records, stats := run(t, Options{Seed: seed, Targets: targets(address, "e"), MaxConnections: 40, Timeout: timeout,
		Phases: phase(2*time.Second, constant(600))})
	late := 0
	for _, r := range records {
		var want [16]byte
		putHex(want[:], uint64(arrival.Identity(seed, r.Seq)))
		switch {
		case r.Cause == policy.Timeout:
			late++
		case r.Cause == policy.OK && r.Path != string(want[:]):
			t.Errorf("%+v has the reply of another: want %s", r, want)
		}
	}
	if late == 0 || stats.Connections <= 40 {
		t.Errorf("%d late of %d, %d connections: nothing was tried", late, len(records), stats.Connections)
	}
}
