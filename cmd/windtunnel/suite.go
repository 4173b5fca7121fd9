package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"windtunnel/reports"
	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
)

// suiteFiles are what the directory of a suite holds besides its runs and its
// index, by the format of each.
var suiteFiles = []struct{ name, format string }{
	{"summary.md", "markdown"}, {"junit.xml", "junit"}, {"index.html", "html"},
}

// suiteRun is one execution of a suite.
type suiteRun struct {
	*batch
	app   *app
	dir   string // holds the run directories, too
	index reports.Index
	done  [][]*reports.Analysis // by cell
}

// runSuite runs every combination of a suite. given says whether a flag was
// given: the command counts more than what the suite says.
func (a *app) runSuite(ctx context.Context, names []string, f runFlags, given func(string) bool, o reports.CompareOptions) error {
	b, suite, err := a.newSuite(names, f, given)
	if err != nil {
		return err
	}
	if err := fit(o.Gates, b.entries()); err != nil {
		return err
	}
	if f.dryRun {
		a.describe(b)
		for _, why := range suite.LeftOut {
			fmt.Fprintln(a.stdout, "left out:", why)
		}
		return nil
	}
	s, err := a.beginSuite(b, suite)
	if err != nil {
		return err
	}
	watched, err := a.watch(ctx, f.progressFlags)
	if err != nil {
		return err
	}
	defer a.watched().close()
	bounded, cancel := b.bounded(watched)
	defer cancel()
	worst := s.carryOut(bounded)
	why := context.Cause(bounded)
	if err := a.watched().close(); worst == nil {
		worst = err
	}
	if why == nil && !errors.Is(worst, errEnded) {
		s.index.Gates = reports.SuiteGates(s.done, o)
		worst = worse(worst, gatesError(s.index.Gates))
	}
	if err := s.conclude(); err != nil {
		return err
	}
	if errors.Is(why, errTimeout) {
		return errTimeout
	}
	return worst
}

// newSuite loads the suite with everything that it runs, and checks all of it.
func (a *app) newSuite(names []string, f runFlags, given func(string) bool) (*batch, *scenarios.LoadedSuite, error) {
	b, query, err := a.prepareBatch(names, f)
	if err != nil {
		return nil, nil, err
	}
	suite, problems := scenarios.LoadSuite(query)
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	if !given("seed") {
		b.flags.seed = suite.Seed
	}
	for _, c := range suite.Cells {
		if given("on") || c.On == "" {
			c.On = f.on
		}
		if given("runs") {
			c.Runs = f.runs
		}
		venue, err := venueOf(c.On, "")
		if err == nil && venue.backend == nil {
			venue, err = venueOf(c.On, f.calibration)
		}
		if err != nil {
			return nil, nil, err
		}
		b.cells = append(b.cells, cell{c.Loaded, venue, c.Runs})
	}
	return b, suite, b.ready()
}

// beginSuite makes the directory of the suite, with an index in which nothing has run.
func (a *app) beginSuite(b *batch, suite *scenarios.LoadedSuite) (*suiteRun, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	s := &suiteRun{batch: b, app: a, done: make([][]*reports.Analysis, len(b.cells)),
		dir: record.NewDir(b.settings.out, now, suite.Name, "", id)}
	s.index = reports.Index{Format: record.Format, Suite: suite.Name, Began: now.Format(time.RFC3339), Verdict: reports.Partial,
		Command: b.settings.command, LeftOut: suite.LeftOut}
	// The index has the order of the suite, whatever the order of the runs.
	for _, c := range b.cells {
		for k := range c.runs {
			s.index.Runs = append(s.index.Runs, reports.IndexRun{
				Scenario: c.input.Scenario.Name, Topology: c.input.Graph.Topology.Name, Params: c.input.Params, Set: c.input.Set,
				On: c.venue.name, Seed: b.flags.seed + uint64(k), Verdict: reports.NotRun, Reasons: []string{"it was not come to"},
			})
		}
	}
	b.settings.out, b.settings.within = s.dir, true
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, &runner.EnvironmentError{Doing: "make the suite's directory", Err: err}
	}
	if err := record.PointLatest(s.dir); err != nil {
		return nil, &runner.EnvironmentError{Doing: "link runs/latest", Err: err}
	}
	return s, saveIndex(filepath.Join(s.dir, suiteIndex), &s.index)
}

// carryOut does the runs, and returns what weighs most of all that went wrong.
// What one run comes to does not keep the others from being run.
func (s *suiteRun) carryOut(ctx context.Context) error {
	var worst error
	for done := range s.app.executed(ctx, s.batch) {
		j := done.job
		at := s.place(j)
		switch {
		case done.analysis != nil:
			s.index.Runs[at].Tell(filepath.Base(done.analysis.Dir), &done.analysis.Result)
			s.done[j.place] = append(s.done[j.place], done.analysis)
			s.tell("%s: %s\n", j.title, outcomeWords(done.analysis))
		case ctx.Err() != nil:
			s.index.Runs[at].Reasons = []string{cutShort(context.Cause(ctx))}
		case done.err != nil:
			s.index.Runs[at].Reasons = []string{done.err.Error()}
		}
		worst = worse(worst, s.weigh(ctx, done))
		if err := saveIndex(filepath.Join(s.dir, suiteIndex), &s.index); err != nil {
			return err
		}
	}
	return worst
}

// place is where the index has a job.
func (s *suiteRun) place(j job) int {
	before := 0
	for _, c := range s.cells[:j.place] {
		before += c.runs
	}
	return before + int(j.seed-s.flags.seed)
}

// weigh turns what became of a run into an error, nil where it passed. With
// --fail-fast the first that did not pass is the last that is begun.
func (s *suiteRun) weigh(ctx context.Context, done outcome) error {
	var err error
	switch {
	case errors.Is(done.err, errEnough) || ctx.Err() != nil:
		return nil // the verdict of another run, or the interruption, tells
	case errors.Is(done.err, errEnded):
		return errEnded
	case done.err != nil:
		s.tell("%s: %v\n", done.job.title, done.err)
		err = &verdictError{exitCode(ctx, done.err, io.Discard)}
	case done.analysis != nil:
		err = verdictOf([]*reports.Analysis{done.analysis})
	}
	if err != nil && s.flags.failFast {
		s.enough.Store(true)
	}
	return err
}

// tell says what became of a run, where progress is told in plain lines.
func (s *suiteRun) tell(format string, args ...any) {
	if s.app.watched().way == showPlain {
		fmt.Fprintf(s.app.stderr, format, args...)
	}
}

// outcomeWords tells of one run in a line.
func outcomeWords(a *reports.Analysis) string {
	words := strings.ToUpper(string(a.Verdict))
	if len(a.Reasons) > 0 {
		words += ", " + a.Reasons[0]
	}
	if more := len(a.Reasons) - 1; more > 0 {
		words += fmt.Sprintf(", and %d more", more)
	}
	return words
}

// conclude writes what the suite leaves, and shows it.
func (s *suiteRun) conclude() error {
	s.index.Conclude()
	if err := saveIndex(filepath.Join(s.dir, suiteIndex), &s.index); err != nil {
		return err
	}
	d := s.index.SuiteDocument(s.dir, s.dir)
	for _, f := range suiteFiles {
		if err := writeDocument(filepath.Join(s.dir, f.name), f.format, d); err != nil {
			return err
		}
	}
	return s.app.showSuite(&s.index, s.dir, s.flags.outputFlags)
}

// showSuite prints a suite, and writes it to the files that -o names.
func (a *app) showSuite(x *reports.Index, dir string, f outputFlags) error {
	d := x.SuiteDocument(dir, "")
	format := f.printed()
	switch {
	case format != "":
		if err := a.printAs(format, d); err != nil {
			return err
		}
	default:
		if err := a.print(d); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "All of it, with a link to each run: %s\n", filepath.Join(dir, "index.html"))
	}
	if err := a.annotate(d, f); err != nil {
		return err
	}
	return a.writeSuite(x, dir, f)
}

// writeSuite writes a suite to the files that -o names. Each links to the runs
// from where it stands.
func (a *app) writeSuite(x *reports.Index, dir string, f outputFlags) error {
	for _, file := range f.outputs {
		one := f
		one.outputs = []string{file}
		if err := one.write(x.SuiteDocument(dir, filepath.Dir(file))); err != nil {
			return err
		}
	}
	return nil
}

// reportSuite reports a recorded suite anew, with its runs analysed again. The
// suite's own verdict and its gates are those that the index has.
func (a *app) reportSuite(x *reports.Index, dir string, f outputFlags, o reports.Options) error {
	var nodes []string
	for i := range x.Runs {
		r := &x.Runs[i]
		if r.Dir == "" {
			continue
		}
		all, err := analyzeAll([]string{filepath.Join(dir, r.Dir)}, o)
		if err != nil {
			return err
		}
		r.Tell(r.Dir, &all[0].Result)
		nodes = append(nodes, nodesOf(all)...)
	}
	if err := fitPrices(o.Prices, nodes); err != nil {
		return err
	}
	if len(f.outputs) > 0 {
		return a.writeSuite(x, dir, f)
	}
	return a.showSuite(x, dir, f)
}
