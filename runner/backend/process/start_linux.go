package process

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// Bounds of a start.
const (
	announceTimeout = 20 * time.Second // for a node program, which needs milliseconds
	announceBytes   = 4 << 10
	defaultStart    = time.Minute // for a container of a plan that no file gave
	bindAttempts    = 4           // for a user's command that finds its port taken
)

// nodeEnv names the variables that a node program gets from windtunnel's own
// environment. It gets no others, lest a GOGC or GODEBUG in somebody's shell
// changes what is measured.
var nodeEnv = []string{"PATH", "HOME", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOCOVERDIR"}

// startNode starts the node program and reads where it listens.
func (in *instance) startNode(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, announceTimeout,
		fmt.Errorf("it did not say within %s where it listens", announceTimeout))
	defer cancel()
	env := backend.Marks(in.deployment.plan.Run, in.name)
	for _, name := range nodeEnv {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	heard := make(chan announced, 1)
	path := in.deployment.program
	argv := []string{path, "-serve", "127.0.0.1:0", "-control", "127.0.0.1:0", "-lifeline"}
	created, err := in.launch(path, argv, env, func(stdout *bufio.Reader) { heard <- in.hear(stdout) })
	if err != nil {
		return err
	}
	in.public.Phases.Created, in.public.Phases.Started = created, created
	select {
	case a := <-heard:
		in.public.Address, in.public.Control, in.public.Phases.Listening = a.Serve, a.Control, a.at
		if a.err != nil {
			return in.ended(a.err)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ended gives the process a moment to end, so that the reason is in its log.
func (in *instance) ended(err error) error {
	select {
	case <-in.logged:
		return backend.ErrExited
	case <-time.After(2 * drainTime):
		return err
	}
}

type announced struct {
	wire.Announcement
	at  time.Time
	err error
}

// hear reads the announcement. What it cannot understand goes to the log.
func (in *instance) hear(stdout *bufio.Reader) announced {
	line, err := stdout.ReadSlice('\n') // at most announceBytes
	a := announced{at: time.Now()}
	if err == nil {
		err = json.Unmarshal(line, &a.Announcement)
	}
	if err == nil && (a.Serve == "" || a.Control == "") {
		err = errors.New("serve or control is missing")
	}
	if err != nil {
		_, _ = in.tail.Write(line)
		a.err = fmt.Errorf("read its announcement: %w", err)
	}
	return a
}

// errPortTaken says that a command ended because another program had taken its port.
var errPortTaken = errors.New("its port was taken")

// startCommand starts a user's command on a free port and waits until it is ready.
func (in *instance) startCommand(ctx context.Context, c *topologies.Container) error {
	timeout := cmp.Or(c.StartTimeout, defaultStart)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it was not ready within %s", timeout))
	defer cancel()
	port, err := in.deployment.freePort()
	if err != nil {
		return err
	}
	env, err := in.commandEnv(c, port)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(c.Command[0])
	if err != nil {
		return err
	}
	created, err := in.launch(path, c.Command, env, nil)
	if err != nil {
		return err
	}
	in.public.Address = "127.0.0.1:" + strconv.Itoa(port)
	p := &in.public.Phases
	p.Created, p.Started = created, created
	p.Listening, p.Ready, err = backend.WaitReady(ctx, in.public.Address, c.Health, in.exited)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, backend.ErrExited):
		<-in.logged
		if taken(port) || in.saysInUse() {
			return fmt.Errorf("%w: %w", errPortTaken, err)
		}
		return err
	}
	return err
}

// commandEnv is windtunnel's own environment with the container's, its port, the
// nodes that it needs, and the marks.
func (in *instance) commandEnv(c *topologies.Container, port int) ([]string, error) {
	needs, err := backend.Needs(in.deployment.plan.Graph.Topology, in.node, in.deployment.address)
	if err != nil {
		return nil, err
	}
	env := map[string]string{} // a variable given twice would have its first value
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "WINDTUNNEL_") {
			env[name] = value
		}
	}
	maps.Copy(env, c.Env)
	env["PORT"] = strconv.Itoa(port)
	for _, v := range append(needs, backend.Marks(in.deployment.plan.Run, in.name)...) {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list, nil
}

// saysInUse looks for the words of bind(2)'s EADDRINUSE, which most languages print.
func (in *instance) saysInUse() bool {
	return slices.ContainsFunc(in.tail.Lines(logLines), func(line string) bool {
		return strings.Contains(line, "already in use") || strings.Contains(line, "EADDRINUSE")
	})
}

// start starts what the node is. Afterwards the instance must be removed, whatever came of it.
func (in *instance) start(ctx context.Context) error {
	var err error
	if in.group, err = in.deployment.ground.newGroup(in.node, in.name); err != nil {
		return fmt.Errorf("limit CPU and memory: %w", err)
	}
	if c, ok := in.node.Spec.(*topologies.Container); ok {
		return in.startCommand(ctx, c)
	}
	if !runner.BuiltIn(in.node) {
		return fmt.Errorf("%s is %s and has no instances", in.node.Name, in.node.Kind)
	}
	return in.startNode(ctx)
}
