//go:build !race

package reports

const manyRequests = 1_000_000
