package price

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
)

// Book is the price list of one platform in one region at one date.
type Book struct {
	Name string `yaml:"-"` // as `--prices` takes it
	Doc  string `yaml:"-"` // its opening comment

	Platform  string    `yaml:"platform" required:"true" doc:"what the reader knows it as"`
	Region    string    `yaml:"region" required:"true" doc:"where the prices hold"`
	Currency  string    `yaml:"currency" default:"USD" doc:"what the prices are in"`
	For       []string  `yaml:"for" required:"true" doc:"the node kinds that it prices where it is asked for by its name alone"`
	Also      []string  `yaml:"also" doc:"the node kinds that it can price besides, where it is asked for by kind or node"`
	Least     Size      `yaml:"least" doc:"the smallest instance that it bills"`
	Unlimited Size      `yaml:"unlimited" doc:"what an instance without a limit is taken to have"`
	Step      Size      `yaml:"step" doc:"limits are billed up to a multiple of it; 0: as they are"`
	Sizes     []SizeRow `yaml:"sizes" doc:"the sizes that there are, from small to large; empty: any"`
	Machine   Size      `yaml:"machine" doc:"one of its machines, which instances share; only for lines that bill machines"`
	Lines     []Line    `yaml:"lines" required:"true" doc:"what is charged"`
	LeavesOut []string  `yaml:"leaves_out" doc:"what the platform charges besides"`
	Notes     []string  `yaml:"notes" doc:"what else the figures rest on"`
}

// SizeRow is an amount of CPU with the memory that it may be had with.
type SizeRow struct {
	CPU  unit.CPU   `yaml:"cpu" required:"true" doc:"cores"`
	From unit.Bytes `yaml:"from" required:"true" doc:"the least memory"`
	To   unit.Bytes `yaml:"to" required:"true" doc:"the most memory"`
	Step unit.Bytes `yaml:"step" required:"true" doc:"between the two"`
}

// bookKind is the key that a price book begins with.
const bookKind decode.Kind = "prices"

//go:embed books/*.yaml
var shipped embed.FS

// Books returns the shipped price books. They are read once, when first asked for.
var Books = sync.OnceValue(func() *def.Registry[*Book] {
	registry := def.NewRegistry[*Book]("price book")
	names, _ := fs.Glob(shipped, "books/*.yaml") // the pattern is well-formed, which is the only error
	for _, name := range names {
		text, err := fs.ReadFile(shipped, name)
		if err != nil {
			panic(fmt.Sprintf("price: %v", err))
		}
		book, problems := ReadBook(name, text)
		if err := problems.Err(); err != nil {
			panic(fmt.Sprintf("price: %v", err)) // a mistake of the program, like a name that is taken
		}
		registry.Register(def.Def[*Book]{Name: book.Name, Doc: book.Doc, New: func() *Book { return book }})
	}
	return registry
})

// ReadBook decodes a file that holds one price book, and says everything that
// is wrong with it.
func ReadBook(file string, text []byte) (*Book, decode.Problems) {
	docs, problems := decode.ReadOf(file, text, bookKind)
	if len(problems) > 0 {
		return nil, problems
	}
	if len(docs) > 1 {
		problems.Addf(docs[1].Pos(docs[1].Root), "a file holds one price book, and here is the second")
		return nil, problems
	}
	return decodeBook(&docs[0], opening(text))
}

// decodeBook decodes one document; doc is what `explain` prints, "" for the platform's name.
func decodeBook(in *decode.Doc, doc string) (*Book, decode.Problems) {
	d := decode.New(in)
	d.Names = map[string]func() []string{Meters.Noun(): Meters.Names}
	book := &Book{Name: in.Name, Doc: doc}
	d.Struct(in.Root, decode.Shape{What: "price book " + in.Name, Known: []string{string(bookKind)}}, book)
	d.Problems.Sort()
	if book.Doc == "" {
		book.Doc = book.Platform + ", " + book.Region
	}
	return book, d.Problems
}

// opening returns the comment that a file begins with.
func opening(text []byte) string {
	var rows []string
	for row := range bytes.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(string(row)), "#")
		if !ok {
			break
		}
		rows = append(rows, strings.TrimSpace(comment))
	}
	return strings.Join(rows, "\n")
}

// Vet says which lines cannot be billed with what the book says.
func (b *Book) Vet(add func(key, message string)) {
	for _, l := range b.Lines {
		if m := l.meter(); m.machines && (b.Machine.CPU == 0 || b.Machine.Memory == 0) {
			add("lines", fmt.Sprintf("the line %q bills machines: say with `machine` what one has", l.Charge))
		}
	}
	for i := 1; i < len(b.Sizes); i++ {
		before, row := b.Sizes[i-1], b.Sizes[i]
		if row.CPU < before.CPU || row.From < before.From || row.Step < before.Step {
			add("sizes", fmt.Sprintf("row %d is smaller than the one before: a larger instance would cost less", i+1))
		}
	}
}

// provisions says whether provisioned capacity has prices of its own. Where it
// has none, it is billed like any other.
func (b *Book) provisions() bool {
	for i := range b.Lines {
		if b.Lines[i].meter().provisioned {
			return true
		}
	}
	return false
}
