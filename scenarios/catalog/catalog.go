// Package catalog holds the scenarios that windtunnel ships. They are
// embedded and run by name: `windtunnel run payments-outage`. One file adds
// one entry, and its name is the name of the scenario in it.
package catalog

import "embed"

// FS holds the files at its root: steady.yaml, spike.yaml, …
//
//go:embed *.yaml
var FS embed.FS
