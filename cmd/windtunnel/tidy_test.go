package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// packages lists every package of the module with its imports, tests left out.
func packages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports", "windtunnel/...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// TestLayers holds the map of DESIGN 3: imports go one way.
func TestLayers(t *testing.T) {
	layers := []string{"topologies", "scenarios", "runner", "reports", "cmd"}
	for _, p := range packages(t) {
		from := layer(p.ImportPath)
		for _, i := range p.Imports {
			if !strings.HasPrefix(i, "windtunnel/") {
				continue
			}
			to := layer(i)
			if up, down := slices.Index(layers, to), slices.Index(layers, from); up > down && down >= 0 && up >= 0 {
				t.Errorf("%s imports %s: imports go topologies ← scenarios ← runner ← reports ← cmd", p.ImportPath, i)
			}
			if why := forbidden(p.ImportPath, i); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, i, why)
			}
		}
	}
}

func layer(importPath string) string {
	parts := strings.Split(importPath, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// forbidden says why one package may not import another, "" where it may.
func forbidden(from, to string) string {
	under := func(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }
	switch {
	case under(from, "windtunnel/reports") && under(to, "windtunnel/runner") && to != "windtunnel/runner/record":
		return "of runner, reports see the record alone"
	case under(from, "windtunnel/runner/backend/docker") && under(to, "windtunnel/runner/backend/process"),
		under(from, "windtunnel/runner/backend/process") && under(to, "windtunnel/runner/backend/docker"):
		return "backends never see each other"
	case under(from, "windtunnel/fixtures/node") && under(to, "windtunnel/topologies") && !slices.Contains(
		[]string{"policy", "gateway", "wire", "work", "unit", "def"}, path.Base(to)):
		return "the node program stays lean: policy, gateway, wire, work, unit and def are all it sees"
	case under(from, "windtunnel/fixtures/traces") && to != "windtunnel/topologies/work":
		return "sample traces draw, and see nothing else of windtunnel"
	case under(from, "windtunnel/fixtures/node") && !under(to, "windtunnel/topologies") && !under(to, "windtunnel/fixtures/node"):
		return "the node program sees topologies only"
	}
	return ""
}

// TestHeavyDependencies holds that each heavy library lives in one leaf.
func TestHeavyDependencies(t *testing.T) {
	homes := map[string]string{
		"github.com/testcontainers/":    "windtunnel/runner/backend/docker",
		"github.com/moby/":              "windtunnel/runner/backend/docker",
		"github.com/tsenart/vegeta":     "windtunnel/runner/load",
		"github.com/olekukonko/":        "windtunnel/reports/render",
		"github.com/spf13/cobra":        "windtunnel/cmd/windtunnel",
		"charm.land/":                   "windtunnel/cmd/windtunnel/view",
		"github.com/charmbracelet/":     "windtunnel/cmd/windtunnel/view",
		"go.uber.org/zap/zapcore":       "windtunnel/cmd/windtunnel",
		"github.com/valyala/fasthttp":   "windtunnel/fixtures/node",
		"github.com/klauspost/compress": "windtunnel/runner/record",
		"github.com/miekg/dns":          "windtunnel/fixtures/node/nameserver",
		"github.com/golang-jwt/jwt":     "windtunnel/topologies/gateway",
	}
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			for library, home := range homes {
				if strings.HasPrefix(i, library) && p.ImportPath != home && !strings.HasPrefix(p.ImportPath, home+"/") {
					t.Errorf("%s imports %s, which belongs in %s alone", p.ImportPath, i, home)
				}
			}
		}
	}
}

// TestTopLevel holds that the repository's top level stays what its map says.
func TestTopLevel(t *testing.T) {
	allowed := []string{"scenarios", "topologies", "runner", "reports", "fixtures", "cmd",
		"go.mod", "go.sum", "Makefile", "README.md", "LICENSE", ".ci", ".gitignore"}
	out, err := exec.Command("git", "-C", "../..", "ls-tree", "--name-only", "HEAD").Output()
	if err != nil {
		t.Skip("no git checkout to look at")
	}
	for name := range strings.FieldsSeq(string(out)) {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s stands at the top level; the map has no place for it there", name)
		}
	}
}
