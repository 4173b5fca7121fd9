package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/client"

	"windtunnel/runner/backend"
	"windtunnel/runner/backend/docker"
	"windtunnel/runner/backend/process"
)

// ground is a backend, seen by somebody who looks for what is left on it.
type ground struct {
	name      string
	program   func(t *testing.T, dir string) string // what the scenario's own container is made of; may be put into dir
	leftovers []func(context.Context) ([]backend.Leftover, error)
	frozen    func(t *testing.T, runs []string) int // how many instances are
}

// grounds are the backends, for tests that go over both. That of Docker skips a
// test where there is no daemon, unless it is required.
func grounds() []ground {
	return []ground{
		{"process", commandOfFamily, []func(context.Context) ([]backend.Leftover, error){process.Leftovers}, frozenProcesses},
		{"docker", imageOfFamily, []func(context.Context) ([]backend.Leftover, error){process.Leftovers, docker.Leftovers}, frozenContainers},
	}
}

// left names what there is of some runs.
func (g ground) left(t *testing.T, runs []string) []string {
	t.Helper()
	var names []string
	for _, list := range g.leftovers {
		all, err := list(context.Background()) // also when the test has ended
		if err != nil {
			t.Error(err)
		}
		for _, l := range all {
			if slices.Contains(runs, l.Run) {
				names = append(names, l.Kind+" "+l.Name)
			}
		}
	}
	return names
}

// watched says whether a watchdog of one of the runs lives.
func (g ground) watched(runs []string) bool {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environs {
		text, _ := os.ReadFile(file)
		for _, run := range runs {
			if bytes.Contains(text, []byte("WINDTUNNEL_WATCHDOG="+g.name+":"+run+"\x00")) {
				return true
			}
		}
	}
	return false
}

// family is the program testdata/family, built once.
var family = sync.OnceValues(func() (path string, err error) {
	dir, err := os.MkdirTemp("", "windtunnel-family-")
	if err != nil {
		return "", err
	}
	familyDir, path = dir, filepath.Join(dir, "family")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./testdata/family")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build family: %w: %s", err, output)
	}
	return path, nil
})

// familyDir is what there is to remove when the tests end, "" for nothing.
var familyDir string

// commandOfFamily gives each test a file of its own, by which all that runs it is found.
func commandOfFamily(t *testing.T, dir string) string {
	t.Helper()
	built, err := family()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "family")
	if err := os.Link(built, path); err != nil {
		t.Fatal(err)
	}
	return "command: [" + path + "]"
}

// running counts the processes whose program lies in dir.
func running(dir string) int {
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	count := 0
	for _, link := range programs {
		if program, _ := os.Readlink(link); strings.HasPrefix(program, dir+"/") {
			count++
		}
	}
	return count
}

// familyTag is the image of this test process, and goes with it.
var familyTag = fmt.Sprintf("windtunnel-test-family:%d", os.Getpid())

// familyImage builds the image, once.
var familyImage = sync.OnceValue(func() error {
	path, err := family()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, content := range map[string][]byte{
		"family": program, "Dockerfile": []byte("FROM scratch\nCOPY family /family\nENTRYPOINT [\"/family\"]\n"),
	} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	api, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	defer api.Close()
	built, err := api.ImageBuild(context.Background(), &archive, client.ImageBuildOptions{Tags: []string{familyTag}, Remove: true, ForceRemove: true})
	if err != nil {
		return err
	}
	defer built.Body.Close()
	text, err := io.ReadAll(built.Body)
	if err == nil && !bytes.Contains(text, []byte("Successfully tagged")) {
		err = fmt.Errorf("build %s: %s", familyTag, text)
	}
	return err
})

func imageOfFamily(t *testing.T, _ string) string {
	t.Helper()
	if _, err := docker.Available(t.Context()); err != nil {
		if strings.Contains(os.Getenv("WINDTUNNEL_REQUIRE"), "docker") {
			t.Fatal(err)
		}
		t.Skip("no Docker daemon: ", err)
	}
	if err := familyImage(); err != nil {
		t.Fatal(err)
	}
	return "image: '" + familyTag + "', port: 8080"
}

// removeFamily removes program and image.
func removeFamily() {
	if familyDir == "" {
		return
	}
	_ = os.RemoveAll(familyDir)
	if api, err := client.New(client.FromEnv); err == nil {
		_, _ = api.ImageRemove(context.Background(), familyTag, client.ImageRemoveOptions{Force: true, PruneChildren: true}) // it may never have been built
		_ = api.Close()
	}
}

// frozenProcesses counts the stopped processes of some runs.
func frozenProcesses(t *testing.T, runs []string) int {
	t.Helper()
	all, err := process.Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, l := range all {
		_, pid, found := strings.Cut(l.Name, "(pid ")
		if !found || !slices.Contains(runs, l.Run) {
			continue
		}
		if stat, _ := os.ReadFile("/proc/" + strings.TrimSuffix(pid, ")") + "/stat"); bytes.Contains(stat, []byte(") T ")) {
			count++
		}
	}
	return count
}

// frozenContainers counts the paused containers of some runs.
func frozenContainers(t *testing.T, runs []string) int {
	t.Helper()
	api, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	count := 0
	for _, run := range runs {
		filters := make(client.Filters).Add("label", backend.LabelRun+"="+run).Add("status", "paused")
		paused, err := api.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: filters})
		if err != nil {
			t.Fatal(err)
		}
		count += len(paused.Items)
	}
	return count
}
