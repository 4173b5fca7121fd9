package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	language, text string
	line           int
}

// blocks returns the fenced blocks of a Markdown file.
func blocks(t *testing.T, path string) []block {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	var open *block
	for i, line := range strings.Split(string(text), "\n") {
		fence, ok := strings.CutPrefix(line, "```")
		switch {
		case !ok && open != nil:
			open.text += line + "\n"
		case ok && open != nil:
			found = append(found, *open)
			open = nil
		case ok:
			open = &block{language: strings.TrimSpace(fence), line: i + 1}
		}
	}
	return found
}

// TestReadmeCommands runs every windtunnel command of the README. Those that
// would drive load for a while are run with --dry-run: everything is loaded,
// planned and checked, and nothing is started.
func TestReadmeCommands(t *testing.T) {
	work := t.TempDir()
	readmeFiles(t, work)
	t.Chdir(work)
	// A short run, for the commands that read one.
	first := []string{"run", "steady", "-t", "shop-monolith", "--set", "phases.warm-up.for=200ms", "--set", "phases.steady.for=1s"}
	if code := run(context.Background(), first, strings.NewReader(""), io.Discard, os.Stderr); code != exitPass && code != exitFail && code != exitInconclusive {
		t.Fatalf("the run that the README's commands read exits %d", code)
	}
	commands := 0
	for _, b := range blocks(t, filepath.Join(checkout(t), "README.md")) {
		if b.language != "sh" {
			continue
		}
		for line := range strings.Lines(b.text) {
			line, _, _ = strings.Cut(line, "  #")
			args := strings.Fields(strings.ReplaceAll(line, "'", ""))
			if len(args) == 0 || strings.HasPrefix(args[0], "#") {
				continue
			}
			if args[0] == "make" {
				requireTarget(t, args[1])
				continue
			}
			if !strings.HasSuffix(args[0], "windtunnel") {
				t.Errorf("README.md:%d: %q is neither make nor windtunnel", b.line, args[0])
				continue
			}
			commands++
			args = quotedFields(line)[1:]
			if slices.Contains([]string{"run", "compare", "twin", "capacity"}, args[0]) {
				args = append(args, "--dry-run")
			}
			var stdout, stderr bytes.Buffer
			if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitPass {
				t.Errorf("README.md:%d: %s exits %d\n%s%s", b.line, strings.TrimSpace(line), code, &stdout, &stderr)
			}
		}
	}
	if commands == 0 {
		t.Error("the README shows no command")
	}
}

// quotedFields splits a command line as a shell would where only single quotes are used.
func quotedFields(line string) []string {
	var fields []string
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			fields = append(fields, part)
		} else {
			fields = append(fields, strings.Fields(part)...)
		}
	}
	return fields
}

// TestReadmeYAML loads the README's files: each YAML block is a document, and
// they all together are what one user wrote.
func TestReadmeYAML(t *testing.T) {
	work := t.TempDir()
	for _, name := range readmeFiles(t, work) {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), []string{"validate", name}, strings.NewReader(""), &stdout, &stderr); code != exitPass {
			t.Errorf("validate %s exits %d\n%s", filepath.Base(name), code, &stderr)
		}
	}
}

// readmeFiles writes the README's YAML blocks to dir under the names that their
// first lines give ("# shop.yaml") and returns those that hold a scenario or a suite.
func readmeFiles(t *testing.T, dir string) []string {
	t.Helper()
	var scenarios []string
	for _, b := range blocks(t, filepath.Join(checkout(t), "README.md")) {
		if b.language != "yaml" {
			continue
		}
		first, _, _ := strings.Cut(b.text, "\n")
		name, ok := strings.CutPrefix(first, "# ")
		if !ok || !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			t.Errorf("README.md:%d: a YAML block begins with its file's name, as in `# shop.yaml`", b.line)
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.text, "\nscenario:") || strings.Contains(b.text, "\nsuite:") {
			scenarios = append(scenarios, path)
		}
	}
	return scenarios
}

// checkout returns the root of the repository.
func checkout(t *testing.T) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..")
}

func requireTarget(t *testing.T, target string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains("\n"+string(text), "\n"+target+":") {
		t.Errorf("the README names make %s, which the Makefile does not have", target)
	}
}
