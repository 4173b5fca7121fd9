package policy

import (
	"cmp"
	"slices"

	"windtunnel/topologies/work"
)

// subset returns the endpoints that one caller of many uses, after the
// deterministic subsetting of Google's SRE book (chapter 20). Callers are
// numbered from 1. Each round of as many callers as there are subsets deals all
// endpoints out once, in an order of its own, so that no endpoint has many more
// callers than another:
//
//	12 endpoints, 4 each:  callers 1 2 3 share out one shuffle, 4 5 6 the next …
//
// What is left over in one round is another in the next. All is sorted by id,
// and so is the result. Where an endpoint comes or goes, callers change some of theirs.
func subset(all []Endpoint, caller, size int) []Endpoint {
	if size <= 0 || size >= len(all) {
		return all
	}
	count := len(all) / size
	round, number := max(0, caller-1)/count, max(0, caller-1)%count
	dealt := slices.Clone(all)
	draw := work.Root(uint64(round)).Named("subset")
	for i := len(dealt) - 1; i > 0; i-- { // Fisher and Yates
		j := draw.Child(uint64(i)).Intn(i + 1)
		dealt[i], dealt[j] = dealt[j], dealt[i]
	}
	mine := dealt[number*size : (number+1)*size]
	slices.SortFunc(mine, func(a, b Endpoint) int { return cmp.Compare(a.ID, b.ID) })
	return mine
}
