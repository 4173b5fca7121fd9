package price

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
)

// Settings say which platform each node would live on, and for what traffic.
type Settings struct {
	Books    map[string]string `yaml:"books" doc:"price books by node or node kind; none: it is not priced"`
	FreeTier bool              `yaml:"free_tier" default:"true" doc:"what is free each month is free in a month's cost; nobody else uses it up"`
	Traffic  Traffic           `yaml:"traffic" doc:"of the month; left out: the run's own mean rate"`
	Busy     unit.Share        `yaml:"busy" default:"70%" doc:"how busy a projection keeps instances, of their CPU limit, before it adds one"`

	own   []*Book  // read from files
	named []string // nodes and kinds that words gave a book
}

// None is what Settings.Books holds for what shall not be priced.
const None = "none"

// defaults are the books by node kind. What is not there has no price list of
// its own that would be a fair guess: a store, a cache, somebody else's system.
var defaults = map[string]string{
	"function":  "aws-lambda-x86",
	"service":   "aws-fargate",
	"container": "aws-fargate",
	"breaker":   "aws-fargate",
	"registry":  "aws-fargate",
	"gateway":   "aws-api-gateway-http",
	"balancer":  "aws-alb",
	"queue":     "aws-sqs",
}

// settingsKind is the key that a file of settings begins with.
const settingsKind decode.Kind = "costs"

// Defaults returns the settings of somebody who asked for nothing.
func Defaults() Settings { return decode.Defaults[Settings]() }

// Use takes one word of `--prices`: a BOOK, for the kinds that it is for;
// WHAT=BOOK for a node or a kind; or a FILE.yaml of price books (`prices: name`)
// and settings (`costs: name`), which read opens. The error may be decode.Problems.
func (s *Settings) Use(word string, read func(path string) ([]byte, error)) error {
	if strings.HasSuffix(word, ".yaml") || strings.HasSuffix(word, ".yml") {
		text, err := read(word)
		if err != nil {
			return fmt.Errorf("read prices: %w", err)
		}
		return s.load(word, text)
	}
	what, name, one := strings.Cut(word, "=")
	if one {
		s.named = append(slices.Clone(s.named), what)
	} else {
		name = word
	}
	if name == None {
		if one {
			s.set(what, None)
		} else {
			for kind := range defaults {
				s.set(kind, None)
			}
		}
		return nil
	}
	book, err := s.book(name)
	if err != nil {
		return err
	}
	if one {
		s.set(what, name)
		return nil
	}
	for _, kind := range book.For {
		s.set(kind, name)
	}
	return nil
}

// Fit says which word gives a book to what is neither a node, by its name, nor a
// kind of node; nil where all fit. A file may hold books for other topologies' nodes.
func (s *Settings) Fit(nodes, kinds []string) error {
	known := slices.Concat(nodes, kinds)
	for _, what := range s.named {
		if slices.Contains(known, what) {
			continue
		}
		hint := def.Hint(what, known)
		if hint == "" {
			hint = fmt.Sprintf(": there are the nodes %s, and the kinds %s", strings.Join(nodes, ", "), strings.Join(kinds, ", "))
		}
		return fmt.Errorf("there is no node and no node kind %q%s", what, hint)
	}
	return nil
}

func (s *Settings) set(what, book string) {
	books := maps.Clone(s.Books)
	if books == nil {
		books = map[string]string{}
	}
	books[what] = book
	s.Books = books
}

// load reads a file of books and settings. Settings replace those there were.
func (s *Settings) load(file string, text []byte) error {
	docs, problems := decode.ReadOf(file, text, settingsKind, bookKind)
	next := *s
	for i := range docs {
		if docs[i].Kind == bookKind {
			book, wrong := decodeBook(&docs[i], "")
			next.own = append(slices.Clone(next.own), book)
			problems = append(problems, wrong...)
			continue
		}
		d := decode.New(&docs[i])
		own := next.own
		d.Struct(docs[i].Root, decode.Shape{What: "costs " + docs[i].Name, Known: []string{string(settingsKind)}}, &next)
		next.own = own
		problems = append(problems, d.Problems...)
	}
	for i := range docs {
		if docs[i].Kind == settingsKind {
			problems = append(problems, next.unknownBooks(&docs[i])...)
		}
	}
	problems.Sort()
	if err := problems.Err(); err != nil {
		return err
	}
	*s = next
	return nil
}

// unknownBooks says which books a document of settings names that there are not.
func (s *Settings) unknownBooks(doc *decode.Doc) decode.Problems {
	var problems decode.Problems
	places := doc.Places()
	for _, what := range slices.Sorted(maps.Keys(s.Books)) {
		if name := s.Books[what]; name != None {
			if _, err := s.book(name); err != nil {
				problems.Addf(places.At("books", what), "%v", err)
			}
		}
	}
	return problems
}

// book finds a price book by name, the user's own first.
func (s *Settings) book(name string) (*Book, error) {
	for _, b := range s.own {
		if b.Name == name {
			return b, nil
		}
	}
	if known, ok := Books().Lookup(name); ok {
		return known.New(), nil
	}
	names := Books().Names()
	for _, b := range s.own {
		names = append(names, b.Name)
	}
	hint := def.Hint(name, names)
	if hint == "" {
		hint = ": there are " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("there is no price book %q%s", name, hint)
}

// of returns the book of a node; nil where it is not priced.
func (s *Settings) of(n *Node) (*Book, error) {
	name, ok := s.Books[n.Name]
	if !ok {
		name, ok = s.Books[n.Kind]
	}
	if !ok {
		name = defaults[n.Kind]
	}
	if name == "" || name == None {
		return nil, nil
	}
	book, err := s.book(name)
	if err != nil {
		return nil, fmt.Errorf("price %s: %w", n.Name, err)
	}
	if kinds := slices.Concat(book.For, book.Also); !slices.Contains(kinds, n.Kind) {
		return nil, fmt.Errorf("price %s: it is a %s, and %s has prices for %s", n.Name, n.Kind, book.Name, strings.Join(kinds, ", "))
	}
	return book, nil
}
