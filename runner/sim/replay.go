package sim

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
)

// replay is a live run and the same plan in the simulator. Both meet the same
// requests, number by number, and draw the same service times: what one took
// longer than the other is cost, not chance.
type replay struct {
	run   *record.Run
	plan  *runner.Plan
	calm  func(at time.Duration) bool // neither warm-up nor the time of a fault
	asked []asked                     // by number
	late  []time.Duration             // of the asked
}

// standsFor is how many requests each of the record's stands for.
func (r *replay) standsFor() float64 { return float64(max(r.run.Identity.Sampling.OneIn, 1)) }

// each does something with every run, with as many at a time as there are cores.
func each(ctx context.Context, replays []*replay, do func(context.Context, *replay) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range replays {
		group.Go(func() error { return do(ctx, r) })
	}
	return group.Wait()
}

// asked is a request that went well.
type asked struct {
	seq      uint64
	entry    string
	declared time.Duration // in a perfect world
	live     time.Duration // from the real send
}

// settle is how long after its heal a fault still counts.
const settle = 5 * time.Second

// read reads the plan and the requests of the run, and simulates it in a
// perfect world.
func (r *replay) read(ctx context.Context) error {
	run := r.run
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{filepath.Join(run.Dir, "resolved.yaml")}})
	if err := problems.Err(); err != nil {
		return fmt.Errorf("read the plan of %s: %w", run.Dir, err)
	}
	if len(loaded) != 1 {
		return fmt.Errorf("read the plan of %s: it has %d scenarios", run.Dir, len(loaded))
	}
	r.plan = runner.NewPlan(run.Identity.Run, loaded[0].Scenario, loaded[0].Graph, run.Identity.Seed, run.Identity.SpinPerMS)
	r.calm = calmness(run)
	perfect, err := r.simulate(ctx, Costs{})
	if err != nil {
		return err
	}
	for q, err := range run.Requests() {
		if err != nil {
			return fmt.Errorf("calibrate on %s: %w", run.Dir, err)
		}
		declared, ok := perfect.took[q.Seq]
		if ok && q.Cause == policy.OK && q.Attempts <= q.Calls && r.calm(q.Intended) {
			r.asked = append(r.asked, asked{q.Seq, q.Entry, declared, q.Done - q.Sent})
			r.late = append(r.late, q.Sent-q.Intended)
		}
	}
	return nil
}

// simulate runs the plan with costs and keeps what is compared.
func (r *replay) simulate(ctx context.Context, c Costs) (*kept, error) {
	k := &kept{calm: r.calm, took: map[uint64]time.Duration{}, late: map[uint64]time.Duration{}, spent: map[string]time.Duration{}}
	if err := (&Engine{Costs: c}).Run(ctx, r.plan, k); err != nil {
		return nil, fmt.Errorf("simulate the plan of %s: %w", r.run.Dir, err)
	}
	return k, nil
}

// calmness says for an instant of a run whether it tells of the costs alone.
func calmness(run *record.Run) func(time.Duration) bool {
	type span struct{ from, to time.Duration }
	var wild []span
	for _, p := range run.Identity.Phases {
		if p.Warmup {
			wild = append(wild, span{p.Begin.Duration(), p.End()})
		}
	}
	for _, f := range run.Identity.Faults {
		to := f.At.Duration() + f.For.Duration()
		if f.For == 0 {
			to = 1<<63 - 1 - settle
		}
		wild = append(wild, span{f.At.Duration(), to + settle})
	}
	return func(at time.Duration) bool {
		return !slices.ContainsFunc(wild, func(s span) bool { return s.from <= at && at < s.to })
	}
}

// kept is a recorder that keeps what the calm part of a run took.
type kept struct {
	calm  func(time.Duration) bool
	took  map[uint64]time.Duration // from the real send, by number
	late  map[uint64]time.Duration
	spent map[string]time.Duration // CPU, by node
}

func (k *kept) Event(record.Event)           {}
func (k *kept) Edge(record.EdgeSample)       {}
func (k *kept) Invocation(record.Invocation) {}
func (k *kept) Traces(record.Traces)         {}
func (k *kept) LogFile(string) string        { return "" }

func (k *kept) Request(q record.Request) {
	if q.Cause == policy.OK && q.Attempts <= q.Calls && k.calm(q.Intended) {
		k.took[q.Seq], k.late[q.Seq] = q.Done-q.Sent, q.Sent-q.Intended
	}
}

func (k *kept) Node(s record.NodeSample) {
	if k.calm(s.At - s.Interval/2) {
		k.spent[s.Node] += s.CPU
	}
}
