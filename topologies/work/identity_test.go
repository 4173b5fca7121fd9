package work

import (
	"math"
	"testing"
)

// chiSquare fails where counts are not uniform, at about one in a million; the
// identities are fixed, so it never fails by chance.
func chiSquare(t *testing.T, what string, counts []int) {
	t.Helper()
	total := 0
	for _, n := range counts {
		total += n
	}
	expected, chi := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		chi += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	df := float64(len(counts) - 1)
	if sigmas := (chi - df) / math.Sqrt(2*df); math.Abs(sigmas) > 5 {
		t.Errorf("%s: chi-square %.0f with %.0f degrees of freedom", what, chi, df)
	}
}

// Draws must be uniform along every way in which identities are made.
func TestDrawsAreUniform(t *testing.T) {
	const n, bins = 200_000, 200
	root := Root(1)
	for what, id := range map[string]func(i uint64) Identity{
		"seeds":                  Root,
		"children":               func(i uint64) Identity { return root.Child(i) },
		"first children":         func(i uint64) Identity { return root.Child(i).Child(0) },
		"deep children":          func(i uint64) Identity { return root.Child(i).Child(3).Child(1).Child(2) },
		"named":                  func(i uint64) Identity { return root.Child(i).Named("payments") },
		"plain numbers":          func(i uint64) Identity { return Identity(i) },
		"children far from zero": func(i uint64) Identity { return root.Child(1<<63 + i<<20) },
	} {
		counts := make([]int, bins)
		for i := range uint64(n) {
			counts[int(id(i).Float64()*bins)]++
		}
		chiSquare(t, what, counts)
	}
}

// Draws of identities that are near each other must have nothing to do with
// each other: pairs fill the unit square evenly.
func TestRelatedDrawsAreIndependent(t *testing.T) {
	const n, side = 200_000, 16
	root := Root(7)
	for what, pair := range map[string]func(i uint64) (a, b Identity){
		"neighbours":          func(i uint64) (a, b Identity) { return root.Child(i), root.Child(i + 1) },
		"parent and child":    func(i uint64) (a, b Identity) { return root.Child(i), root.Child(i).Child(0) },
		"siblings":            func(i uint64) (a, b Identity) { return root.Child(i).Child(0), root.Child(i).Child(1) },
		"cousins":             func(i uint64) (a, b Identity) { return root.Child(i).Child(1), root.Child(i + 1).Child(0) },
		"near seeds":          func(i uint64) (a, b Identity) { return Root(i), Root(i + 1) },
		"same child of seeds": func(i uint64) (a, b Identity) { return Root(i).Child(5), Root(i + 1).Child(5) },
		"names":               func(i uint64) (a, b Identity) { return root.Child(i).Named("a"), root.Child(i).Named("b") },
		"child and name":      func(i uint64) (a, b Identity) { return root.Child(i).Child(0), root.Child(i).Named("") },
		"uncle":               func(i uint64) (a, b Identity) { return root.Child(i), root.Child(i + 1).Child(0) },
	} {
		counts := make([]int, side*side)
		sum := 0.0
		for i := range uint64(n) {
			a, b := pair(i)
			x, y := a.Float64(), b.Float64()
			counts[int(x*side)*side+int(y*side)]++
			sum += (x - 0.5) * (y - 0.5)
		}
		chiSquare(t, what, counts)
		if r := sum / n * 12; math.Abs(r) > 5/math.Sqrt(n) {
			t.Errorf("%s: correlation %.4f", what, r)
		}
	}
}

// A million identities of a run, at several depths, are all different.
func TestIdentitiesDoNotCollide(t *testing.T) {
	seen := make(map[Identity]bool, 1_000_000)
	add := func(id Identity) {
		if seen[id] {
			t.Fatalf("%x comes twice", uint64(id))
		}
		seen[id] = true
	}
	root := Root(3)
	for i := range uint64(50_000) {
		call := root.Child(i)
		add(call)
		for k := range uint64(6) {
			add(call.Child(k))
			add(call.Child(k).Child(0))
			add(call.Child(k).Child(1))
		}
		add(call.Named("delay"))
	}
}

func TestNormal(t *testing.T) {
	const n = 200_000
	root := Root(4)
	var sum, square, cube, fourth float64
	for i := range uint64(n) {
		z := root.Child(i).Normal()
		sum, square, cube, fourth = sum+z, square+z*z, cube+z*z*z, fourth+z*z*z*z
	}
	for what, c := range map[string][2]float64{
		"mean": {sum / n, 0}, "variance": {square / n, 1}, "skew": {cube / n, 0}, "fourth moment": {fourth / n, 3},
	} {
		if math.Abs(c[0]-c[1]) > 0.05 {
			t.Errorf("%s is %.3f instead of %g", what, c[0], c[1])
		}
	}
}

func TestIntn(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 100} {
		counts := make([]int, n)
		for i := range uint64(50_000) {
			counts[Root(i).Intn(n)]++
		}
		if n > 1 {
			chiSquare(t, "Intn", counts)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Intn(0) does not panic")
		}
	}()
	Root(1).Intn(0)
}

// Draws are part of what a record's seed means: these values must never change,
// or a seed no longer repeats its run.
func TestIdentitiesAreGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		id   Identity
		want Identity
	}{
		{"seed 0", Root(0), 0xb360bf4d2a4522c2},
		{"seed 1", Root(1), 0x9fd73dd18f88b558},
		{"arrival 0", Root(1).Child(0), 0xa58c9fb95a8f6727},
		{"arrival 1", Root(1).Child(1), 0xf14c9be4f4bdcc7a},
		{"a step's call, second attempt", Root(42).Child(1000).Child(3).Child(2), 0xb8c5c5f580a4622b},
		{"by name", Root(42).Child(1000).Named("payments-down"), 0xf2e4865950723f87},
	} {
		if c.id != c.want {
			t.Errorf("%s: %#x instead of %#x", c.name, uint64(c.id), uint64(c.want))
		}
	}
	id := Root(42).Child(7)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Float64", id.Float64(), 0.66998617009103645},
		{"Exponential", id.Exponential(), 1.1086207165847199},
		{"Normal", id.Normal(), -0.20145668432722214},
		{"lognormal", float64(Dist{Kind: Lognormal, A: 5 * ms, B: 40 * ms}.Draw(id)), 4176037},
	} {
		if math.Abs(c.got-c.want) > 1e-12*math.Abs(c.want) { // other processors may differ in the last bits of a logarithm
			t.Errorf("%s: %.17g instead of %.17g", c.name, c.got, c.want)
		}
	}
}

func BenchmarkChildFloat64(b *testing.B) {
	id, sum := Root(1), 0.0
	for b.Loop() {
		sum += id.Child(3).Float64()
	}
	if sum < 0 {
		b.Fatal("negative")
	}
}
