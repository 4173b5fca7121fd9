package sim

// queue is a line of what is taken in the order in which it came. It costs no
// memory once it has been as long as it gets.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) empty() bool { return q.head == len(q.items) }

// first is the one to be taken next. There must be one.
func (q *queue[T]) first() *T { return &q.items[q.head] }

// last is the one that came last. There must be one.
func (q *queue[T]) last() *T { return &q.items[len(q.items)-1] }

// push moves the line to the front of its memory where half of that is free.
func (q *queue[T]) push(t T) {
	if q.head > 0 && len(q.items) == cap(q.items) && 2*q.head >= len(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, t)
}

func (q *queue[T]) pop() T {
	t := q.items[q.head]
	q.drop()
	return t
}

// drop takes the first one away. There must be one.
func (q *queue[T]) drop() {
	var none T
	q.items[q.head] = none
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
}
