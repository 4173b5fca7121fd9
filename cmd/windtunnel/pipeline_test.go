package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// pipeline runs the lines of a pipeline as its server does: each step in a shell
// that ends at the first error, in a directory with the README's files and with
// windtunnel as it is built. It stops at a step that fails, but for those that
// run always, and returns the exit code and what was written.
func pipeline(t *testing.T, dir string, steps []step) (code int, said string) {
	t.Helper()
	for _, s := range steps {
		if s.run == "" || code != 0 && !s.always {
			continue
		}
		c := exec.Command("bash", "-e", "-c", s.run)
		c.Dir = dir
		c.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "CI=true", "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "step-summary"), "GITHUB_PATH="+filepath.Join(dir, "path"))
		out, err := c.CombinedOutput()
		said += string(out)
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && code == 0:
			code = exit.ExitCode()
		case err != nil:
			t.Errorf("%s: %v\n%s", s.run, err, out)
		}
	}
	return code, said
}

type step struct {
	run    string
	always bool
}

// githubSteps and gitlabSteps read what the two servers would run.
func githubSteps(t *testing.T, text []byte) []step {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run, If string }
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	var steps []step
	for _, job := range workflow.Jobs {
		for _, s := range job.Steps {
			steps = append(steps, step{s.Run, s.If == "always()"})
		}
	}
	return steps
}

func gitlabSteps(t *testing.T, text []byte) []step {
	var jobs map[string]struct{ Script []string }
	if err := yaml.Unmarshal(text, &jobs); err != nil {
		t.Fatal(err)
	}
	var steps []step
	for _, job := range jobs {
		steps = append(steps, step{run: strings.Join(job.Script, "\n")})
	}
	return steps
}

// TestPipelines runs the README's pipelines, as they are and with a promise that
// is broken.
func TestPipelines(t *testing.T) {
	for _, c := range []struct {
		file  string
		steps func(*testing.T, []byte) []step
		left  map[string]string // files with what they hold
	}{
		{".github/workflows/windtunnel.yaml", githubSteps, map[string]string{"step-summary": "# my-suite: ", "runs/latest/index.html": "my-outage", "runs/latest/junit.xml": "<testsuite "}},
		{".gitlab-ci.yml", gitlabSteps, map[string]string{"junit.xml": "<testsuite ", "runs/latest/index.html": "my-outage"}},
	} {
		for _, broken := range []bool{false, true} {
			dir := t.TempDir()
			readmeFiles(t, dir)
			// windtunnel is built already, and on the path.
			if err := os.MkdirAll(filepath.Join(dir, "windtunnel", "bin"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "windtunnel", "Makefile"), []byte("build:\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			suite := filepath.Join(dir, "suite.yaml")
			text, err := os.ReadFile(suite)
			if err != nil {
				t.Fatal(err)
			}
			want := exitPass
			if broken {
				want = exitFail
				text = []byte(strings.Replace(string(text), "total.ok.rate > 10/s", "total.ok.rate > 10000/s", 1))
				if err := os.WriteFile(suite, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			workflow, err := os.ReadFile(filepath.Join(dir, c.file))
			if err != nil {
				t.Fatal(err)
			}
			code, said := pipeline(t, dir, c.steps(t, workflow))
			if code != want {
				t.Errorf("%s, broken: %v: exit code %d, want %d\n%s", c.file, broken, code, want, said)
			}
			if annotated := strings.Contains(said, "::error file=suite.yaml,line="); annotated != broken {
				t.Errorf("%s, broken: %v: annotated: %v\n%s", c.file, broken, annotated, said)
			}
			for name, holds := range c.left {
				if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), holds) {
					t.Errorf("%s leaves %s: %v, %.200s", c.file, name, err, text)
				}
			}
		}
	}
}
