package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"windtunnel/runner"
)

// pingTimeout is how long a daemon may take to say that it is there.
const pingTimeout = 5 * time.Second

// daemon is the Docker engine that the environment names: DOCKER_HOST, or else
// the sockets that testcontainers looks for.
type daemon struct {
	provider *testcontainers.DockerProvider
	api      client.APIClient
	info     system.Info
}

// settle gives testcontainers the settings that its user would otherwise have to
// know. Its reaper is an image to be pulled and a container that outlives us:
// removal is ours to guarantee, here and in Sweep. Its log would go to stderr.
// TESTCONTAINERS_HOST_OVERRIDE is not needed, as its idea of where published
// ports are is never asked for.
var settle = sync.OnceFunc(func() {
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	log.SetDefault(log.NewNoopLogger())
})

// connect reaches the daemon. Its error is a *runner.EnvironmentError, or ctx's.
// That no daemon was found is kept by testcontainers for the life of the process.
func connect(ctx context.Context) (*daemon, error) {
	settle()
	if err := ping(ctx); err != nil {
		return nil, unreachable(ctx, err)
	}
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(log.NewNoopLogger()))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	result, err := provider.Client().Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	if result.Info.OSType != "linux" {
		return nil, unreachable(ctx, fmt.Errorf("it runs %s containers, and windtunnel needs linux ones", result.Info.OSType))
	}
	return &daemon{provider: provider, api: provider.Client(), info: result.Info}, nil
}

// close lets go of the connections to the daemon. It may be used afterwards.
func (d *daemon) close() { _ = d.provider.Close() }

// ping asks the daemon that DOCKER_HOST names, or else Docker's own socket. It
// finds out that a daemon hangs, which testcontainers would wait for without end,
// and that the one that was named is not there, in whose place testcontainers
// would take another. Where none was named, it may look for one elsewhere.
func ping(ctx context.Context) error {
	c, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	defer c.Close()
	limited, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	_, err = c.Ping(limited, client.PingOptions{})
	switch {
	case limited.Err() != nil:
		return fmt.Errorf("%s did not answer within %s: %w", c.DaemonHost(), pingTimeout, limited.Err())
	case os.Getenv(client.EnvOverrideHost) != "":
		return err
	}
	return nil
}

func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("reach the Docker daemon: %w", ctx.Err())
	}
	hint := "is it running? `docker info` should answer; DOCKER_HOST names a daemon elsewhere, and --on process needs none"
	if errors.Is(err, os.ErrPermission) {
		hint = "this user may not use it: join the group docker, or let root run windtunnel; --on process needs no daemon"
	}
	return &runner.EnvironmentError{Doing: "reach the Docker daemon", Err: fmt.Errorf("%w\n    %s", err, hint)}
}

// Info is what `doctor` tells about the daemon.
type Info struct {
	Version string // of the engine
	API     string // the version that the two agreed on
	Host    string // the daemon's address
	System  string // its operating system
	Storage string // its storage driver
	Cgroup  string // "1" or "2"
	Cores   int
	Memory  int64  // bytes
	Missing string // limits that it cannot enforce, in plain words; "" for none
}

// Available returns what there is to know of the daemon, or why it cannot be
// reached, as a *runner.EnvironmentError.
func Available(ctx context.Context) (Info, error) {
	d, err := connect(ctx)
	if err != nil {
		return Info{}, err
	}
	defer d.close()
	return Info{
		Version: d.info.ServerVersion, API: d.api.ClientVersion(), Host: d.api.DaemonHost(),
		System: d.info.OperatingSystem, Storage: d.info.Driver, Cgroup: d.info.CgroupVersion,
		Cores: d.info.NCPU, Memory: d.info.MemTotal, Missing: missing(d.info, true, true),
	}, nil
}
