package main

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"windtunnel/fixtures/traces"
	"windtunnel/reports/price"
	"windtunnel/reports/render"
	"windtunnel/scenarios/arrival"
	scenariocatalog "windtunnel/scenarios/catalog"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	topologycatalog "windtunnel/topologies/catalog"
	"windtunnel/topologies/def"
	"windtunnel/topologies/keys"
	"windtunnel/topologies/policy"
)

// thing is something that a file or a flag may name.
type thing struct {
	name, summary string
	within        bool // the thing before it on the shelf, or what that is within
	how           folding
	explain       func() string
}

// folding says how the text that explains a thing may be broken.
type folding int

const (
	texts   folding = iota // what is moved in is code
	allText                // nothing is
	file                   // not at all: it may be copied
)

// shelf is the things of one sort.
type shelf struct {
	name   string // plural, as `list NAME` takes it
	things []thing
}

// shelves are everything that there is to list and to explain.
func shelves() []shelf {
	return []shelf{
		{"suites", catalogue(scenariocatalog.FS, "suite:")},
		{"scenarios", catalogue(scenariocatalog.FS, "scenario:")},
		{"experiments", experiments()},
		{"topologies", catalogue(topologycatalog.FS, "topology:")},
		{"applications", catalogue(topologycatalog.FS, "application:")},
		{"steps", steps()},
		registered("kinds", topologies.Kinds),
		{"settings", settings()},
		registered("balancers", policy.Balancers),
		registered("scalers", policy.Scalers),
		registered("discoveries", policy.Discoveries),
		runtimes(),
		registered("keys", keys.Sources),
		registered("arrivals", arrival.Processes),
		{"traces", samples()},
		registered("faults", fault.Faults),
		{"metrics", metrics()},
		registered("formats", render.Formats),
		books(),
	}
}

// registered makes a shelf of a registry.
func registered[T any](name string, r *def.Registry[T]) shelf {
	s := shelf{name: name}
	for _, d := range r.All() {
		s.things = append(s.things, thing{name: d.Name, summary: d.Summary(), explain: func() string {
			return fmt.Sprintf("%s %s: %s\n%s", r.Noun(), d.Name, d.Doc, fieldsText(d.New()))
		}})
	}
	return s
}

// runtimes makes a shelf of the presets, which have figures and no settings.
func runtimes() shelf {
	s := shelf{name: "runtimes"}
	for _, d := range topologies.Runtimes.All() {
		s.things = append(s.things, thing{name: d.Name, summary: d.Summary(), explain: func() string {
			return fmt.Sprintf("runtime %s: %s\n\n  payments: {kind: function, hosts: [payments], runtime: %s}\n", d.Name, d.Doc, d.Name)
		}})
	}
	return s
}

// books makes a shelf of the price books: each is explained by its lines.
func books() shelf {
	s := shelf{name: "books"}
	for _, d := range price.Books().All() {
		s.things = append(s.things, thing{name: d.Name, summary: d.Summary(), how: allText, explain: func() string {
			return fmt.Sprintf("price book %s: %s\n%s", d.Name, d.Doc, d.New().Text())
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
		things = append(things, thing{name: strings.TrimSuffix(name, ".yaml"), summary: openingSentence(string(text)), how: file,
			explain: func() string { return string(text) }})
	}
	return things
}

// experiments lists the shipped experiments, each with its topologies. An
// experiment is explained by its file, a topology by its document in there.
func experiments() []thing {
	var things []thing
	for _, name := range scenariocatalog.Names(scenariocatalog.Experiments) {
		text, err := fs.ReadFile(scenariocatalog.FS, path.Join(scenariocatalog.Experiments, name+".yaml"))
		if err != nil {
			continue
		}
		things = append(things, thing{name: name, summary: openingSentence(string(text)), how: file, explain: func() string { return string(text) }})
		for part := range strings.SplitSeq(string(text), "---\n") {
			if topology := valueOf(part, "topology:"); topology != "" {
				things = append(things, thing{name: topology, summary: openingSentence(part), within: true, how: file, explain: func() string { return part }})
			}
		}
	}
	return things
}

// valueOf returns what follows a word where it is the first key of a document.
func valueOf(text, word string) string {
	if !firstKeyIs(text, word) {
		return ""
	}
	_, after, _ := strings.Cut("\n"+text, "\n"+word)
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
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

// samples are the traces that are shipped.
func samples() []thing {
	var things []thing
	for _, name := range traces.Names() {
		about := traces.About(name)
		summary, _, _ := strings.Cut(about, "\n")
		things = append(things, thing{name: name, summary: summary, explain: func() string {
			return fmt.Sprintf("sample trace %s: %s\n\n  load: {trace: {sample: %s, by: function}}\n", name, about, name)
		}})
	}
	return things
}

func metrics() []thing {
	var things []thing
	for _, m := range check.Metrics() {
		things = append(things, thing{name: m.Name, summary: m.Doc, explain: func() string {
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
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	found := false
	for _, s := range shelves() {
		if len(args) == 1 && s.name != args[0] {
			continue
		}
		found = true
		fmt.Fprintf(table, "%s\n", strings.ToUpper(s.name))
		for _, t := range s.things {
			indent := "  "
			if t.within {
				indent = "    "
			}
			fmt.Fprintf(table, "%s%s\t%s\n", indent, t.name, t.summary)
		}
	}
	if !found {
		return usagef("there is no sort of thing called %q%s; there are %s", args[0],
			def.Hint(args[0], shelfNames()), strings.Join(shelfNames(), ", "))
	}
	_ = table.Flush() // a strings.Builder takes everything
	_, err := fmt.Fprint(a.stdout, fold(text.String(), a.readingWidth(), true))
	return err
}
