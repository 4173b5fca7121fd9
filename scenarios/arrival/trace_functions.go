package arrival

import (
	"iter"
	"slices"
	"time"

	"windtunnel/topologies/work"
)

// functions is a recording of how often each of several functions was invoked
// in each minute.
type functions struct {
	names  []string
	index  map[string]int // of names
	total  minutes        // of all functions
	shares [][]invoked    // by minute: those that were invoked in it
}

// invoked is how often a function was invoked in a minute.
type invoked struct{ function, count uint32 }

// add adds a function's row.
func (f *functions) add(name string, counts []uint64) {
	function, again := f.index[name]
	if !again {
		function = len(f.names)
		f.names, f.index[name] = append(f.names, name), function
	}
	for len(f.shares) < len(counts) {
		f.shares = append(f.shares, nil)
	}
	for m, n := range counts {
		if n == 0 {
			continue
		}
		at := -1
		if again {
			at = slices.IndexFunc(f.shares[m], func(s invoked) bool { return int(s.function) == function })
		}
		if at >= 0 {
			f.shares[m][at].count += uint32(n)
		} else {
			f.shares[m] = append(f.shares[m], invoked{uint32(function), uint32(n)})
		}
	}
}

func (f *functions) length() time.Duration                  { return f.total.length() }
func (f *functions) rate(w window, t time.Duration) float64 { return f.total.rate(w, t) }
func (f *functions) highest(w window, length time.Duration) float64 {
	return f.total.highest(w, length)
}

// arrivals implements recording: the routes without their ends.
func (f *functions) arrivals(w window, length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		for at := range f.routes(w, length, id) {
			if !yield(at) {
				return
			}
		}
	}
}

// routes yields the arrivals, each with its function. Those of a minute lie in
// it as independent uniform draws, whatever their function: so the instants
// are drawn for all together, in order, and each is then given to one of the
// functions by lot, with as many lots as that has arrivals.
func (f *functions) routes(w window, length time.Duration, id work.Identity) iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		lasts := time.Duration(float64(time.Minute) / w.speed)
		own := make([]work.Identity, len(f.names)) // a function's thinning depends on no other
		for i, name := range f.names {
			own[i] = id.Named(name)
		}
		var lots urn
		var counts []uint64
		for i := int(w.from / time.Minute); i < len(f.shares); i++ {
			begin := w.shownAt(time.Duration(i) * time.Minute)
			if begin >= length {
				return
			}
			shares := f.shares[i]
			counts = counts[:0]
			for _, s := range shares {
				counts = append(counts, w.scaled(float64(s.count), own[s.function].Child(uint64(i))))
			}
			lots.fill(counts)
			minute, k := id.Child(uint64(i)), uint64(0)
			for at := range scatter(lots.left, begin, lasts, minute) {
				rank := minute.Child(k).Child(0).Float64() * float64(lots.left)
				function := shares[lots.take(min(uint64(rank), lots.left-1))].function
				k++
				if at < 0 { // the minute began before the phase
					continue
				}
				if at >= length || !yield(at, int(function)) {
					return
				}
			}
		}
	}
}
