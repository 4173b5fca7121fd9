package backend

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"windtunnel/runner"
)

// nodeName is the name of the node program's file.
const nodeName = "windtunnel-node"

// program keeps what NodeProgram found, since building asks the go tool.
var program struct {
	mu   sync.Mutex
	path string
}

// NodeProgram returns the path of the node program: the file beside this
// program, or else one built from the checkout that this program was built from
// or runs in. It builds once a process; go's own cache makes that quick when
// nothing changed. Its error is a *runner.EnvironmentError.
func NodeProgram(ctx context.Context) (string, error) {
	program.mu.Lock()
	defer program.mu.Unlock()
	if program.path != "" {
		return program.path, nil
	}
	path, err := findProgram(ctx)
	if err != nil {
		return "", &runner.EnvironmentError{Doing: "find " + nodeName, Err: err}
	}
	program.path = path
	return path, nil
}

func findProgram(ctx context.Context) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	beside := filepath.Join(filepath.Dir(self), nodeName)
	if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
		return beside, nil
	}
	checkout := findCheckout(self)
	if checkout == "" {
		return "", fmt.Errorf("it is not at %s, and this is no checkout to build it from: "+
			"put it beside windtunnel (make build does)", beside)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(checkout))
	return buildProgram(ctx, checkout, filepath.Join(cache, "windtunnel", hex.EncodeToString(key[:6])))
}

// findCheckout returns the root of windtunnel's module: where the source of this
// very file was compiled, or else the root above the program or the working directory.
func findCheckout(self string) string {
	_, source, _, _ := runtime.Caller(0) // not absolute in a program built with -trimpath
	here, _ := os.Getwd()
	for _, dir := range []string{filepath.Dir(source), filepath.Dir(self), here} {
		for ; filepath.IsAbs(dir); dir = filepath.Dir(dir) {
			if isCheckout(dir) {
				return dir
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return ""
}

func isCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	first, _, _ := bytes.Cut(text, []byte{'\n'})
	return strings.TrimSpace(string(first)) == "module windtunnel"
}

// buildProgram builds the node program into dir. Builds at the same time do not
// disturb each other: each has its own file, and renames it into place whole.
func buildProgram(ctx context.Context, checkout, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	built, path := filepath.Join(work, nodeName), filepath.Join(dir, nodeName)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, "./cmd/"+nodeName)
	cmd.Dir = checkout
	// The machine's own platform, whatever the user is building for.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	output, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("build it: no go tool in the path")
	case ctx.Err() != nil:
		return "", fmt.Errorf("build it: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("build it in %s: %w\n%s", checkout, err, bytes.TrimSpace(output))
	}
	return path, os.Rename(built, path)
}
