package reports

import "slices"

// term is a word with what it means.
type term struct{ word, meaning string }

// glossarySection explains the words of a report, first those of its own.
func glossarySection(own ...term) Section {
	table := &Table{Columns: []Column{{}, {}}}
	for _, g := range slices.Concat(own, glossary) {
		table.Rows = append(table.Rows, []Cell{text(g.word), muted(g.meaning)})
	}
	return Section{Name: "glossary", Title: "What the words mean", Appendix: true, Blocks: []Block{table}}
}

// glossary follows the vocabulary of the whole program.
var glossary = []term{
	{"application, topology", "What a system does; and one way to cut and deploy it. All topologies of a comparison do the same work."},
	{"entry", "An operation that callers may ask for. “total” is all of them together."},
	{"offered, sent", "Requests that were due; and those of them that the load generator could send."},
	{"ok, failed", "Answered as expected; and everything else, the unsent included. A failure has one cause."},
	{"p50, p95, p99", "Half, 95 % and 99 % of the requests took at most so long."},
	{"95 % interval", "Where the true value of this run lies, were its requests independent of each other. It says nothing about the next run."},
	{"warm-up", "The first phases, which no figure counts. Where the latency had settled by the rule MSER-5 is told beside it; the rule has known failing cases, and nothing is cut by it."},
	{"recovery", "From the heal of a fault (of a kill, when what died may start again) to the first 3 s with at least 99 % of the former share of successes, and p95 at most 1.5 times the former."},
	{"breaker", "Stops calls over an edge while too many of them fail. Open: none pass; half-open: a few try."},
	{"attempts per call", "How often a call between nodes was tried: retries multiply load."},
	{"lateness", "How much later than due a request left the load generator. It counts as latency, and past a limit the run is inconclusive."},
	{"inconclusive", "There was nothing to judge, or the measurement cannot be trusted."},
}

// sweepTerms are the words of a sweep.
var sweepTerms = []term{
	{"knee", "The load at which throughput divided by the mean latency is largest. Beyond it, waiting grows faster than throughput."},
	{"speed-up, efficiency", "The throughput against that of the first value; and that for what was added. Of a load, efficiency is what succeeded of what was offered."},
	{"scalability law", "The Universal Scalability Law: the throughput of N is γN / (1 + α(N-1) + βN(N-1))."},
	{"contention α, coherency β", "The share of the work that waits for something that all share; and the share that each pays for keeping in step with each other."},
}

// capacityTerms are the words of a search for a capacity.
var capacityTerms = []term{
	{"capacity", "The highest load that keeps every objective: the median of where the repetitions of the search end."},
	{"repetition", "A search of its own, with a seed of its own. It ends at a load that kept the objectives, with one just above that broke them."},
}
