package sim

// connections are the generator's to one instance, where the scenario bounds
// them: a request that finds all of them in use waits for one, in the order of
// asking, and the wait is part of its latency.
type connections struct {
	used    int
	waiting queue[waiter]
}

type waiter struct {
	request *request
	serial  uint64
}

// connect sends a request to an instance, once it has a connection.
func (r *request) connect(w *world, i *instance) {
	c := &i.outside
	if bound := w.plan.Scenario.Generator.MaxConnections; bound > 0 {
		if c.used == bound {
			c.waiting.push(waiter{r, r.serial})
			return
		}
		c.used++
		r.connected = i
	}
	r.exchange(w, i)
}

// hangUp gives the connection of a request that has ended to the next. One that
// timed out has broken its own, and leaves the place of one.
func (r *request) hangUp(w *world) {
	i := r.connected
	if i == nil {
		return
	}
	r.connected = nil
	c := &i.outside
	for !c.waiting.empty() {
		if next := c.waiting.pop(); !next.request.stale(next.serial) {
			next.request.connected = i
			next.request.exchange(w, i)
			return
		}
	}
	c.used--
}
