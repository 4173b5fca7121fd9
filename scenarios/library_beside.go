package scenarios

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
)

// beside lists the YAML files in the directory of a file, sorted.
func (l *library) beside(name string) []string {
	var found []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		matches, err := l.query.glob(filepath.Join(escapeGlob(filepath.Dir(name)), pattern))
		if err == nil {
			found = append(found, matches...)
		}
	}
	slices.Sort(found)
	return found[:min(len(found), maxBeside)]
}

var globSpecial = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func escapeGlob(dir string) string { return globSpecial.Replace(dir) }

// findBeside searches the files beside f. Files that do not hold the name at
// all are not parsed, and what is wrong with files that are not meant is not told.
func (l *library) findBeside(kind decode.Kind, name string, pos decode.Pos, f *file) (*decode.Doc, []string) {
	where := f.path
	if f.shipped {
		where = "here"
	}
	var near []string
	var found []*file
	for _, sibling := range l.beside(where) {
		text, err := l.query.readFile(sibling)
		if err != nil || sibling == f.path || !bytes.Contains(text, []byte(string(kind)+":")) {
			continue
		}
		s, err := l.read(sibling)
		if err != nil {
			continue
		}
		for _, doc := range s.all(kind) {
			near = append(near, doc.Name)
		}
		if s.find(kind, name) != nil {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, near
	}
	l.tell(found[0])
	if len(found) > 1 {
		l.problems.Addf(pos, "%s %s stands in two files, %s and %s: put the one that you mean into this file, or name its file",
			kind, name, found[0].path, found[1].path)
	}
	return found[0].find(kind, name), nil
}

// suspects are files beside the given ones that cannot be read in full and may
// hold what was looked for.
func (l *library) suspects(name string, from []*file) []*file {
	var found []*file
	for _, f := range from {
		for _, sibling := range l.beside(f.path) {
			if s := l.files[sibling]; s != nil && len(s.problems) > 0 && bytes.Contains(s.text, []byte(name)) {
				found = append(found, s)
			}
		}
	}
	return found
}
