package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/topologies"
)

// instance is one process with what it started.
//
//	made ── launch ──▶ running ── exit or stop ──▶ gone ── stop ──▶ nothing left
type instance struct {
	deployment *Deployment
	node       *topologies.Node
	name       string
	own        bool // the user's command: it may start processes of its own
	tail       *backend.Tail
	group      *group
	exited     chan struct{} // closed when the process and its group have ended
	logged     chan struct{} // closed when its log is complete, soon afterwards
	copies     sync.WaitGroup
	pipes      []*os.File // our ends: the lifeline, and what it writes
	public     *runner.Instance
	settled    chan struct{} // closed when Start is done with it, well or not

	mu      sync.Mutex // guards what follows; signals are sent under it
	process *os.Process
	gone    bool // reaped: its pid may belong to another
	stopped bool // must not be launched any more
	serves  bool // Start returned it
	pauses  int  // pauses that hold; it runs at 0

	removal sync.Mutex // one removal at a time
}

var errStopped = errors.New("it was stopped")

// reap waits for the process. It is the only one to reap it, so that until gone
// is set the pid is that of the process and the group's number that of its group.
func (in *instance) reap() {
	defer close(in.logged)
	pid := in.process.Pid
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	in.mu.Lock()
	_ = unix.Kill(-pid, unix.SIGKILL) // what it started and left in its group
	state, err := in.process.Wait()
	in.gone = true
	stopped := in.stopped
	in.mu.Unlock()
	close(in.exited)
	in.drain()
	if err == nil && !stopped {
		in.say("ended: " + state.String())
	}
	if in.group.outOfMemory() {
		in.say("the kernel killed it: it wanted more than its " + in.node.Memory.String() + " of memory")
	}
}

// say puts a line of ours into the instance's log.
func (in *instance) say(line string) { _, _ = fmt.Fprintf(in.tail, "[windtunnel: %s]\n", line) }

// signal sends a signal to the process group, where there is one. in.mu is held.
func (in *instance) signal(s syscall.Signal) {
	if in.process != nil && !in.gone {
		_ = unix.Kill(-in.process.Pid, s)
	}
}

// kill ends the process with all that it started, and waits for the end.
func (in *instance) kill(ctx context.Context) error {
	in.mu.Lock()
	running := in.process != nil
	in.signal(unix.SIGKILL)
	in.mu.Unlock()
	if !running {
		return nil
	}
	select {
	case <-in.exited:
	case <-ctx.Done():
		return fmt.Errorf("end %s: %w", in.name, ctx.Err())
	}
	if !in.own {
		return nil
	}
	return killAll(ctx, backend.EnvRun+"="+in.deployment.plan.Run, backend.EnvInstance+"="+in.name)
}

// killAll kills what has the marks until none is found. One that forks while
// others are killed is met in the next pass.
func killAll(ctx context.Context, marks ...string) error {
	for pause := time.Millisecond; killMarked(marks...) > 0; pause = min(2*pause, 50*time.Millisecond) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("end what %v started: %w", marks, ctx.Err())
		case <-time.After(pause):
		}
	}
	return nil
}

// remove ends the instance and leaves nothing of it but its log. It is safe twice.
func (in *instance) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	in.mu.Lock()
	in.stopped = true
	in.signal(unix.SIGKILL)
	in.mu.Unlock()
	select {
	case <-in.settled: // a start under way fails now
	case <-ctx.Done():
		return fmt.Errorf("end %s: %w", in.name, ctx.Err())
	}
	in.removal.Lock()
	defer in.removal.Unlock()
	err := in.kill(ctx)
	if in.process != nil && err == nil {
		<-in.logged
	}
	for _, f := range in.pipes {
		_ = f.Close()
	}
	in.copies.Wait()
	return cmp.Or(err, in.group.remove(ctx), in.tail.Close())
}

// drain lets the copiers read what the process wrote last. Where something that
// it started holds the pipes open, they end all the same.
func (in *instance) drain() {
	for _, f := range in.pipes {
		_ = f.SetReadDeadline(time.Now().Add(drainTime))
	}
	in.copies.Wait()
}

// removeTime bounds a removal. What SIGKILL has not ended by then hangs in the kernel.
const removeTime = 5 * time.Second

// drainTime is how long the end of a log is waited for once the process has ended.
const drainTime = 200 * time.Millisecond

// environment turns what went wrong while starting into an error with the log's
// end. That the caller wanted no more of it is not the environment's fault.
func (in *instance) environment(ctx context.Context, err error) error {
	doing := "start " + in.name
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	if in.wasStopped() {
		return fmt.Errorf("%s: %w", doing, errStopped)
	}
	return &runner.EnvironmentError{Doing: doing, Err: err, Log: in.tail.Lines(logLines)}
}

// logLines is how much of a log is shown with an error.
const logLines = 20

// serve lets a start succeed only where neither Stop nor Close came in between.
func (in *instance) serve() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopped {
		return errStopped
	}
	in.serves = true
	return nil
}

func (in *instance) wasStopped() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.stopped
}

// up says whether it serves and has not ended.
func (in *instance) up() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.serves && !in.gone && !in.stopped
}
