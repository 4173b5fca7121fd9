package follow

import (
	"math"
	"time"
)

// seconds is how far trends go back.
const seconds = 120

// recent is how many whole seconds the figures of now are over: fewer are
// restless, more are late.
const recent = 3

// ring keeps something for each of the last seconds.
type ring[T any] struct {
	slots [seconds]struct {
		second int64
		value  T
	}
}

// secondOf is the second that a time lies in.
func secondOf(at time.Duration) int64 { return int64(math.Floor(at.Seconds())) }

// at returns what is kept for a second, new where there is nothing; nil where
// it is long gone.
func (r *ring[T]) at(second int64) *T {
	if second < 0 {
		return nil
	}
	slot := &r.slots[second%seconds]
	switch {
	case slot.second-1 > second: // they are kept as second+1, so that 0 is none
		return nil
	case slot.second-1 < second:
		slot.second = second + 1
		var none T
		slot.value = none
	}
	return &slot.value
}

// kept returns what is kept for a second; nil for nothing.
func (r *ring[T]) kept(second int64) *T {
	if second < 0 {
		return nil
	}
	if slot := &r.slots[second%seconds]; slot.second-1 == second {
		return &slot.value
	}
	return nil
}
