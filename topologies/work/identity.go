package work

import "math"

// Identity names one thing that happens in a run: an arrival, a call that it
// makes, an attempt of that call. It is a hash of the path that leads there,
// travels with the request, and is the only source of randomness: a draw
// depends on what it is for and never on who drew before. Two architectures,
// and both engines, therefore meet the same arrivals and service times.
type Identity uint64

// Root returns the identity of a whole run with the given seed.
func Root(seed uint64) Identity { return Identity(mix(seed ^ 0x57696e6474756e6e)) }

// Child returns the identity of the k-th thing below id: the k-th arrival of
// a run, the k-th step of an operation, the k-th attempt of a call.
func (id Identity) Child(k uint64) Identity {
	return Identity(mix(uint64(id) + (k+1)*0x9e3779b97f4a7c15))
}

// Named returns the identity of the thing called name below id.
func (id Identity) Named(name string) Identity {
	h := uint64(14695981039346656037) // FNV-1a: short, and the mixing comes after
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return id.Child(h)
}

// Float64 returns the identity's draw, uniform in [0, 1).
func (id Identity) Float64() float64 {
	return float64(mix(uint64(id)^0xd1b54a32d192ed03)>>11) / (1 << 53)
}

// Intn returns the identity's draw as an integer uniform in [0, n). It panics where n < 1.
func (id Identity) Intn(n int) int {
	if n < 1 {
		panic("work: Intn of less than 1")
	}
	return min(int(id.Float64()*float64(n)), n-1)
}

// Exponential returns the identity's draw from the exponential distribution of mean 1.
func (id Identity) Exponential() float64 { return -math.Log1p(-id.Float64()) }

// Normal returns the identity's draw from the standard normal distribution (Box–Muller).
func (id Identity) Normal() float64 {
	u, v := id.Child(0).Float64(), id.Child(1).Float64()
	return math.Sqrt(-2*math.Log1p(-u)) * math.Cos(2*math.Pi*v)
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, 2014): every input bit reaches every output bit.
func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}
