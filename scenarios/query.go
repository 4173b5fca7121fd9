package scenarios

import (
	"os"
	"path/filepath"

	"windtunnel/topologies"
)

// MaxRuns bounds what one query may come to: scenarios × topologies × values of parameters.
const MaxRuns = 1000

// Query says what to load. Names that are no file are looked up in the catalogues.
type Query struct {
	Scenarios  []string            // files or catalogue names
	Topologies []string            // files, or names of topologies; empty: each scenario's default
	Set        []string            // a.b=c
	Checks     []string            // more checks for each scenario
	Params     map[string][]string // values by parameter; several make a sweep: the cross product, by sorted name
	Venues     []string            // the words that a suite's `on` takes; none: any
	ReadFile   func(name string) ([]byte, error)
	Getenv     func(name string) (string, bool)       // nil: ${NAME} of a user's own system stays as it is
	Glob       func(pattern string) ([]string, error) // nil: filepath.Glob; finds the files beside a file
}

func (q Query) readFile(name string) ([]byte, error) {
	if q.ReadFile == nil {
		return os.ReadFile(name)
	}
	return q.ReadFile(name)
}

func (q Query) glob(pattern string) ([]string, error) {
	if q.Glob == nil {
		return filepath.Glob(pattern)
	}
	return q.Glob(pattern)
}

// Loaded is one scenario on one topology with one choice of parameters, ready to be run.
type Loaded struct {
	Scenario *Scenario
	Graph    *topologies.Graph
	Params   map[string]string // those given that one of its documents declares
	Set      []string          // settings of a suite's case, as after --set
	Resolved []byte            // its documents after parameters and settings, parted by `---`; runs again as it is
	Work     string            // SHA-256 of the application alone, hexadecimal; empty where there is none
	Digest   string            // SHA-256 of Resolved, hexadecimal
	Secrets  map[string]string // what ${NAME} took from the environment, by name: not to be recorded
}
