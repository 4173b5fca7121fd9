package decode

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of one file. They are far above what a person writes, and keep a
// hostile file from taking the machine.
const (
	MaxFile  = 4 << 20 // bytes
	MaxDepth = 50      // mappings and lists within each other
	MaxNodes = 200_000 // values in one document, those that aliases repeat included
	MaxDocs  = 100     // documents in a file
)

// Read splits a file into its documents and says what keeps it from being read:
// text that is no YAML, a document of no known kind, too much of something.
// Documents that can be used are returned whatever is wrong with the others.
func Read(file string, text []byte) ([]Doc, Problems) { return ReadOf(file, text, Kinds()...) }

// ReadOf is Read for a file of other kinds, such as a price book. Each of its
// documents is of the first of the kinds that is among its keys.
func ReadOf(file string, text []byte, kinds ...Kind) ([]Doc, Problems) {
	var problems Problems
	begin := Pos{File: file, Line: 1, Column: 1}
	if len(text) > MaxFile {
		problems.Addf(begin, "the file has %d bytes: at most %d are read", len(text), MaxFile)
		return nil, problems
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if pos, message := notText(file, text); message != "" {
		problems.Addf(pos, "%s", message)
		return nil, problems
	}
	var docs []Doc
	chunks := split(text)
	if len(chunks) > MaxDocs {
		problems.Addf(begin, "the file has %d documents: at most %d are read", len(chunks), MaxDocs)
		return nil, problems
	}
	for _, c := range chunks {
		docs = append(docs, c.read(file, kinds, &problems)...)
	}
	if len(docs) == 0 && len(problems) == 0 {
		problems.Addf(begin, "the file is empty: it should begin with %s", kindKeys(kinds))
	}
	repeated(docs, &problems)
	problems.Sort()
	return docs, problems
}

// notText finds the first byte that cannot stand in a YAML file.
func notText(file string, text []byte) (Pos, string) {
	line, column := 1, 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size <= 1:
			return Pos{file, line, column}, fmt.Sprintf("the byte 0x%02x is no UTF-8: is this a YAML file, saved as UTF-8?", text[0])
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7f:
			return Pos{file, line, column}, fmt.Sprintf("the character 0x%02x cannot stand in a YAML file", text[0])
		case r == '\n':
			line, column = line+1, 0
		}
		text, column = text[size:], column+1
	}
	return Pos{}, ""
}

// chunk is the text between two `---` lines.
type chunk struct {
	before int // lines in front of it
	text   []byte
}

// split parts a file at its `---` lines, so that a slip in one document does
// not hide those in the next. Such a line ends a document wherever it stands,
// in a block of text too. What follows the dashes on their line stays.
func split(text []byte) []chunk {
	var chunks []chunk
	current := chunk{}
	line := 0
	for rest := text; len(rest) > 0; line++ {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		row := rest[:end]
		rest = rest[end:]
		if marker(row) {
			chunks = append(chunks, current)
			current = chunk{before: line}
		}
		current.text = append(current.text, row...)
	}
	return append(chunks, current)
}

func marker(row []byte) bool {
	return bytes.HasPrefix(row, []byte("---")) && (len(row) == 3 || bytes.IndexByte([]byte(" \t\r\n"), row[3]) >= 0)
}

// read parses one chunk. Nearly always that is one document; `...` may end one early.
func (c chunk) read(file string, kinds []Kind, problems *Problems) []Doc {
	var docs []Doc
	decoder := yaml.NewDecoder(bytes.NewReader(c.text))
	for {
		var root yaml.Node
		err := parse(decoder, &root)
		if err != nil {
			if pos, message := c.syntax(file, err); message != "" {
				problems.Addf(pos, "%s", message)
			}
			return docs
		}
		if len(root.Content) == 0 || blank(root.Content[0]) {
			continue
		}
		if doc, ok := c.document(file, root.Content[0], kinds, problems); ok {
			docs = append(docs, doc)
		}
	}
}

// parse reads the next document; a panic of the YAML library on hostile text is an error like others.
func parse(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: the text cannot be read: %v", r)
		}
	}()
	return decoder.Decode(into)
}

// document makes a Doc of a root: it moves the lines to where they are in the
// file, replaces aliases, and finds kind and name.
func (c chunk) document(file string, root *yaml.Node, kinds []Kind, problems *Problems) (Doc, bool) {
	doc := Doc{File: file, Root: root, Secrets: map[string]string{}, marks: map[*yaml.Node]mark{}}
	moveLines(root, c.before)
	if root.Kind != yaml.MappingNode {
		problems.Addf(doc.Pos(root), "a document is a mapping that begins with %s, but this is %s", kindKeys(kinds), describe(root))
		return doc, false
	}
	expanded, pos, message := expand(&doc, root)
	if message != "" {
		problems.Addf(pos, "%s", message)
		return doc, false
	}
	doc.Root = expanded
	return doc, doc.identify(kinds, problems)
}

// moveLines turns lines of the chunk into lines of the file. The parser bounds
// the depth; expand, which comes after, bounds it further.
func moveLines(n *yaml.Node, by int) {
	n.Line += by
	for _, child := range n.Content {
		moveLines(child, by)
	}
}

// repeated finds documents of the same kind and name.
func repeated(docs []Doc, problems *Problems) {
	first := map[string]Pos{}
	for i := range docs {
		d := &docs[i]
		id := string(d.Kind) + " " + d.Name
		pos := d.Pos(d.Get(string(d.Kind)))
		if before, ok := first[id]; ok {
			problems.Addf(pos, "%s is there twice: the first is in line %d", id, before.Line)
			continue
		}
		first[id] = pos
	}
}
