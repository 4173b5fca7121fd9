package scenarios

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	scenariocatalog "windtunnel/scenarios/catalog"
	topologycatalog "windtunnel/topologies/catalog"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// maxBeside bounds the files of a directory that are searched for a name.
const maxBeside = 500

// library finds documents in files, beside files and in the catalogues, and
// reads each file once.
type library struct {
	query    Query
	files    map[string]*file
	problems decode.Problems
	quiet    bool // what is wrong with files is not told
}

type file struct {
	path     string // as it is named in messages
	shipped  bool
	text     []byte
	docs     []decode.Doc
	problems decode.Problems
	told     bool // its problems are among the library's
}

// catalogue is where the documents of a kind are shipped.
func catalogue(kind decode.Kind) (embed.FS, string) {
	if kind == decode.Scenario {
		return scenariocatalog.FS, "scenarios/catalog/"
	}
	return topologycatalog.FS, "topologies/catalog/"
}

// shippedNames lists what a catalogue holds of a kind.
func (l *library) shippedNames(kind decode.Kind) []string {
	files, _ := catalogue(kind)
	matches, _ := fs.Glob(files, "*.yaml") // the pattern is well-formed, which is the only error
	var names []string
	for _, match := range matches {
		name := strings.TrimSuffix(match, ".yaml")
		if f := l.shipped(kind, name); f != nil && f.find(kind, name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// shipped reads a file of a catalogue, nil where there is none.
func (l *library) shipped(kind decode.Kind, name string) *file {
	files, prefix := catalogue(kind)
	if f := l.files[prefix+name+".yaml"]; f != nil {
		return f
	}
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil
	}
	f := l.add(prefix+name+".yaml", text)
	f.shipped = true
	for i := range f.docs {
		f.docs[i].Open = func(name string) ([]byte, error) { return files.ReadFile(path.Base(filepath.ToSlash(name))) }
	}
	return f
}

// read reads a file of the user's.
func (l *library) read(name string) (*file, error) {
	if f := l.files[name]; f != nil {
		return f, nil
	}
	text, err := l.query.readFile(name)
	if err != nil {
		return nil, err
	}
	return l.add(name, text), nil
}

func (l *library) add(name string, text []byte) *file {
	f := &file{path: name, text: text}
	f.docs, f.problems = decode.Read(name, text)
	for i := range f.docs {
		f.docs[i].Open, f.docs[i].Getenv = l.query.readFile, l.query.Getenv
		_, problems := f.docs[i].Declared()
		f.problems = append(f.problems, problems...)
	}
	l.files[name] = f
	return f
}

// tell adds a file's problems to the library's, once.
func (l *library) tell(f *file) {
	if !f.told && !l.quiet {
		f.told = true
		l.problems = append(l.problems, f.problems...)
	}
}

func (f *file) find(kind decode.Kind, name string) *decode.Doc {
	for i := range f.docs {
		if f.docs[i].Kind == kind && f.docs[i].Name == name {
			return &f.docs[i]
		}
	}
	return nil
}

func (f *file) all(kind decode.Kind) []*decode.Doc {
	var found []*decode.Doc
	for i := range f.docs {
		if f.docs[i].Kind == kind {
			found = append(found, &f.docs[i])
		}
	}
	return found
}

// open reads what an argument names: a file, or else a document of the catalogue.
func (l *library) open(arg string, kind decode.Kind) *file {
	f, err := l.read(arg)
	if err == nil {
		l.tell(f)
		return f
	}
	if decode.BadName(arg) == "" {
		if f := l.shipped(kind, arg); f != nil {
			l.tell(f)
			return f
		}
	}
	pos := decode.Pos{File: arg}
	switch names := l.shippedNames(kind); {
	case !errors.Is(err, fs.ErrNotExist):
		l.problems.Addf(pos, "read file: %v", err)
	case looksLikeFile(arg):
		l.problems.Addf(pos, "there is no such file%s", def.Hint(arg, l.beside(arg)))
	default:
		l.problems.Addf(pos, "there is neither a file nor a %s of the catalogue called so%s", kind, orShipped(arg, names))
	}
	return nil
}

func looksLikeFile(arg string) bool {
	return strings.ContainsAny(arg, `/\`) || isYAML(arg)
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

func orShipped(name string, names []string) string {
	if hint := def.Hint(name, names); hint != "" {
		return hint
	}
	return ": it has " + strings.Join(names, ", ")
}

// find looks for a document: in the given files, then beside them (beside a
// shipped one there is the working directory instead), then in the catalogue.
func (l *library) find(kind decode.Kind, name string, pos decode.Pos, from ...*file) *decode.Doc {
	for _, f := range from {
		if doc := f.find(kind, name); doc != nil {
			l.tell(f)
			return doc
		}
	}
	var near []string // names of that kind, for a hint
	for _, f := range from {
		for _, doc := range f.all(kind) {
			near = append(near, doc.Name)
		}
		doc, names := l.findBeside(kind, name, pos, f)
		if doc != nil {
			return doc
		}
		near = append(near, names...)
	}
	if f := l.shipped(kind, name); f != nil && f.find(kind, name) != nil {
		l.tell(f)
		return f.find(kind, name)
	}
	near = append(near, l.shippedNames(kind)...)
	slices.Sort(near)
	for _, f := range l.suspects(name, from) {
		l.tell(f)
	}
	l.problems.Addf(pos, "there is no %s %q%s", kind, name, orFound(name, slices.Compact(near)))
	return nil
}

func orFound(name string, near []string) string {
	if hint := def.Hint(name, near); hint != "" || len(near) == 0 || len(near) > 12 {
		return hint
	}
	return ": there are " + strings.Join(near, ", ")
}

// fileOf returns the file that a document stands in.
func (l *library) fileOf(doc *decode.Doc) *file { return l.files[doc.File] }
