package main

import (
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"windtunnel/reports/render"
	"windtunnel/scenarios/arrival"
	scenariocatalog "windtunnel/scenarios/catalog"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	topologycatalog "windtunnel/topologies/catalog"
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// thing is something that a file or a flag may name.
type thing struct {
	name, summary string
	explain       func() string
}

// shelf is the things of one sort.
type shelf struct {
	name   string // plural, as `list NAME` takes it
	things []thing
}

// shelves are everything that there is to list and to explain.
func shelves() []shelf {
	return []shelf{
		{"scenarios", catalogue(scenariocatalog.FS, "scenario:")},
		{"topologies", catalogue(topologycatalog.FS, "topology:")},
		{"applications", catalogue(topologycatalog.FS, "application:")},
		{"steps", steps()},
		registered("kinds", topologies.Kinds),
		{"settings", settings()},
		registered("balancers", policy.Balancers),
		registered("arrivals", arrival.Processes),
		registered("faults", fault.Faults),
		{"metrics", metrics()},
		registered("formats", render.Formats),
	}
}

// registered makes a shelf of a registry.
func registered[T any](name string, r *def.Registry[T]) shelf {
	s := shelf{name: name}
	for _, d := range r.All() {
		s.things = append(s.things, thing{d.Name, d.Summary(), func() string {
			return fmt.Sprintf("%s %s: %s\n%s", r.Noun(), d.Name, d.Doc, fieldsText(d.New()))
		}})
	}
	return s
}

// catalogue lists the shipped files that begin with a word, such as "scenario:".
// A file's summary is the first sentence of its opening comment.
func catalogue(files fs.FS, word string) []thing {
	var things []thing
	names, _ := fs.Glob(files, "*.yaml") // the pattern is well-formed, which is the only error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil || !firstKeyIs(string(text), word) {
			continue
		}
		things = append(things, thing{strings.TrimSuffix(name, ".yaml"), openingSentence(string(text)),
			func() string { return string(text) }})
	}
	return things
}

func firstKeyIs(text, word string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return strings.HasPrefix(line, word)
		}
	}
	return false
}

func openingSentence(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			break
		}
		words = append(words, strings.TrimSpace(comment))
	}
	all := strings.Join(words, " ")
	if end := strings.IndexAny(all, ".:?"); end >= 0 {
		return all[:end]
	}
	return all
}

func metrics() []thing {
	var things []thing
	for _, m := range check.Metrics() {
		things = append(things, thing{m.Name, m.Doc, func() string {
			return fmt.Sprintf("metric %s: %s\nOf %s; its limit is %s.\n", m.Name, m.Doc, m.Of, unitWords(m.Unit))
		}})
	}
	return things
}

func unitWords(u check.Unit) string {
	return map[check.Unit]string{
		check.Millis: "a time (250ms, 1.5s)", check.Share: "a share (0.1%)", check.Rate: "a rate (200/s)",
		check.Count: "a count (5)", check.Size: "a size (64Mi)", check.Cores: "cores (0.5)", check.Ratio: "a ratio (1.3)",
	}[u]
}

func (a *app) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [SORT]",
		Short: "List what there is: scenarios, topologies, node kinds, faults, metrics, …",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("list takes one sort of thing at most")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return shelfNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.list(args) },
	}
}

func shelfNames() []string {
	var names []string
	for _, s := range shelves() {
		names = append(names, s.name)
	}
	return names
}

func (a *app) list(args []string) error {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	found := false
	for _, s := range shelves() {
		if len(args) == 1 && s.name != args[0] {
			continue
		}
		found = true
		fmt.Fprintf(table, "%s\n", strings.ToUpper(s.name))
		for _, t := range s.things {
			fmt.Fprintf(table, "  %s\t%s\n", t.name, t.summary)
		}
	}
	if !found {
		return usagef("there is no sort of thing called %q%s; there are %s", args[0],
			def.Hint(args[0], shelfNames()), strings.Join(shelfNames(), ", "))
	}
	return table.Flush()
}
