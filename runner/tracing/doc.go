// Package tracing decides which requests of a run are kept as traces, and makes
// the traces of what nodes have remembered of them. Both engines host it.
//
//	keeper := tracing.New(plan)                    // nil: nothing is traced
//	free := keeper.Offer(entry, &request, id, log) // when a request has ended
//	record.Traces(keeper.Traces())                 // when the run has
//
// # What is kept
//
// A request that failed competes with those that failed alike, of its entry and
// with its cause; any other with the successes of its entry for being the
// slowest; and what the sample has drawn, with the rest of that. Each of the three
// has its share of the limit, within which the smaller groups are spared: a cause
// that is seen once is not lost among thousands of another. Which requests are
// drawn hangs on their identity alone, so that it is the same ones on every
// topology and engine. What was left out is counted.
//
// # Partial traces
//
// A span that should be there and is not is never made up. What the trace lacks
// is marked: an attempt of which the callee has told nothing, since it was killed,
// has forgotten, or had not ended by the time it was asked.
package tracing
