package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"windtunnel/topologies/def"
)

// flagProblem says what is wrong with a flag in words of the command line, and
// which one may have been meant.
func flagProblem(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedShortnames()) == 0 {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		if hint := def.Hint(name, names); hint != "" {
			return usagef("%s has no flag %s%s", cmd.Name(), name, hint)
		}
		return usagef("%s has no flag %s; see `%s --help`", cmd.Name(), name, cmd.CommandPath())
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if what := map[string]string{
			"int": "a whole number", "uint64": "a whole number from 0", "bool": "true or false", "duration": "a duration such as 30s or 5m",
		}[invalid.GetFlag().Value.Type()]; what != "" {
			return usagef("--%s takes %s, and %q is none", invalid.GetFlag().Name, what, invalid.GetValue())
		}
	}
	return usagef("%v", err)
}
