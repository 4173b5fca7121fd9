package policy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

// A dialogue is a test that reads like a protocol: commands stand at the left,
// what the machine answered is indented below each, # begins a comment. With
// -update the answers are written anew, to be read before they are committed.
var update = flag.Bool("update", false, "write what the machines answer into the dialogues")

// command is one line of a dialogue: "@10ms begin a deadline=1s".
type command struct {
	at   policy.Instant // 0 where the line names none
	name string
	args []string
	sets map[string]string // key=value
}

// dialogues plays every file of a folder, each with a machine of its own.
func dialogues(t *testing.T, folder string, machine func(t *testing.T) func(command) []string) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			played := play(t, string(text), machine(t))
			if *update {
				if err := os.WriteFile(file, []byte(played), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compareLines(t, string(text), played)
		})
	}
}

func play(t *testing.T, text string, say func(command) []string) string {
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line + "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		for _, answer := range say(parseCommand(t, line)) {
			out.WriteString("  " + answer + "\n")
		}
	}
	return out.String()
}

func parseCommand(t *testing.T, line string) command {
	c := command{sets: map[string]string{}}
	for _, word := range strings.Fields(line) {
		key, value, isSet := strings.Cut(word, "=")
		switch {
		case word[0] == '@':
			c.at = instant(t, word[1:])
		case isSet:
			c.sets[key] = value
		case c.name == "":
			c.name = word
		default:
			c.args = append(c.args, word)
		}
	}
	return c
}

func compareLines(t *testing.T, want, got string) {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			t.Fatalf("line %d says %q, the machine %q", i+1, w[i], g[i])
		}
	}
	if len(w) != len(g) {
		t.Fatalf("%d lines, the machine says %d", len(w), len(g))
	}
}

// text parses a unit's text form into it.
func (c command) text(t *testing.T, key string, into interface{ UnmarshalText([]byte) error }) {
	if v, set := c.sets[key]; set {
		if err := into.UnmarshalText([]byte(v)); err != nil {
			t.Fatal(err)
		}
	}
}

func (c command) duration(t *testing.T, key string) time.Duration {
	if v, set := c.sets[key]; set {
		return time.Duration(instant(t, v))
	}
	return 0
}

func (c command) int(t *testing.T, key string) int {
	v, set := c.sets[key]
	if !set {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (c command) instant(t *testing.T, key string) policy.Instant {
	if v, set := c.sets[key]; set {
		return instant(t, v)
	}
	return policy.Never
}

func instant(t *testing.T, s string) policy.Instant {
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Instant(d)
}

func at(i policy.Instant) string {
	if i == policy.Never {
		return "never"
	}
	return time.Duration(i).String()
}

func causeOf(word string) policy.Cause {
	if word == "ok" {
		return policy.OK
	}
	return policy.Cause(word)
}

func nameOf(c policy.Cause) string {
	if c == policy.OK {
		return "ok"
	}
	return string(c)
}

// told prints a transition as dialogues do.
func told(tr policy.Transition) string {
	who := tr.Machine
	if tr.Endpoint != 0 {
		who += " of " + strconv.Itoa(int(tr.Endpoint))
	}
	return who + " " + tr.From + " → " + tr.To + " at " + at(tr.At) + ": " + tr.Reason
}

func (c command) breaker(t *testing.T) policy.BreakerConfig {
	cfg := policy.BreakerConfig{
		Minimum: c.int(t, "minimum"), Open: c.duration(t, "open"), Probes: c.int(t, "probes"), Per: c.sets["per"],
	}
	if _, set := c.sets["slow"]; set {
		cfg.Slow = &policy.SlowConfig{Over: c.duration(t, "slow")}
		c.text(t, "slow-share", &cfg.Slow.Share)
	}
	c.text(t, "failures", &cfg.Failures)
	c.text(t, "over", &cfg.Over)
	return cfg
}
