package policy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is all that a machine may import: what is not here has a clock, a
// lock, a log, a global random or the outside world behind it, or must argue its way in.
var allowed = []string{
	"cmp", "fmt", "maps", "math", "math/bits", "slices", "sort", "strconv", "strings", "time",
	"windtunnel/topologies/def", "windtunnel/topologies/unit", "windtunnel/topologies/work",
}

// allowedInGateway is what package gateway may import besides: keys and
// tokens are to be verified, and that is done by arguments alone, too.
var allowedInGateway = []string{
	"container/list", "crypto", "crypto/sha256", "errors", "regexp", "github.com/golang-jwt/jwt/v5", "windtunnel/topologies/policy",
}

// timeless is all that a machine may use of package time.
var timeless = []string{
	"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour",
}

func TestMachinesArePure(t *testing.T) {
	pure(t, "*.go", 20, allowed, timeless)
	pure(t, "../gateway/*.go", 8, slices.Concat(allowed, allowedInGateway), append(timeless, "Time")) // an instant that is handed in
}

func pure(t *testing.T, files string, least int, allowed, timeless []string) {
	fset := token.NewFileSet()
	names, err := filepath.Glob(files)
	if err != nil || len(names) < least {
		t.Fatalf("only %d files: %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, complaint := range impurities(file, allowed, timeless) {
			t.Errorf("%s: %s", fset.Position(complaint.at), complaint.what)
		}
	}
}

type impurity struct {
	at   token.Pos
	what string
}

// impurities finds what a machine must not have.
func impurities(file *ast.File, allowed, timeless []string) []impurity {
	var found []impurity
	add := func(at token.Pos, what string) { found = append(found, impurity{at, what}) }
	for _, imp := range file.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		if !slices.Contains(allowed, path) {
			add(imp.Pos(), "imports "+path)
		}
		if imp.Name != nil {
			add(imp.Pos(), "renames "+path+", which hides it from this test")
		}
	}
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				if v := spec.(*ast.ValueSpec); !harmless(v) {
					add(v.Pos(), "package variable "+v.Names[0].Name)
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n.Pos(), "starts a goroutine")
		case *ast.SelectStmt:
			add(n.Pos(), "selects")
		case *ast.ChanType:
			add(n.Pos(), "has a channel")
		case *ast.SendStmt:
			add(n.Pos(), "sends on a channel")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				add(n.Pos(), "receives from a channel")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && !slices.Contains(timeless, n.Sel.Name) {
				add(n.Pos(), "uses time."+n.Sel.Name)
			}
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "fmt" && !strings.HasPrefix(n.Sel.Name, "Sprint") && n.Sel.Name != "Errorf" {
				add(n.Pos(), "uses fmt."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// harmless lets registries, patterns, errors and blank assertions be.
func harmless(v *ast.ValueSpec) bool {
	if v.Names[0].Name == "_" {
		return true
	}
	if len(v.Values) != 1 {
		return false
	}
	call, ok := v.Values[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	fun := call.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	s, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, named := s.X.(*ast.Ident)
	return named && x.Name == "errors" || s.Sel.Name == "NewRegistry" || s.Sel.Name == "MustCompile"
}

// The test itself must see what it forbids.
func TestImpuritiesAreFound(t *testing.T) {
	for code, what := range map[string]string{
		`import "math/rand"`: "imports math/rand",
		`import "sync"`:      "imports sync",
		`import "context"`:   "imports context",
		`import "log"`:       "imports log",
		`import t "time"`:    "renames time",
		`import "time"; func f() { time.Sleep(1) }`:       "uses time.Sleep",
		`import "time"; func f() any { return time.Now }`: "uses time.Now",
		`import "time"; func f() { <-time.After(1) }`:     "uses time.After",
		`import "time"; type x struct { t *time.Timer }`:  "uses time.Timer",
		`import "fmt"; func f() { fmt.Println() }`:        "uses fmt.Println",
		`func f() { go f() }`:                             "starts a goroutine",
		`func f() { select {} }`:                          "selects",
		`type x struct { c chan int }`:                    "has a channel",
		`var count int`:                                   "package variable count",
		`var table = map[string]int{}`:                    "package variable table",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package policy; "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := impurities(file, allowed, timeless)
		if !slices.ContainsFunc(found, func(i impurity) bool { return strings.HasPrefix(i.what, what) }) {
			t.Errorf("%s: found %v", code, found)
		}
	}
}
