package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"windtunnel/fixtures/images"
	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/record"
	"windtunnel/topologies"
)

// needDocker skips a test where no daemon is, unless it is required.
func needDocker(t testing.TB) *daemon {
	t.Helper()
	d, err := connect(t.Context())
	switch {
	case err == nil:
		return d
	case strings.Contains(os.Getenv("WINDTUNNEL_REQUIRE"), "docker"):
		t.Fatal(err)
	}
	t.Skip("no Docker daemon: ", err)
	return nil
}

// stub is the test server's program, built once.
var stub struct {
	once sync.Once
	dir  string
	err  error
}

func stubProgram(t testing.TB) string {
	t.Helper()
	stub.once.Do(func() {
		if stub.dir, stub.err = os.MkdirTemp("", "windtunnel-stub-"); stub.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(stub.dir, "stub"), "./testdata/stub")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := cmd.CombinedOutput(); err != nil {
			stub.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	if stub.err != nil {
		t.Fatal(stub.err)
	}
	return filepath.Join(stub.dir, "stub")
}

func TestMain(m *testing.M) {
	if does := os.Getenv(helperEnv); does != "" {
		os.Exit(helper(does))
	}
	code := m.Run()
	if stub.dir != "" {
		os.RemoveAll(stub.dir)
	}
	if d, err := connect(context.Background()); err == nil {
		if _, err := removeImages(context.Background(), d.api, ownLabel); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// ownImage is an image that a user might have: root's, with a root file system
// to write to, and one port exposed. It is this process's and goes with it.
var (
	ownImage = fmt.Sprintf("windtunnel-test-own:%d", os.Getpid())
	ownLabel = fmt.Sprintf("%s=test-%d", images.Label, os.Getpid())
)

func makeOwnImage(t testing.TB, d *daemon) {
	t.Helper()
	program, err := os.ReadFile(stubProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	var context bytes.Buffer
	w := tar.NewWriter(&context)
	for name, content := range map[string][]byte{
		"stub":       program,
		"Dockerfile": []byte("FROM scratch\nLABEL " + ownLabel + "\nCOPY stub /stub\nEXPOSE 9000\nENTRYPOINT [\"/stub\"]\nCMD [\"-deaf\"]\n"),
	} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := build(t.Context(), d.api, ownImage, &context); err != nil {
		t.Fatal(err)
	}
}

// logs is a recorder that only keeps logs.
type logs string

func (logs) Event(record.Event)           {}
func (logs) Request(record.Request)       {}
func (logs) Node(record.NodeSample)       {}
func (logs) Edge(record.EdgeSample)       {}
func (logs) Invocation(record.Invocation) {}
func (logs) Traces(record.Traces)         {}

func (l logs) LogFile(instance string) string {
	return filepath.Join(string(l), instance+".log")
}

var runs atomic.Int64

func planOf(nodes ...*topologies.Node) *runner.Plan {
	return &runner.Plan{
		Run:   fmt.Sprintf("test-%d-%d", os.Getpid(), runs.Add(1)),
		Graph: &topologies.Graph{Topology: &topologies.Topology{Name: "t", Nodes: nodes}},
	}
}

func service(name string) *topologies.Node {
	return &topologies.Node{Name: name, Kind: "service", Spec: &topologies.Service{}}
}

func own(name string, spec topologies.Container) *topologies.Node {
	spec.Image = ownImage
	if spec.StartTimeout == 0 {
		spec.StartTimeout = time.Minute
	}
	return &topologies.Node{Name: name, Kind: "container", Spec: &spec}
}

// helperEnv makes this test's program a process of its own, which does as the
// variable says.
const helperEnv = "WINDTUNNEL_TEST_HELPER"

func helper(does string) int {
	if does == "ask" {
		return printAvailable()
	}
	return deployAndWait(does)
}

// bed is a deployment under test.
type bed struct {
	*deployment
	t    testing.TB
	logs logs
}

// deploy deploys nodes, and holds at the end of the test that nothing is left.
func deploy(t testing.TB, b Backend, nodes ...*topologies.Node) *bed {
	t.Helper()
	docker := needDocker(t)
	b.Program = stubProgram(t)
	for _, n := range nodes {
		if _, own := n.Spec.(*topologies.Container); own {
			makeOwnImage(t, docker)
		}
	}
	plan := planOf(nodes...)
	t.Cleanup(func() { nothingLeft(t, docker, plan.Run) })
	dir := logs(t.TempDir())
	deployed, err := b.Deploy(t.Context(), plan, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := deployed.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &bed{deployed.(*deployment), t, dir}
}

func nothingLeft(t testing.TB, d *daemon, run string) {
	t.Helper()
	found, err := list(context.Background(), d.api, backend.LabelRun+"="+run)
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Errorf("left behind: %s %s", f.Kind, f.Name)
	}
}

func (b *bed) start(node string, ordinal int) *runner.Instance {
	b.t.Helper()
	i, err := b.Start(b.t.Context(), node, ordinal)
	if err != nil {
		b.t.Fatal(err)
	}
	return i
}

// inspect looks at the container of an instance.
func (b *bed) inspect(instance string) container.InspectResponse {
	b.t.Helper()
	found, err := b.daemon.api.ContainerInspect(b.t.Context(), "windtunnel-"+b.plan.Run+"-"+instance, client.ContainerInspectOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return found.Container
}

// ask sends a request to an instance and returns the body of its answer.
func ask(ctx context.Context, address, path string, query ...string) (string, error) {
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path+"?"+values.Encode(), nil)
	if err != nil {
		return "", err
	}
	request.Close = true
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", reply.Status, body)
	}
	return string(body), err
}

func mustAsk(t testing.TB, address, path string, query ...string) string {
	t.Helper()
	body, err := ask(t.Context(), address, path, query...)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// within fails the test where a channel is not closed soon.
func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("waited too long: ", what)
	}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited too long: ", what)
		}
	}
}
