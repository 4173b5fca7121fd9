package sim

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// Engine is runner.Engine in virtual time.
type Engine struct {
	// Calibration says what a live system spends beside its work, and where that
	// was found out. What lies outside it is noted in the record.
	Calibration *Calibration
	// Costs stand in where there is no Calibration.
	Costs Costs
	// What the simulation stands for, where that is said: see Calibration.Outside.
	Backend     string
	Environment record.Environment
	// Reached is kept at the virtual time that the run has come to, in
	// nanoseconds, for who shows how far it is; nil: nobody does. The engine
	// never reads it.
	Reached *atomic.Int64
	// Latencies has the samples of nodes tell the latencies of their requests, for
	// who follows the run. What is recorded is the same with and without.
	Latencies bool
}

// costs returns what the run costs, and the doubts about that.
func (e *Engine) costs(p *runner.Plan) (Costs, []string) {
	if e.Calibration == nil && !reflect.DeepEqual(e.Costs, Costs{}) {
		return e.Costs, nil
	}
	return e.Calibration.Costs(), e.Calibration.Outside(p, e.Backend, e.Environment)
}

// Run carries the plan out. An error is an *runner.EnvironmentError where the
// plan has what cannot be simulated, ctx's where it was cut short, and any other
// where the engine itself broke one of its laws.
func (e *Engine) Run(ctx context.Context, p *runner.Plan, r record.Recorder) error {
	costs, doubts := e.costs(p)
	load, did := newBusy(costs.Cores, plannedNodes(p)), newSeen()
	did.watchUsers(p)
	r = watched{r, load, did}
	w, err := newWorld(p, costs, r, e.Latencies)
	if err != nil {
		return &runner.EnvironmentError{Doing: "simulate " + p.Graph.Topology.Name, Err: err}
	}
	defer w.load.stop()
	w.reached = e.Reached
	w.note(doubts)
	for _, n := range w.nodes {
		for _, i := range n.up() {
			w.emit(record.Event{Kind: record.InstanceStart, Node: n.spec.Name, Instance: i.name})
			w.emit(record.Event{Kind: record.InstanceReady, Node: n.spec.Name, Instance: i.name})
		}
		if n.fleet == nil {
			continue
		}
		for _, b := range n.fleet.pool {
			w.emit(record.Event{Kind: record.InstanceStart, Node: n.spec.Name, Instance: b.instance.name})
			w.emit(record.Event{Kind: record.InstancePaused, Node: n.spec.Name, Instance: b.instance.name})
		}
	}
	w.emit(record.Event{Kind: record.RunBegan})
	w.schedule()
	s, why := newSampler(w)
	if why != "" {
		w.emit(record.Event{Kind: record.Note, Name: "series", Reason: why})
	}
	w.after(s.every, bySample, s, 0)
	w.at(policy.Instant(p.Scenario.Length()), bySample, ending{}, 0)
	err = w.run(ctx)
	for _, f := range w.faults {
		f.heal(w, "end of the run")
	}
	s.sample(w)
	w.tracer.record(w.recorder)
	if err != nil {
		return err
	}
	load.close()
	if e.Calibration != nil {
		w.note(e.Calibration.beyond(load))
		w.note(e.Calibration.unseen(did, p))
	}
	w.emit(record.Event{Kind: record.RunEnded, Reason: fmt.Sprintf("%d offered, %d recorded", w.offered, w.ended)})
	return w.lawful()
}

// ending is the end of the scenario: the run looks whether it is over then, too.
type ending struct{}

func (ending) act(*world, uint64) {}

// note records doubts about the costs.
func (w *world) note(doubts []string) {
	for _, d := range doubts {
		w.emit(record.Event{Kind: record.Note, Name: record.NoteCalibration, Reason: d})
	}
}

// plannedNodes are the nodes with their limits.
func plannedNodes(p *runner.Plan) []record.Node {
	var nodes []record.Node
	for _, n := range p.Graph.Topology.Nodes {
		nodes = append(nodes, record.Node{Name: n.Name, CPU: float64(n.CPU)})
	}
	return nodes
}

// lawful holds the laws that no run may break: what was offered was recorded,
// and the mean number in the system is the arrival rate times the mean time
// there (Little, 1961), here as an identity of two sums.
func (w *world) lawful() error {
	if w.offered != w.ended {
		return fmt.Errorf("conservation is broken: %d requests offered, %d recorded", w.offered, w.ended)
	}
	if w.load.inFlight != 0 {
		return errors.New("conservation is broken: requests are in flight after the end")
	}
	if area, sojourns := time.Duration(w.load.area), time.Duration(w.load.sojourns); area != sojourns {
		return fmt.Errorf("the law of Little is broken: %v of requests in the system, %v spent by the requests", area, sojourns)
	}
	return nil
}
