//go:build race

package reports

// manyRequests is smaller where the race detector makes each of them dear.
const manyRequests = 100_000
