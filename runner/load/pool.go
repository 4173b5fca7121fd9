package load

import (
	"container/list"
	"context"
	"crypto/tls"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pools are the connections of a run, by where they lead.
type pools struct {
	max    int // to each address; 0: no bound
	opened atomic.Uint64

	mu     sync.Mutex
	byKey  map[poolKey]*pool
	open   map[*conn]struct{}
	closed bool
}

type poolKey struct {
	address string
	tls     *tls.Config
}

func newPools(max int) *pools {
	return &pools{max: max, byKey: map[poolKey]*pool{}, open: map[*conn]struct{}{}}
}

// at returns the pool of an address. When it makes one it throws out the dead
// connections of the others: a new address often stands for one that is gone.
func (ps *pools) at(address string, secure *tls.Config) *pool {
	key := poolKey{address, secure}
	ps.mu.Lock()
	p := ps.byKey[key]
	if p != nil {
		ps.mu.Unlock()
		return p
	}
	p = &pool{all: ps, poolKey: key}
	others := slices.Collect(maps.Values(ps.byKey))
	ps.byKey[key] = p
	ps.mu.Unlock()
	for _, other := range others {
		other.sweep()
	}
	return p
}

// add takes a new connection into the books, unless all are closed already.
func (ps *pools) add(c *conn) error {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.closed {
		return net.ErrClosed
	}
	ps.opened.Add(1)
	ps.open[c] = struct{}{}
	return nil
}

func (ps *pools) remove(c *conn) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	delete(ps.open, c)
}

// close closes every connection, also those in use, and lets no more be opened.
func (ps *pools) close() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.closed = true
	for c := range ps.open {
		c.Close()
	}
	clear(ps.open)
}

// pool is the connections to one address. Each is idle here or in use by one
// request; of the bound, every open or dialling one takes a slot.
type pool struct {
	all *pools
	poolKey

	mu      sync.Mutex
	slots   int       // taken
	idle    []*conn   // the last one used is the first to be used again
	waiting list.List // of chan *conn: who waits longest comes first
}

// get returns a connection, dialled where none is idle. At the bound it waits
// for one, in the order of asking.
func (p *pool) get(ctx context.Context, deadline time.Time) (*conn, error) {
	for {
		c, wait := p.take()
		switch {
		case wait != nil:
			return p.await(ctx, deadline, wait)
		case c == nil:
			return p.dial(ctx, deadline)
		case c.alive():
			return c, nil
		}
		p.put(c, false)
	}
}

// take returns an idle connection, or the place of one that waits, or neither
// where a slot was free and is now the caller's to dial with.
func (p *pool) take() (*conn, *list.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	if p.all.max > 0 && p.slots >= p.all.max {
		return nil, p.waiting.PushBack(make(chan *conn, 1))
	}
	p.slots++
	return nil, nil
}

// await waits for its turn: a connection, or nil for a slot to dial with.
func (p *pool) await(ctx context.Context, deadline time.Time, place *list.Element) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	turn := place.Value.(chan *conn)
	select {
	case c := <-turn:
		if c == nil {
			return p.dial(ctx, deadline)
		}
		return c, nil
	case <-ctx.Done():
		p.leave(place)
		return nil, ctx.Err()
	}
}

// leave gives up a place; what came to it in the meantime goes to the next.
func (p *pool) leave(place *list.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting.Remove(place)
	select {
	case c := <-place.Value.(chan *conn):
		p.handOn(c)
	default:
	}
}

// put takes a connection back, and closes it unless it is to be kept.
func (p *pool) put(c *conn, keep bool) {
	if !keep {
		c.Close()
		p.all.remove(c)
		c = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handOn(c)
}

// handOn gives a connection, or with nil a slot, to who waits longest.
func (p *pool) handOn(c *conn) {
	switch first := p.waiting.Front(); {
	case first != nil:
		first.Value.(chan *conn) <- c // has room: a place gets one thing
		p.waiting.Remove(first)
	case c != nil:
		p.idle = append(p.idle, c)
	default:
		p.slots--
	}
}

// dial opens a connection in a slot that is the caller's.
func (p *pool) dial(ctx context.Context, deadline time.Time) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	c, err := dial(ctx, p.address, p.tls)
	if err == nil {
		if err = p.all.add(c); err != nil {
			c.Close()
		}
	}
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.handOn(nil)
		return nil, err
	}
	return c, nil
}

// sweep closes the idle connections that the other side has closed.
func (p *pool) sweep() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		p.put(c, c.alive())
	}
}
