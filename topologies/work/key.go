package work

// A key says what a request is about: a number from 1 on, 0 where it is about
// nothing in particular.

// undeclared marks the keys that stand in for one that was not declared.
const undeclared = 1 << 63

// StandIn is the key of a request that came without one, where there must be
// one: its identity, marked as such.
func (id Identity) StandIn() uint64 { return uint64(id) | undeclared }

// DeclaredKey returns the key that a request came with, 0 where it came without one.
func DeclaredKey(key uint64) uint64 {
	if key >= undeclared {
		return 0
	}
	return key
}
