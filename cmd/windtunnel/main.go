// Command windtunnel is a wind tunnel for software architectures: it builds
// topologies of an application for real, drives load and failure through them,
// and compares what it measures.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"windtunnel/runner/backend/docker"
	"windtunnel/runner/backend/process"
	"windtunnel/runner/watchdog"
)

func main() {
	watchdog.Main(sweepers())
	// A reader that leaves, as head does, ends no run halfway: see outlet.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, outlet{os.Stdout}, outlet{os.Stderr}))
}

// sweepers are what a watchdog removes a run by, by backend.
func sweepers() map[string]watchdog.Sweeper {
	return map[string]watchdog.Sweeper{"process": process.Sweep, "docker": docker.Sweep}
}

// run is the whole program but for the process around it. The first signal ends
// a run in good order; a second one ends windtunnel at once, and its watchdog
// removes what is left.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	if _, ok := stderr.(outlet); !ok {
		stderr = &serialized{to: stderr} // parallel runs tell of themselves: a file takes that
	}
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: os.LookupEnv,
		args: append([]string{"windtunnel"}, args...)}
	context.AfterFunc(ctx, func() {
		a.leave()
		stop() // from now on a signal has its usual effect
	})
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return exitCode(ctx, err, stderr)
}

// endings are the signals that end a run in good order. A closed terminal is
// one, unless nohup had it ignored.
func endings() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}
