package policy

import (
	"slices"

	"windtunnel/topologies/unit"
)

// FallbackConfig is an answer for the calls that fail. It is given at once, by
// the caller's own side, and counted apart from what the callee answered.
type FallbackConfig struct {
	Respond unit.Bytes `yaml:"respond,value" json:"respond,omitempty" doc:"bytes that it answers with"`
	On      []Cause    `yaml:"on" json:"on,omitempty" oneof:"status,timeout,refused,reset,rejected-breaker,rejected-limit,rejected-queue,dns,declared,other" doc:"the causes of failure that it stands in for, such as [rejected-breaker, timeout]; empty: all but deadline"`
}

// Covers says whether the fallback stands in for a cause. A deadline that has
// passed is no failure of the callee: who asked has gone.
func (c *FallbackConfig) Covers(cause Cause) bool {
	if cause == OK || cause == Deadline {
		return false
	}
	return len(c.On) == 0 || slices.Contains(c.On, cause)
}
