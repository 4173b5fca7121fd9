package price

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkMeetWith is the worst that MaxInstances allows: ten nodes a side that
// all get another instance at rates of their own. Measured: 0.9 s.
func BenchmarkMeetWith(b *testing.B) {
	side := func(name string, shift time.Duration) *Architecture {
		u := &Usage{Requests: 1000, Length: time.Second}
		for i := range 10 {
			u.Nodes = append(u.Nodes, Node{Name: fmt.Sprint(name, i), Kind: "service", CPU: 1, Memory: 2 * gi, Replicas: 1,
				CPUPerRequest: 700*time.Millisecond + shift + time.Duration(i)*time.Millisecond})
		}
		s := Defaults()
		return mustPriceAs(b, name, u, &s)
	}
	x, y := side("x", 0), side("y", time.Microsecond)
	for b.Loop() {
		x.MeetWith(y, Whole(1000))
	}
}
