package main

import (
	"io"
	"sync/atomic"

	"github.com/spf13/cobra"

	"windtunnel/topologies/def"
)

// app is what all verbs share. Data goes to stdout; progress and logs to stderr.
type app struct {
	stdout, stderr io.Writer
	env            func(string) (string, bool)
	args           []string // as given, for the record
	verbose        bool
	stdin          io.Reader
	going          atomic.Pointer[show] // what shows the command's runs: see watch
}

// verbs lists the commands; each is one file.
func (a *app) verbs() []*cobra.Command {
	return []*cobra.Command{
		a.initCommand(), a.runCommand(), a.compareCommand(), a.capacityCommand(), a.calibrateCommand(), a.twinCommand(), a.reportCommand(), a.validateCommand(),
		a.listCommand(), a.explainCommand(), a.graphCommand(), a.schemaCommand(), a.doctorCommand(),
		a.cleanCommand(), a.versionCommand(),
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "windtunnel",
		Short: "A wind tunnel for software architectures",
		Long: "windtunnel is a wind tunnel for software architectures. It builds an application\n" +
			"in several topologies for real, blows load and failure through each, and reads off\n" +
			"latency, errors, recovery, CPU and memory.\n\n" +
			"Start with:  windtunnel init\n" +
			"             windtunnel run steady\n" +
			"             windtunnel compare --scenario payments-outage -t shop-monolith -t shop-microservices\n" +
			"             windtunnel list",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(root *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			var names []string
			for _, c := range root.Commands() {
				names = append(names, c.Name())
			}
			if hint := def.Hint(args[0], names); hint != "" {
				return usagef("there is no command %q%s", args[0], hint)
			}
			return usagef("there is no command %q; `windtunnel help` lists them", args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log what windtunnel does, to stderr")
	root.SetFlagErrorFunc(flagProblem)
	root.AddCommand(a.verbs()...)
	return root
}

// exactly and atLeastOne say what a command takes, as usage errors.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s; see `%s --help`", cmd.Name(), what, cmd.CommandPath())
		}
		return nil
	}
}

func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs %s; see `%s --help`", cmd.Name(), what, cmd.CommandPath())
		}
		return nil
	}
}
