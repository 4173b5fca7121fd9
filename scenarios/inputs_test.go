package scenarios_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"windtunnel/scenarios"
)

var update = flag.Bool("update", false, "write what is said of fixtures/inputs over what is expected")

const inputs = "../fixtures/inputs"

// TestBrokenInputs holds every message of every broken file: what is wrong,
// where, and what to do.
func TestBrokenInputs(t *testing.T) {
	files, err := filepath.Glob(inputs + "/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			problems := scenarios.Validate(queryOf(t, name+".yaml"))
			for _, p := range problems {
				if p.Pos.File == "" {
					t.Errorf("without a place: %s", p.Message)
				}
			}
			golden(t, filepath.Join(inputs, name+".want"), problems.Error()+"\n")
		})
	}
}

// queryOf asks for one file of the inputs, with nothing beside it. Lines that
// begin with `#! ` are its command line.
func queryOf(t *testing.T, name string) scenarios.Query {
	t.Helper()
	q := scenarios.Query{
		Scenarios: []string{name},
		Params:    map[string][]string{},
		Venues:    []string{"docker", "process", "sim"},
		ReadFile:  func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(inputs, name)) },
		Glob:      func(string) ([]string, error) { return nil, nil },
		Getenv:    func(string) (string, bool) { return "", false },
	}
	text, err := q.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "#! ")
		if !ok {
			continue
		}
		option, value, _ := strings.Cut(rest, " ")
		switch option {
		case "--set":
			q.Set = append(q.Set, value)
		case "-t":
			q.Topologies = append(q.Topologies, value)
		case "--param":
			param, values, _ := strings.Cut(value, "=")
			q.Params[param] = strings.Split(values, ",")
		default:
			t.Fatalf("%s: no option %q", name, option)
		}
	}
	return q
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update and read what it writes", err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
