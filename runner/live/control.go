package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"windtunnel/topologies/wire"
)

// errGone is what is returned for a message to a node whose connection is closed.
var errGone = errors.New("the control connection is closed")

// control is the runner's end of a node's control connection.
type control struct {
	conn    net.Conn
	writing sync.Mutex
	encoder *wire.Encoder

	mu      sync.Mutex
	waiting map[string]chan wire.Ack
	ready   chan struct{}
	hello   chan wire.Hello
	done    chan struct{} // closed when the reader has ended
}

// dialControl connects to a node. Events and metrics go to the two functions,
// which are called one at a time until done is closed.
func dialControl(ctx context.Context, address string, event func(wire.Event), metrics func(wire.Metrics)) (*control, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial control %s: %w", address, err)
	}
	c := &control{
		conn: conn, encoder: wire.NewEncoder(conn),
		waiting: map[string]chan wire.Ack{},
		ready:   make(chan struct{}, 1), hello: make(chan wire.Hello, 1), done: make(chan struct{}),
	}
	go c.read(event, metrics)
	return c, nil
}

func (c *control) read(event func(wire.Event), metrics func(wire.Metrics)) {
	defer close(c.done)
	decoder := wire.NewDecoder(c.conn)
	for {
		var up wire.Up
		if err := decoder.Decode(&up); err != nil {
			return
		}
		switch {
		case up.Event != nil:
			event(*up.Event)
		case up.Metrics != nil:
			metrics(*up.Metrics)
		case up.Ack != nil:
			c.mu.Lock()
			if answer, ok := c.waiting[up.Ack.ID]; ok {
				answer <- *up.Ack
				delete(c.waiting, up.Ack.ID)
			}
			c.mu.Unlock()
		case up.Ready != nil:
			select {
			case c.ready <- struct{}{}:
			default:
			}
		case up.Hello != nil:
			select {
			case c.hello <- *up.Hello:
			default:
			}
		}
	}
}

// send writes one message; it gives up after ackTimeout, as a frozen node reads nothing.
func (c *control) send(down wire.Down) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(ackTimeout)); err != nil {
		return fmt.Errorf("send to a node: %w", err)
	}
	if err := c.encoder.Encode(down); err != nil {
		return fmt.Errorf("send to a node: %w", err)
	}
	return nil
}

// ask sends a message and waits for the answer with that id.
func (c *control) ask(ctx context.Context, id string, down wire.Down) error {
	answer := make(chan wire.Ack, 1)
	c.mu.Lock()
	c.waiting[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	if err := c.send(down); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for a node's answer: %w", ctx.Err())
	case <-c.done:
		return errGone
	case ack := <-answer:
		if ack.Error != "" {
			return errors.New(ack.Error)
		}
		return nil
	}
}

// configure greets the node and hands it its configuration; it returns when the node serves.
func (c *control) configure(ctx context.Context, config *wire.Config) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for hello: %w", ctx.Err())
	case <-c.done:
		return errGone
	case hello := <-c.hello:
		if hello.Version != wire.Version {
			return fmt.Errorf("the node program speaks version %d of the protocol, this windtunnel version %d: rebuild both", hello.Version, wire.Version)
		}
	}
	if err := c.send(wire.Down{Configure: config}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for ready: %w", ctx.Err())
	case <-c.done:
		return errGone
	case <-c.ready:
		return nil
	}
}

// close ends the connection and waits for the reader.
func (c *control) close() {
	_ = c.conn.Close()
	<-c.done
}
