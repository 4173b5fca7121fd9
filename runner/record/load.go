package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Run is a run directory that was read. Requests are streamed by its method
// of that name.
type Run struct {
	Dir      string
	Identity Identity     // zero where it could not be read
	Events   []Event      // by time
	Nodes    []NodeSample // in the order of the file
	Edges    []EdgeSample
	Fleets   []Fleet  // of scaled nodes
	Bills    []Bill   // of functions
	Tallies  []Tally  // of all requests, where the record is a sample of them: see Sampling
	Finished bool     // run.json is there, and is not marked partial
	Partial  bool     // not Finished, or something of the directory is missing or damaged
	Damage   []string // what could not be read, in words

	began Sampling // the one that the run began with; Identity has that of the end
}

// Load reads a run directory. One that was cut off at any instant loads, as
// far as it goes, and is Partial. The error is a *FormatError, or says that
// there is no run directory at all.
func Load(dir string) (*Run, error) {
	if err := isRunDir(dir); err != nil {
		return nil, fmt.Errorf("load run: %w", err)
	}
	r := &Run{Dir: dir}
	var err error
	if r.Identity, err = readIdentity(dir); err != nil {
		var format *FormatError
		if errors.As(err, &format) {
			return nil, fmt.Errorf("load run: %w", err)
		}
		r.damaged(identityFile, err)
	}
	r.readFile(eventsFile, func(f io.Reader) (err error) { r.Events, err = readEvents(f); return err })
	slices.SortStableFunc(r.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	r.readFile(seriesFile, func(f io.Reader) error {
		s, err := readSeries(f)
		r.Nodes, r.Edges = s.nodes, s.edges
		return err
	})
	if _, err := os.Stat(filepath.Join(dir, requestsFile)); err != nil {
		r.damaged(requestsFile, err)
	}
	r.readSample()
	billing, err := readBilling(dir)
	if err != nil {
		r.damaged(billsFile, err)
	}
	r.Bills, r.Fleets = billing.Functions, billing.Fleets
	r.Finished = r.finished()
	r.Partial = !r.Finished || len(r.Damage) > 0
	return r, nil
}

// readSample finds out which part of the requests the record holds: the identity
// says what the run began with.
func (r *Run) readSample() {
	began := r.Identity.Sampling
	if r.began = began; began.OneIn == 0 {
		return
	}
	sampling, tallies, err := readTallies(r.Dir)
	switch {
	case err == nil:
		r.Identity.Sampling, r.Tallies = sampling, tallies
	case errors.Is(err, fs.ErrNotExist) && !began.Thinned():
		r.Identity.Sampling, r.began = Sampling{}, Sampling{}
	default:
		r.damaged(histogramsFile, err)
	}
}

// Resolved returns the input of the run with every default filled in, as it was
// written before the run began.
func (r *Run) Resolved() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(r.Dir, resolvedFile))
	if err != nil {
		return nil, fmt.Errorf("read the resolved input: %w", err)
	}
	return text, nil
}

// isRunDir says no for a directory that holds none of a run's files.
func isRunDir(dir string) error {
	if _, err := os.ReadDir(dir); err != nil {
		return err
	}
	for _, name := range []string{identityFile, eventsFile, requestsFile, seriesFile, resultFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s is no run directory: none of the files of a run is in it", dir)
}

// finished says whether run.json is there, whole, and not marked partial.
func (r *Run) finished() bool {
	text, err := os.ReadFile(filepath.Join(r.Dir, resultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	var result struct{ Verdict string }
	if err == nil {
		err = json.Unmarshal(text, &result)
	}
	if err != nil {
		r.damaged(resultFile, err)
		return false
	}
	return result.Verdict != "partial"
}

func (r *Run) readFile(name string, read func(io.Reader) error) {
	f, err := os.Open(filepath.Join(r.Dir, name))
	if err != nil {
		r.damaged(name, err)
		return
	}
	defer f.Close()
	if err := read(f); err != nil {
		r.damaged(name, err)
	}
}

func (r *Run) damaged(file string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("is missing")
	}
	r.Damage = append(r.Damage, fmt.Sprintf("%s: %v", file, err))
}
