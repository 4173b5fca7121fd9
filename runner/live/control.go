package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"windtunnel/topologies/wire"
)

// errGone is what is returned for a message to a node whose connection has ended.
var errGone = errors.New("the control connection has ended")

// control is the runner's end of a node's control connection: one goroutine
// reads, another writes what is posted. Posting never blocks, as a node that is
// frozen reads nothing for a while, and neither a slot nor the fault timeline
// may wait for it.
type control struct {
	conn net.Conn
	wake chan struct{} // of capacity 1: something was posted
	quit chan struct{} // closed when the reader has ended
	done chan struct{} // closed when the writer has, too

	frozen atomic.Bool // the node is kept paused: it answers nothing until it is woken

	mu      sync.Mutex
	posted  []letter
	waiting map[string][]chan wire.Ack // by id, in the order of the questions, which is that of the answers
	why     error                      // the node's objection, or what broke the connection
	ready   chan wire.Ready
	hello   chan wire.Hello
}

// letter is a message that waits to be written. What it says is made up when
// its turn comes, so that of two about the same thing the later tells the latest.
type letter struct {
	key   string // one that waits already under the same key does for both; "": each counts
	write func() (down wire.Down, needed bool)
	ask   string // the id of the answer that somebody waits for, "" for none
}

// listener hears what a node tells. Its functions are called one at a time,
// until the connection's done is closed.
type listener struct {
	event   func(wire.Event)
	metrics func(wire.Metrics)
	demand  func(wire.Demand)
	invoked func([]wire.Invocation)
	spans   func(wire.Spans)
}

// dialControl connects to a node.
func dialControl(ctx context.Context, address string, to listener) (*control, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial control %s: %w", address, err)
	}
	c := &control{
		conn: conn, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		waiting: map[string][]chan wire.Ack{},
		ready:   make(chan wire.Ready, 1), hello: make(chan wire.Hello, 1),
	}
	go c.read(to)
	go c.write()
	return c, nil
}

func (c *control) read(to listener) {
	defer close(c.quit)
	decoder := wire.NewDecoder(c.conn)
	for {
		var up wire.Up
		var malformed *wire.MalformedError
		if err := decoder.Decode(&up); errors.As(err, &malformed) {
			c.blame(err)
			continue
		} else if err != nil {
			c.blame(err)
			return
		}
		switch {
		case up.Event != nil:
			to.event(*up.Event)
		case up.Metrics != nil:
			to.metrics(*up.Metrics)
		case up.Demand != nil:
			to.demand(*up.Demand)
		case up.Invocations != nil:
			to.invoked(up.Invocations)
		case up.Spans != nil:
			to.spans(*up.Spans)
		case up.Ack != nil && up.Ack.ID == "":
			c.blame(errors.New(up.Ack.Error)) // an objection to something that asked for no answer
		case up.Ack != nil:
			c.answer(*up.Ack)
		case up.Ready != nil:
			offer(c.ready, *up.Ready)
		case up.Hello != nil:
			offer(c.hello, *up.Hello)
		}
	}
}

// offer hands a value over unless one waits already.
func offer[T any](to chan T, value T) {
	select {
	case to <- value:
	default:
	}
}

// write writes what is posted. It has no bound in time: what a frozen node does
// not read it reads when it thaws, and a message cut off would end all understanding.
func (c *control) write() {
	defer close(c.done)
	defer c.conn.Close()
	encoder := wire.NewEncoder(c.conn)
	for {
		for _, l := range c.take() {
			down, needed := l.write()
			if !needed {
				c.answer(wire.Ack{ID: l.ask})
				continue
			}
			if err := encoder.Encode(down); err != nil {
				c.blame(err)
				_ = c.conn.Close() // ends the reader
				<-c.quit
				return
			}
		}
		select {
		case <-c.wake:
		case <-c.quit:
			return
		}
	}
}

func (c *control) take() []letter {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.posted
	c.posted = nil
	return all
}

// post has a message written soon.
func (c *control) post(l letter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.key != "" {
		for _, p := range c.posted {
			if p.key == l.key {
				return
			}
		}
	}
	c.posted = append(c.posted, l)
	offer(c.wake, struct{}{})
}

// ask posts a message and waits for the answer with that id, unless the node is kept frozen. It returns errGone
// where the connection ended first, and ctx's error where ctx did.
func (c *control) ask(ctx context.Context, id string, write func() (wire.Down, bool)) error {
	answer := make(chan wire.Ack, 1)
	c.mu.Lock()
	c.waiting[id] = append(c.waiting[id], answer)
	c.mu.Unlock()
	c.post(letter{write: write, ask: id})
	if c.frozen.Load() {
		return nil // it reads that before anybody asks it for something
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for a node's answer: %w", ctx.Err())
	case <-c.done:
		return c.gone()
	case ack := <-answer:
		if ack.Error != "" {
			return errors.New(ack.Error)
		}
		return nil
	}
}

// answer hands an answer to who has waited for it longest, also if that one
// waits no more: the next one's answer is still to come.
func (c *control) answer(ack wire.Ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if asked := c.waiting[ack.ID]; len(asked) > 0 {
		asked[0] <- ack
		c.waiting[ack.ID] = asked[1:]
	}
}

// configure greets the node and hands it its configuration; it returns when the
// node serves, and what its initialisation took.
func (c *control) configure(ctx context.Context, config *wire.Config) (init time.Duration, err error) {
	select {
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for hello: %w", ctx.Err())
	case <-c.done:
		return 0, c.gone()
	case hello := <-c.hello:
		if hello.Version != wire.Version {
			return 0, fmt.Errorf("the node program speaks version %d of the protocol, this windtunnel version %d: rebuild both", hello.Version, wire.Version)
		}
	}
	c.post(letter{write: always(wire.Down{Configure: config})})
	select {
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for ready: %w", ctx.Err())
	case <-c.done:
		return 0, c.gone()
	case ready := <-c.ready:
		return ready.Init, nil
	}
}

// always is a letter's text that does not hang on when it is written.
func always(d wire.Down) func() (wire.Down, bool) { return func() (wire.Down, bool) { return d, true } }

// blame keeps the first reason why the connection ends, or may have to.
func (c *control) blame(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		c.why = err
	}
}

func (c *control) gone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("%w: %w", errGone, c.why)
}

// finish lets a node that has ended say its last: what it sent before is still
// to be read when its end is known. Its system closes the connection for it.
func (c *control) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	select {
	case <-c.done:
	case <-ctx.Done():
	}
	c.close()
}

// close ends the connection and waits for reader and writer.
func (c *control) close() {
	_ = c.conn.Close()
	<-c.done
}
