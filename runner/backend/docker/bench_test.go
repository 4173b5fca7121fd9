package docker

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/topologies"
)

// rounds is how often each side of a comparison is measured, one after the
// other and in turns, whatever b.N is: this is a measurement, not a loop.
const rounds = 5

// BenchmarkTwelveNodes compares a topology of 12 nodes with docker-compose and
// the same 12 containers, of the same image and with the same limits, from
// nothing until the last of them serves. Removal is compared as well.
func BenchmarkTwelveNodes(b *testing.B) {
	const nodes = 12
	d := needDocker(b)
	compose, err := exec.LookPath("docker-compose")
	if err != nil {
		b.Skip("docker-compose is not installed (Debian: apt-get install docker-compose)")
	}
	image, err := nodeImage(b.Context(), d, stubProgram(b))
	if err != nil {
		b.Fatal(err)
	}
	var ours, theirs, oursDown, theirsDown []time.Duration
	for round := range rounds {
		both := []func(){
			func() { up, down := upWithUs(b, nodes); ours, oursDown = append(ours, up), append(oursDown, down) },
			func() {
				up, down := upWithCompose(b, d, compose, image, nodes)
				theirs, theirsDown = append(theirs, up), append(theirsDown, down)
			},
		}
		if round%2 == 1 {
			slices.Reverse(both)
		}
		for _, measure := range both {
			measure()
		}
	}
	b.ReportMetric(0, "ns/op")
	report(b, "up", ours)
	report(b, "compose-up", theirs)
	report(b, "down", oursDown)
	report(b, "compose-down", theirsDown)
}

// report gives the median as a metric, and the range beside it.
func report(b *testing.B, name string, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Milliseconds()), name+"-ms")
	b.Logf("%s: median %v, range %v to %v, of %d", name,
		times[len(times)/2].Round(time.Millisecond), times[0].Round(time.Millisecond),
		times[len(times)-1].Round(time.Millisecond), len(times))
}

func upWithUs(b *testing.B, count int) (up, down time.Duration) {
	var nodes []*topologies.Node
	for n := range count {
		s := service(fmt.Sprintf("node%d", n))
		s.CPU, s.Memory = 0.5, 64<<20
		nodes = append(nodes, s)
	}
	plan := planOf(nodes...)
	began := time.Now()
	deployed, err := Backend{Program: stubProgram(b)}.Deploy(b.Context(), plan, logs(b.TempDir()))
	if err != nil {
		b.Fatal(err)
	}
	var group sync.WaitGroup
	for _, n := range nodes {
		group.Go(func() {
			i, err := deployed.Start(b.Context(), n.Name, 1)
			if err == nil {
				_, err = ask(b.Context(), i.Address, "/")
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	up = time.Since(began)
	began = time.Now()
	if err := deployed.Close(b.Context()); err != nil {
		b.Error(err)
	}
	return up, time.Since(began)
}

func upWithCompose(b *testing.B, d *daemon, compose, image string, count int) (up, down time.Duration) {
	dir := b.TempDir()
	project := fmt.Sprintf("windtunnelbench%d", runs.Add(1))
	var file strings.Builder
	fmt.Fprintf(&file, "version: \"2.4\"\nnetworks: {default: {internal: true}}\nservices:\n")
	for n := range count {
		fmt.Fprintf(&file, "  node%d:\n    image: %s\n    command: [\"-serve\", \"0.0.0.0:8080\", \"-control\", \"0.0.0.0:8081\"]\n"+
			"    cpus: 0.5\n    mem_limit: 64m\n    memswap_limit: 64m\n    read_only: true\n    cap_drop: [ALL]\n"+
			"    security_opt: [\"no-new-privileges\"]\n", n, image)
	}
	path := filepath.Join(dir, "docker-compose.yml")
	if err := os.WriteFile(path, []byte(file.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	run := func(args ...string) {
		cmd := exec.Command(compose, append([]string{"-p", project, "-f", path}, args...)...)
		// What it does at once is not to be what limits it.
		cmd.Env = append(os.Environ(), "COMPOSE_PARALLEL_LIMIT=64")
		if output, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("docker-compose %v: %v\n%s", args, err, output)
		}
	}
	began := time.Now()
	run("up", "-d")
	list, err := d.api.ContainerList(b.Context(), client.ContainerListOptions{
		Filters: make(client.Filters).Add("label", "com.docker.compose.project="+project)})
	if err != nil || len(list.Items) != count {
		b.Fatalf("%d containers are up, %v", len(list.Items), err)
	}
	var group sync.WaitGroup
	for _, c := range list.Items {
		for _, settings := range c.NetworkSettings.Networks {
			group.Go(func() { serves(b, net.JoinHostPort(settings.IPAddress.String(), "8080")) })
		}
	}
	group.Wait()
	up = time.Since(began)
	began = time.Now()
	run("down", "-t", "0")
	return up, time.Since(began)
}

// serves waits until an address answers.
func serves(b *testing.B, address string) {
	if _, _, err := backend.WaitReady(b.Context(), address, "/", nil); err != nil {
		b.Error(err)
	}
}

// BenchmarkOneContainer compares Start with the bare calls of the Docker API
// for the same container on a network of the same kind: create, start, first reply.
func BenchmarkOneContainer(b *testing.B) {
	d := needDocker(b)
	n := service("one")
	plan := planOf(n)
	deployed, err := Backend{Program: stubProgram(b)}.Deploy(b.Context(), plan, logs(b.TempDir()))
	if err != nil {
		b.Fatal(err)
	}
	defer deployed.Close(context.Background())
	ours := deployed.(*deployment)
	var started, bare []time.Duration
	phases := map[string][]time.Duration{}
	for round := range 2 * rounds {
		began := time.Now()
		i, err := ours.Start(b.Context(), "one", round+1)
		if err == nil {
			_, err = ask(b.Context(), i.Address, "/")
		}
		if err != nil {
			b.Fatal(err)
		}
		started = append(started, time.Since(began))
		note(phases, i)
		if err := ours.Stop(b.Context(), i.Name); err != nil {
			b.Fatal(err)
		}
		bare = append(bare, bareStart(b, d, ours))
	}
	b.ReportMetric(0, "ns/op")
	report(b, "start", started)
	report(b, "bare", bare)
	for _, phase := range []string{"created", "started", "listening"} {
		report(b, phase, phases[phase])
	}
}

func note(phases map[string][]time.Duration, i *runner.Instance) {
	p := i.Phases
	phases["created"] = append(phases["created"], p.Created.Sub(p.Scheduled))
	phases["started"] = append(phases["started"], p.Started.Sub(p.Created))
	phases["listening"] = append(phases["listening"], p.Listening.Sub(p.Started))
}

func bareStart(b *testing.B, d *daemon, on *deployment) time.Duration {
	ctx := b.Context()
	began := time.Now()
	made, err := d.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: on.image, Labels: map[string]string{backend.LabelRun: on.plan.Run},
			Cmd: []string{"-serve", "0.0.0.0:8080", "-control", "0.0.0.0:8081"}},
		HostConfig: &container.HostConfig{NetworkMode: container.NetworkMode(on.network.name)},
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.api.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		b.Fatal(err)
	}
	found, err := d.api.ContainerInspect(ctx, made.ID, client.ContainerInspectOptions{})
	if err != nil {
		b.Fatal(err)
	}
	serves(b, net.JoinHostPort(found.Container.NetworkSettings.Networks[on.network.name].IPAddress.String(), "8080"))
	took := time.Since(began)
	if err := remove(ctx, d.api, made.ID); err != nil {
		b.Fatal(err)
	}
	return took
}
