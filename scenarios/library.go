package scenarios

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

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

// shelf is a directory of shipped files, of which each is named as its first document.
type shelf struct {
	files  embed.FS
	within string // the directory in files
	prefix string // what names it in messages
}

// shelves are where the documents of a kind are shipped, on their own or in an experiment.
func shelves(kind decode.Kind) []shelf {
	experiments := shelf{scenariocatalog.FS, scenariocatalog.Experiments, "scenarios/catalog/experiments/"}
	if kind == decode.Scenario || kind == decode.Suite {
		return []shelf{{scenariocatalog.FS, ".", "scenarios/catalog/"}, experiments}
	}
	return []shelf{{topologycatalog.FS, ".", "topologies/catalog/"}, experiments}
}

// all reads every file of a shelf.
func (s shelf) all(l *library) []*file {
	matches, _ := fs.Glob(s.files, path.Join(s.within, "*.yaml")) // the pattern is well-formed, which is the only error
	var all []*file
	for _, match := range matches {
		all = append(all, s.open(l, strings.TrimSuffix(path.Base(match), ".yaml")))
	}
	return all
}

// open reads a file of a shelf, nil where there is none.
func (s shelf) open(l *library, name string) *file {
	if f := l.files[s.prefix+name+".yaml"]; f != nil {
		return f
	}
	text, err := s.files.ReadFile(path.Join(s.within, name+".yaml"))
	if err != nil {
		return nil
	}
	f := l.add(s.prefix+name+".yaml", text)
	f.shipped = true
	for i := range f.docs {
		f.docs[i].Open = func(name string) ([]byte, error) {
			return s.files.ReadFile(path.Join(s.within, path.Base(filepath.ToSlash(name))))
		}
	}
	return f
}

// names lists what a shelf holds of a kind.
func (s shelf) names(l *library, kind decode.Kind) []string {
	var names []string
	for _, f := range s.all(l) {
		for _, doc := range f.all(kind) {
			names = append(names, doc.Name)
		}
	}
	return names
}

// shippedNames lists what the catalogue holds of a kind, to be shown, and with
// it what the experiments hold, which may be meant.
func (l *library) shippedNames(kind decode.Kind) (shown, all []string) {
	own, experiments := shelves(kind)[0], shelves(kind)[1]
	shown = own.names(l, kind)
	return shown, slices.Concat(shown, experiments.names(l, kind))
}

// shipped finds a shipped document: the file of its name, or, within an
// experiment, that document alone. It is nil where there is none.
func (l *library) shipped(kind decode.Kind, name string) *file {
	for _, s := range shelves(kind) {
		if f := s.open(l, name); f != nil && f.find(kind, name) != nil {
			if kind == decode.Scenario || kind == decode.Suite {
				return f
			}
			return f.only(kind, name)
		}
	}
	for _, s := range shelves(kind) {
		for _, f := range s.all(l) {
			if f.find(kind, name) != nil {
				return f.only(kind, name)
			}
		}
	}
	return nil
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

// only is the file with one of its documents alone. Its problems are told as the whole file's.
func (f *file) only(kind decode.Kind, name string) *file {
	part := *f
	at := slices.IndexFunc(f.docs, func(d decode.Doc) bool { return d.Kind == kind && d.Name == name })
	part.docs = f.docs[at : at+1]
	return &part
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
	shown, all := l.shippedNames(kind)
	var suites []string
	if kind == decode.Scenario { // where a suite may be meant
		_, suites = l.shippedNames(decode.Suite)
	}
	switch {
	case slices.Contains(suites, arg):
		l.problems.Addf(pos, "%s", aSuite)
	case errors.Is(err, syscall.EISDIR):
		l.problems.Addf(pos, "this is a directory: name a file in it")
	case !errors.Is(err, fs.ErrNotExist):
		l.problems.Addf(pos, "read file: %v", err)
	case looksLikeFile(arg):
		l.problems.Addf(pos, "there is no such file%s", def.Hint(arg, l.beside(arg)))
	default:
		l.problems.Addf(pos, "there is neither a file nor a %s of the catalogue called so%s", kind, orShipped(arg, shown, slices.Concat(all, suites)))
	}
	return nil
}

// aSuite is what is said of a suite where a scenario should be.
const aSuite = "this is a suite, which `windtunnel run` runs alone: here a scenario is wanted"

func looksLikeFile(arg string) bool {
	return strings.ContainsAny(arg, `/\`) || isYAML(arg)
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

func orShipped(name string, shown, all []string) string {
	if hint := def.Hint(name, all); hint != "" {
		return hint
	}
	return ": it has " + strings.Join(shown, ", ") + ", and the experiments of `windtunnel list`"
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
	shown, all := l.shippedNames(kind)
	for _, f := range l.suspects(name, from) {
		l.tell(f)
	}
	l.problems.Addf(pos, "there is no %s %q%s", kind, name, orFound(name, append(shown, near...), append(all, near...)))
	return nil
}

// orFound ends a message with the nearest of all names, or else with those shown, if they are few.
func orFound(name string, shown, all []string) string {
	hint := def.Hint(name, all)
	slices.Sort(shown)
	shown = slices.Compact(shown)
	if hint != "" || len(shown) == 0 || len(shown) > 12 {
		return hint
	}
	return ": there are " + strings.Join(shown, ", ")
}

// fileOf returns the file that a document stands in.
func (l *library) fileOf(doc *decode.Doc) *file { return l.files[doc.File] }
