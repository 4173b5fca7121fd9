package runner

import (
	"math"
	"testing"
	"time"

	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/work"
)

func TestExpectedRequests(t *testing.T) {
	p := &Plan{Scenario: &scenarios.Scenario{Phases: []scenarios.Phase{
		{For: 10 * time.Second, Load: &arrival.Poisson{PerSecond: 50}},
		{For: 10 * time.Second, Load: &arrival.Closed{Users: 5, Think: work.ConstantOf(990 * time.Millisecond)}},
	}}}
	if got := p.ExpectedRequests(); math.Abs(got-(500)) > 1e-6 {
		t.Error(got)
	}
}
