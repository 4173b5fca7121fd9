// Command windtunnel-node is the program that every built-in node runs. It
// listens, prints where as one line of JSON, and waits to be told what it is.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"windtunnel/fixtures/node/control"
	"windtunnel/topologies/wire"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes: 0 stopped in good order; 1 it failed, or requests were cut off;
// 2 usage; 3 whoever held the lifeline has gone.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	started := time.Now()
	flags := flag.NewFlagSet("windtunnel-node", flag.ContinueOnError)
	flags.SetOutput(stderr)
	serveAt := flags.String("serve", "127.0.0.1:0", "`host:port` to serve requests at")
	controlAt := flags.String("control", "127.0.0.1:0", "`host:port` to take the control connection at")
	lifeline := flags.Bool("lifeline", false, "end at once when standard input ends")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "windtunnel-node: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	logger := log.New(stderr, "windtunnel-node: ", log.Ltime|log.Lmicroseconds|log.Lmsgprefix)
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer cancel()
	done := make(chan error, 1)
	if err := start(ctx, done, started, *serveAt, *controlAt, stdout, logger); err != nil {
		logger.Print(err)
		return 1
	}
	select {
	case <-cut(*lifeline, stdin):
		return 3
	case err := <-done:
		if err != nil {
			logger.Print(err)
			return 1
		}
		return 0
	}
}

// start listens, announces where, and runs the instance, whose end is sent to done.
func start(ctx context.Context, done chan<- error, started time.Time, serveAt, controlAt string, stdout io.Writer, logger *log.Logger) error {
	serve, err := net.Listen("tcp", serveAt)
	if err != nil {
		return fmt.Errorf("listen for requests: %w", err)
	}
	listener, err := net.Listen("tcp", controlAt)
	if err != nil {
		_ = serve.Close()
		return fmt.Errorf("listen for control: %w", err)
	}
	go func() { done <- control.New(started, logger).Run(ctx, serve, listener) }()
	announcement := wire.Announcement{Serve: serve.Addr().String(), Control: listener.Addr().String()}
	if err := json.NewEncoder(stdout).Encode(announcement); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

// cut returns a channel that is closed when stdin ends: the pipe that a parent
// holds open breaks however the parent ends. Without a lifeline it never is.
func cut(lifeline bool, stdin io.Reader) <-chan struct{} {
	if !lifeline {
		return nil
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, stdin)
	}()
	return gone
}
