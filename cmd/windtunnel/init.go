package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"windtunnel/runner"
)

// starter holds what init writes. Each file is commented for somebody who sees
// the language for the first time.
//
//go:embed starter/*.yaml
var starter embed.FS

// starterFiles are its files in the order in which a newcomer reads them.
var starterFiles = []struct{ name, holds string }{
	{"shop.yaml", "the application: what it does"},
	{"program.yaml", "a topology: all of it in one program"},
	{"services.yaml", "a topology: services behind a gateway"},
	{"functions.yaml", "a topology: functions that begin on demand"},
	{"outage.yaml", "a scenario: load, an outage, and what must hold"},
	{"suite.yaml", "a suite: what a pipeline runs"},
}

// editors is the schema that init writes beside its files, and modeline their
// first line, by which an editor finds it without a network.
const (
	editors  = "windtunnel.schema.json"
	modeline = "# yaml-language-server: $schema=" + editors + "\n"
)

// written are the files of init with their text.
type written struct {
	name, holds string
	text        []byte
}

func starterTexts() ([]written, error) {
	var all []written
	for _, f := range starterFiles {
		text, err := starter.ReadFile("starter/" + f.name)
		if err != nil {
			return nil, fmt.Errorf("read the starter: %w", err)
		}
		all = append(all, written{f.name, f.holds, append([]byte(modeline), text...)})
	}
	schema, err := documentsSchema()
	if err != nil {
		return nil, fmt.Errorf("make the schema: %w", err)
	}
	return append(all, written{editors, "what an editor checks them by", append(schema, '\n')}), nil
}

func (a *app) initCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write an application, topologies and a scenario to begin with",
		Long: "init writes a small application, three topologies of it and a scenario into a directory,\n" +
			"which it makes where there is none. They run at once, and are there to be changed.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("init takes one directory at most")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.scaffold(dir, force)
		},
	}
	c.Flags().BoolVar(&force, "force", false, "write over files that are there")
	return c
}

// scaffold writes the starter into a directory: all of it, or nothing where a
// file is in the way.
func (a *app) scaffold(dir string, force bool) error {
	files, err := starterTexts()
	if err != nil {
		return err
	}
	if there := inTheWay(dir, files); len(there) > 0 && !force {
		return usagef("init would write over %s; --force does", strings.Join(there, ", "))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &runner.EnvironmentError{Doing: "make the directory", Err: err}
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.text, 0o644); err != nil {
			return &runner.EnvironmentError{Doing: "write the starter", Err: err}
		}
		fmt.Fprintf(table, "wrote %s\t%s\n", path, f.holds)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	outage, suite := shellWord(filepath.Join(dir, "outage.yaml")), shellWord(filepath.Join(dir, "suite.yaml"))
	_, err = fmt.Fprintf(a.stdout, "\nNext:\n  windtunnel run %s\n  windtunnel compare --scenario %s -t program -t services -t functions\n  windtunnel run %s\n", outage, outage, suite)
	return err
}

// inTheWay lists what is already there under the names that init writes to.
func inTheWay(dir string, files []written) []string {
	var there []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		}
	}
	return there
}

// shellWord writes a path so that a shell takes it for one word.
func shellWord(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("./_-+,:=@%", r) && !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
