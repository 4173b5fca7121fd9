// Package catalog holds the scenarios that windtunnel ships. They are
// embedded and run by name: `windtunnel run payments-outage`. One file adds
// one entry, and its name is the name of the scenario in it.
//
// A scenario at the root runs on the topologies of the shop. An experiment, in
// experiments/, is a file of its own that holds everything: the scenario,
// topologies that differ in one pattern alone, and the application that they
// deploy, parted by `---`. They run by name as well.
package catalog

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Experiments is the directory of the experiments within FS.
const Experiments = "experiments"

// FS holds steady.yaml, spike.yaml, … and experiments/cascading-failure.yaml, …
//
//go:embed *.yaml experiments/*.yaml
var FS embed.FS

// Names lists what is in a directory of FS, "." or Experiments, by name.
func Names(dir string) []string {
	files, _ := fs.Glob(FS, path.Join(dir, "*.yaml")) // the pattern is well-formed, which is the only error
	for i, name := range files {
		files[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return files
}
