package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain NAME",
		Short: "Explain a node kind, step, policy, fault, metric, … with its settings, or show a shipped file",
		Args:  exactly(1, "one name; `windtunnel list` has them all"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return thingNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0]) },
	}
}

func thingNames() []string {
	var names []string
	for _, s := range shelves() {
		for _, t := range s.things {
			names = append(names, t.name)
		}
	}
	return names
}

// explain prints everything of that name: a breaker is a node kind and more.
func (a *app) explain(name string) error {
	found := false
	for _, s := range shelves() {
		for _, t := range s.things {
			if t.name != name {
				continue
			}
			if found {
				fmt.Fprintln(a.stdout)
			}
			found = true
			text := strings.TrimRight(t.explain(), "\n")
			if t.how != file {
				text = fold(text, a.readingWidth(), t.how == allText)
			}
			fmt.Fprintln(a.stdout, text)
		}
	}
	if !found {
		return usagef("there is nothing called %q%s; `windtunnel list` has them all", name, def.Hint(name, thingNames()))
	}
	return nil
}

// settingsTitle stands above the settings of a thing.
const settingsTitle = "settings:"

// fieldsText is a table of the settings of a tagged struct, "" where it has none.
func fieldsText(settings any) string {
	fields := decode.Fields(settings)
	if len(fields) == 0 {
		return ""
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n"+settingsTitle)
	writeFields(table, "  ", fields)
	_ = table.Flush() // a strings.Builder takes everything
	return text.String()
}

// writeFields writes a line for each setting, and below a mapping those within it.
func writeFields(table io.Writer, indent string, fields []decode.Field) {
	for _, f := range fields {
		note := ""
		switch {
		case f.Required:
			note = " (required)"
		case f.Default != "":
			note = " (default " + f.Default + ")"
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s%s\n", indent, f.Key, f.Type, f.Doc, note)
		writeFields(table, indent+"  ", f.Fields)
	}
}
