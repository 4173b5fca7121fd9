package price

import (
	"math/big"
	"math/bits"
	"time"
)

// total128 adds up durations of 0 or more without loss: a large account's month
// has more nanoseconds of invocations than an int64 holds.
type total128 struct{ high, low uint64 }

// add adds count times d.
func (t *total128) add(count int64, d time.Duration) {
	if count <= 0 || d <= 0 {
		return
	}
	high, low := bits.Mul64(uint64(count), uint64(d))
	var carry uint64
	t.low, carry = bits.Add64(t.low, low, 0)
	t.high, _ = bits.Add64(t.high, high, carry)
}

// seconds returns the total in seconds.
func (t *total128) seconds() Number {
	nanos := new(big.Int).SetUint64(t.high)
	nanos.Lsh(nanos, 64).Add(nanos, new(big.Int).SetUint64(t.low))
	return Number{new(big.Rat).SetFrac(nanos, big.NewInt(int64(time.Second)))}
}
