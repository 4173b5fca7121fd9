// Package follow folds what an engine records into how the run stands: phases
// and faults, entries and nodes with their figures of the last seconds, checks,
// the latest events. It has no clock and no output: a view of the terminal and
// lines for programs are made of it.
//
//	tap := follow.NewTap(writer)                // the engine records into it
//	run := follow.New(plan)
//	for range ticks {
//		run.Take(tap.Take())
//		run.Advance(now)
//		show(run.State())
//	}
package follow
