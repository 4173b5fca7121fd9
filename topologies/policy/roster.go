package policy

import (
	"cmp"
	"slices"
)

// roster keeps something for each endpoint. It is a slice sorted by id, which
// beats a map for the few instances of a node and costs no memory once all are
// in it. The zero roster is empty.
type roster[T any] []entry[T]

type entry[T any] struct {
	id EndpointID
	of T
}

func (r roster[T]) search(id EndpointID) (int, bool) {
	return slices.BinarySearchFunc(r, id, func(e entry[T], id EndpointID) int { return cmp.Compare(e.id, id) })
}

// find returns what is kept for an endpoint, nil where nothing is. It may be
// written to until the next call of enter.
func (r roster[T]) find(id EndpointID) *T {
	if at, known := r.search(id); known {
		return &r[at].of
	}
	return nil
}

// enter returns what is kept for an endpoint, the zero value where nothing was.
func (r *roster[T]) enter(id EndpointID) (of *T, known bool) {
	at, known := r.search(id)
	if !known {
		*r = slices.Insert(*r, at, entry[T]{id: id})
	}
	return &(*r)[at].of, known
}

// tidy forgets endpoints that are not up, once there are many of them: ids are
// never reused, so those that have gone would pile up. What is busy stays.
func (r *roster[T]) tidy(up []Endpoint, busy func(*T) bool) {
	if len(*r) <= 2*len(up)+16 {
		return
	}
	*r = slices.DeleteFunc(*r, func(e entry[T]) bool {
		_, isUp := find(up, e.id)
		return !isUp && !busy(&e.of)
	})
}
