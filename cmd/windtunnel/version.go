package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"windtunnel/runner/record"
)

// version is what this windtunnel calls itself.
const version = "0.1.0"

// versionText is the version with the commit that it was built from, where known.
func versionText() string {
	text := version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				text += "+" + s.Value[:12]
			}
		}
	}
	return text
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of windtunnel and of what it writes",
		Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "windtunnel %s, run directory format %d, %s %s/%s\n",
				versionText(), record.Format, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
