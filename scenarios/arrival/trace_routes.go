package arrival

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// routes say what the functions of a trace ask; the zero routes leave it to the mix.
type routes struct {
	entries []string // each once, in the order of the file
	of      []int    // by function: an index into entries
}

// newRoutes lays a trace's functions onto entries. A mapping of what is no
// function is an error.
func newRoutes(f *functions, mapped map[string]string) (routes, error) {
	var r routes
	index := map[string]int{}
	for _, name := range f.names {
		entry, ok := mapped[name]
		if !ok {
			entry = name
		}
		at, known := index[entry]
		if !known {
			at = len(r.entries)
			r.entries, index[entry] = append(r.entries, entry), at
		}
		r.of = append(r.of, at)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(mapped)) {
		if _, ok := f.index[name]; !ok {
			errs = append(errs, fmt.Errorf("entries: the trace has no function %q%s", name, def.Hint(name, f.names)))
		}
	}
	return r, errors.Join(errs[:min(len(errs), maxTraceProblems)]...)
}

// Asks implements Routed: nothing where the mix decides, or the file cannot be read.
func (t *Trace) Asks() []string {
	if _, err := t.load(); err != nil {
		return nil
	}
	return t.routes.entries
}

// Routes implements Routed; a trace that is not replayed by function has none.
func (t *Trace) Routes(length time.Duration, id work.Identity) iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		recorded, err := t.load()
		f, ok := recorded.(*functions)
		if err != nil || !ok {
			return
		}
		for at, function := range f.routes(t.window(), length, id) {
			if !yield(at, t.routes.of[function]) {
				return
			}
		}
	}
}
