package sim

// pool keeps what is done with for the next who needs one: a request costs no
// memory once as many have been under way as ever will be.
type pool[T any] struct{ free []*T }

func (p *pool[T]) get() *T {
	if n := len(p.free); n > 0 {
		t := p.free[n-1]
		p.free = p.free[:n-1]
		return t
	}
	return new(T)
}

func (p *pool[T]) put(t *T) { p.free = append(p.free, t) }
