package backend

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"windtunnel/runner"
)

// fakeCheckout is a module windtunnel with a node program that says hello.
func fakeCheckout(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module windtunnel\n\ngo 1.26.0\n", "cmd/" + nodeName + "/main.go": source,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestBuildProgramManyAtOnce(t *testing.T) {
	root := fakeCheckout(t, "package main\n\nfunc main() { println(\"hello\") }\n")
	dir := filepath.Join(t.TempDir(), "cache")
	var builds sync.WaitGroup
	for range 4 {
		builds.Go(func() {
			path, err := buildProgram(t.Context(), root, dir)
			if err != nil {
				t.Error(err)
				return
			}
			if out, err := exec.Command(path).CombinedOutput(); err != nil || string(out) != "hello\n" {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
	builds.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "build-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestBuildProgramShowsWhatIsWrong(t *testing.T) {
	root := fakeCheckout(t, "package main\n\nfunc main() { wrong }\n")
	_, err := buildProgram(t.Context(), root, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "undefined: wrong") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = buildProgram(t.Context(), root, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no go tool in the path") {
		t.Errorf("got %v", err)
	}
}

func TestFindCheckout(t *testing.T) {
	root := findCheckout("/")
	if !isCheckout(root) {
		t.Errorf("this file's checkout is not %q", root)
	}
	for text, want := range map[string]bool{"module windtunnel\n": true, "module windtunnel/x\n": false, "": false} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if isCheckout(dir) != want {
			t.Errorf("%q: got %v", text, !want)
		}
	}
}

func TestNodeProgramIsFoundOrSaysWhy(t *testing.T) {
	path, err := NodeProgram(t.Context())
	if err != nil {
		var environment *runner.EnvironmentError
		if !errors.As(err, &environment) {
			t.Fatalf("%T: %v", err, err)
		}
		t.Skip(err)
	}
	again, err := NodeProgram(t.Context())
	if info, statErr := os.Stat(path); statErr != nil || info.Mode()&0o111 == 0 || again != path || err != nil {
		t.Errorf("%s, then %s: %v %v", path, again, statErr, err)
	}
}
