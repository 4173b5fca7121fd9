package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"windtunnel/reports"
	"windtunnel/scenarios"
)

// jobs returns the runs in their order: a block for each repetition. Blocks come
// in pairs, the first in an order drawn from the seed and the second in its
// reverse (A B B A), so that a drift of the machine meets all alike and nothing
// that recurs meets one alone.
func (b *batch) jobs() []job {
	var jobs []job
	r := rand.New(rand.NewPCG(b.flags.seed, 0x696e7465726c6561)) // not the draws of the runs
	most := 0
	for _, c := range b.cells {
		most = max(most, c.runs)
	}
	var order []int
	for k := range most {
		if k%2 == 0 {
			order = r.Perm(len(b.cells))
		} else {
			slices.Reverse(order)
		}
		for _, i := range order {
			if c := b.cells[i]; k < c.runs {
				jobs = append(jobs, job{input: c.input, place: i, venue: c.venue, seed: b.flags.seed + uint64(k)})
			}
		}
	}
	// What is measured comes last, so that what is simulated does not wait for it.
	slices.SortStableFunc(jobs, func(x, y job) int { return cmp.Compare(x.venue.places(), y.venue.places()) })
	for i := range jobs {
		title := titleOf(jobs[i].input)
		if len(jobs) > 1 {
			title = fmt.Sprintf("run %d of %d: %s", i+1, len(jobs), title)
		}
		jobs[i].title, jobs[i].number, jobs[i].of = title, i+1, len(jobs)
	}
	return jobs
}

// titleOf names a combination.
func titleOf(input scenarios.Loaded) string {
	title := input.Scenario.Name + " on " + input.Graph.Topology.Name
	for _, name := range slices.Sorted(maps.Keys(input.Params)) {
		title += fmt.Sprintf(" %s=%s", name, input.Params[name])
	}
	return strings.Join(append([]string{title}, input.Set...), " ")
}

// do runs the jobs, and gives each run's analysis to each, in the jobs' order.
// Two measured runs never share the machine. It returns what was found until
// the first error, in the order of the inputs.
func (a *app) do(ctx context.Context, b *batch, each func(*reports.Analysis) error) ([]*reports.Analysis, error) {
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	var all []*reports.Analysis
	byPlace := make([][]*reports.Analysis, len(b.cells))
	for done := range a.executed(ctx, b) {
		if done.analysis != nil {
			byPlace[done.job.place] = append(byPlace[done.job.place], done.analysis)
			all = slices.Concat(byPlace...)
			if err := each(done.analysis); done.err == nil {
				done.err = err
			}
		}
		if errors.Is(context.Cause(ctx), errTimeout) {
			return all, errTimeout
		}
		if done.err != nil {
			return all, done.err
		}
	}
	return all, b.writeIndex(all)
}

// outcome is what became of one job.
type outcome struct {
	job      job
	analysis *reports.Analysis // nil: there is no record
	err      error
}

// executed yields the outcomes in the jobs' order, while as many are under way
// as their venues allow: simulated ones as many as there are cores, and a
// measured one with nothing beside it. Those under way end before it returns.
func (a *app) executed(ctx context.Context, b *batch) iter.Seq[outcome] {
	return func(yield func(outcome) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var under sync.WaitGroup
		defer under.Wait()
		defer cancel()
		places := make(chan struct{}, allPlaces())
		jobs := b.jobs()
		outcomes := make([]chan outcome, len(jobs))
		for i := range outcomes {
			outcomes[i] = make(chan outcome, 1)
		}
		under.Go(func() {
			for i, j := range jobs {
				taken := j.venue.places()
				for range taken { // nobody else takes any meanwhile
					places <- struct{}{}
				}
				leave := func() {
					for range taken {
						<-places
					}
				}
				if err := cmp.Or(context.Cause(ctx), a.watched().ended(), b.over()); err != nil { // the run before was just over
					outcomes[i] <- outcome{job: j, err: err}
					leave()
					continue
				}
				under.Go(func() {
					defer leave()
					defer a.watched().leaveInPanic()
					analysis, err := a.execute(ctx, j, &b.settings)
					outcomes[i] <- outcome{j, analysis, err}
				})
			}
		})
		for i := range outcomes {
			if !yield(<-outcomes[i]) {
				return
			}
		}
	}
}

// over says why no further run begins, nil where one may.
func (b *batch) over() error {
	if b.enough.Load() {
		return errEnough
	}
	return nil
}

// errEnough is why a run did not begin where --fail-fast has seen a failure.
var errEnough = errors.New("a run before it failed, with --fail-fast")

func (b *batch) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.flags.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, b.flags.timeout, errTimeout)
}

// describe says what would be run.
func (a *app) describe(b *batch) {
	for _, j := range b.jobs() {
		fmt.Fprintf(a.stdout, "would run: %s, seed %d, %s of load on %s\n",
			j.title, j.seed, j.input.Scenario.Length(), j.venue.name)
	}
}
