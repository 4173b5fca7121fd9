package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
	"windtunnel/scenarios"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// schemas are what windtunnel has a JSON schema of.
var schemas = []struct {
	name string
	text func() ([]byte, error)
}{
	{"documents", documentsSchema},
	{"application", documentSchema(decode.Application)},
	{"topology", documentSchema(decode.Topology)},
	{"scenario", documentSchema(decode.Scenario)},
	{"suite", documentSchema(decode.Suite)},
	{"run", reports.Schema},
	{"comparison", reports.ComparisonSchema},
	{"sweep", reports.SweepSchema},
	{"capacity", reports.CapacitySchema},
	{"twin", reports.TwinSchema},
	{"progress", follow.LinesSchema},
}

// documentsSchema is that of files that may hold documents of several kinds.
func documentsSchema() ([]byte, error) {
	return json.MarshalIndent(scenarios.DocumentsSchema(venueNames()), "", "  ")
}

func documentSchema(kind decode.Kind) func() ([]byte, error) {
	return func() ([]byte, error) { return json.MarshalIndent(scenarios.Schema(kind, venueNames()), "", "  ") }
}

func schemaNames() []string {
	var names []string
	for _, s := range schemas {
		names = append(names, s.name)
	}
	return names
}

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema " + strings.Join(schemaNames(), "|"),
		Short: "Print a JSON schema: of the YAML files, for editors; of run.json and other reports; of a line of --progress json",
		Long: "schema prints a JSON schema. An editor with yaml-language-server underlines what does not belong into a file\n" +
			"that begins with `# yaml-language-server: $schema=windtunnel.schema.json`, beside which lies what\n" +
			"`windtunnel schema documents` prints: it holds for files with one document of any kind, or with several.\n" +
			"`run` is the schema of run.json; `comparison`, `sweep`, `capacity` and `twin` are those of what these write\n" +
			"with -o x.json; `progress` is that of a line of --progress json.",
		Args:      exactly(1, "the name of a schema: "+strings.Join(schemaNames(), ", ")),
		ValidArgs: schemaNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, s := range schemas {
				if s.name == args[0] {
					return a.printSchema(s.text)
				}
			}
			return usagef("schema %s: there is no such schema%s; there are %s", args[0],
				def.Hint(args[0], schemaNames()), strings.Join(schemaNames(), ", "))
		},
	}
}

func (a *app) printSchema(build func() ([]byte, error)) error {
	text, err := build()
	if err != nil {
		return fmt.Errorf("make the schema: %w", err)
	}
	_, err = fmt.Fprintln(a.stdout, string(text))
	return err
}
