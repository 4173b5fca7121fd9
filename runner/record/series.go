package record

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// The columns of series.csv. A row is a node's instance, an operation on it, or
// an edge as one instance saw it, over about a second; the columns that its
// kind has no use for are empty.
const (
	serKind = iota
	serAt
	serNode
	serInstance
	serTo
	serOperation
	serInterval
	serCPU
	serMemory
	serServed
	serFailed
	serRejected
	serInFlight
	serQueued
	serCalls
	serAttempts
	serBreaker
	serLatency
	serService
	serWait
	serHedges
	serFallbacks
	serHits
	serStale
	serMisses
	serCoalesced
	serRefreshes
	serEvictions
	serValues
	serViewAge
	serTarget
	serLast
)

// newColumns are the last ones, which records of former versions do not have.
const newColumns = 12

var seriesColumns = []string{"kind", "at_ms", "node", "instance", "to", "operation", "interval_ms", "cpu_ms",
	"memory_bytes", "served", "failed", "rejected", "in_flight", "queued",
	"calls", "attempts", "breaker", "latency_ms", "service_ms", "wait_ms", "hedges", "fallbacks",
	"cache_hits", "cache_stale", "cache_misses", "cache_coalesced", "cache_refreshes", "cache_evictions", "cache_values",
	"view_age_ms", "target", "last_ms"}

// The kinds of rows.
const (
	nodeRow      = "node"
	operationRow = "operation"
	edgeRow      = "edge"
	targetRow    = "target" // the attempts of an edge to one instance, in a slice of time that begins at at_ms
)

func appendNodeSample(b []byte, s *NodeSample) []byte {
	b = appendRowHead(b, nodeRow, s.At, s.Node, s.Instance, "", "")
	b = appendMillis(append(b, ','), s.Interval)
	b = appendMillis(append(b, ','), s.CPU)
	b = appendCount(append(b, ','), int64(s.Memory))
	b = strconv.AppendUint(append(b, ','), s.Served, 10)
	b = strconv.AppendUint(append(b, ','), s.Failed, 10)
	b = strconv.AppendUint(append(b, ','), s.Rejected, 10)
	b = appendCount(append(b, ','), int64(s.InFlight))
	b = appendCount(append(b, ','), int64(s.Queued))
	b = append(b, ",,,,,,,,"...)
	b = append(appendCacheSample(b, &s.Cache), ",,,\n"...)
	for i := range s.Operations {
		b = appendOperationSample(b, s, &s.Operations[i])
	}
	return b
}

func appendOperationSample(b []byte, s *NodeSample, o *OperationSample) []byte {
	b = appendRowHead(b, operationRow, s.At, s.Node, s.Instance, "", o.Name)
	b = append(b, ",,,,"...)
	b = strconv.AppendUint(b, o.Count, 10)
	b = strconv.AppendUint(append(b, ','), o.Failed, 10)
	b = append(b, ",,,,,,,,"...)
	b = appendMillis(b, o.Service)
	b = appendMillis(append(b, ','), o.Wait)
	return append(b, ",,,,,,,,,,,,\n"...)
}

func appendEdgeSample(b []byte, s *EdgeSample) []byte {
	b = appendRowHead(b, edgeRow, s.At, s.From, s.Instance, s.To, "")
	b = append(b, ",,,,,"...)
	b = strconv.AppendUint(b, s.Failed, 10)
	b = strconv.AppendUint(append(b, ','), s.Rejected, 10)
	b = append(b, ",,,"...)
	b = strconv.AppendUint(b, s.Calls, 10)
	b = strconv.AppendUint(append(b, ','), s.Attempts, 10)
	b = appendField(append(b, ','), s.Breaker)
	b = appendMillis(append(b, ','), s.Latency)
	b = append(b, ",,"...)
	b = strconv.AppendUint(append(b, ','), s.Hedges, 10)
	b = strconv.AppendUint(append(b, ','), s.Fallbacks, 10)
	b = append(appendCacheSample(b, &s.Cache), ',')
	if s.ViewAge > 0 {
		b = appendMillis(b, s.ViewAge)
	}
	b = append(b, ",,\n"...)
	for i := range s.Targets {
		b = appendTargetSample(b, s, &s.Targets[i])
	}
	return b
}

// appendCacheSample leaves the columns empty where there is no cache, or one
// that did nothing and keeps nothing.
func appendCacheSample(b []byte, s *CacheSample) []byte {
	if *s == (CacheSample{}) {
		return append(b, ",,,,,,,"...)
	}
	for _, n := range [...]uint64{s.Hits, s.Stale, s.Misses, s.Coalesced, s.Refreshes, s.Evictions, uint64(s.Values)} {
		b = strconv.AppendUint(append(b, ','), n, 10)
	}
	return b
}

func cacheSample(t *table) CacheSample {
	return CacheSample{policy.CacheCounters{Hits: t.uint(serHits), Stale: t.uint(serStale), Misses: t.uint(serMisses),
		Coalesced: t.uint(serCoalesced), Refreshes: t.uint(serRefreshes), Evictions: t.uint(serEvictions)}, t.int(serValues)}
}

func appendTargetSample(b []byte, s *EdgeSample, t *TargetSample) []byte {
	b = appendRowHead(b, targetRow, t.At, s.From, s.Instance, s.To, "")
	b = append(b, ",,,,,,,,,,"...)
	b = strconv.AppendUint(b, t.Attempts, 10)
	b = append(b, ",,,,,,,,,,,,,,,"...)
	b = appendField(b, t.Instance)
	return append(appendMillis(append(b, ','), t.Last), '\n')
}

func appendRowHead(b []byte, kind string, at time.Duration, node, instance, to, operation string) []byte {
	b = append(b, kind...)
	b = appendMillis(append(b, ','), at)
	b = appendField(append(b, ','), node)
	b = appendField(append(b, ','), instance)
	b = appendField(append(b, ','), to)
	return appendField(append(b, ','), operation)
}

// series is what series.csv holds.
type series struct {
	nodes []NodeSample
	edges []EdgeSample
}

// readSeries reads all rows that can be read. The error says what could not.
func readSeries(r io.Reader) (series, error) {
	var s series
	t, err := openTable(r, seriesColumns, newColumns)
	bad, firstBad := 0, error(nil)
	for err == nil && bad < maxBadRows {
		if err = t.next(); err == nil {
			err = s.add(t)
		}
		var row *rowError
		if errors.As(err, &row) {
			if bad++; firstBad == nil {
				firstBad = err
			}
			err = nil
		}
	}
	if err == io.EOF || err == nil {
		err = nil
		if bad > 0 {
			err = fmt.Errorf("%d rows cannot be read, the first: %w", bad, firstBad)
		}
	}
	return s, err
}

func (s *series) add(t *table) error {
	switch kind := t.text(serKind); kind {
	case nodeRow:
		sample := NodeSample{
			At: t.duration(serAt), Node: t.text(serNode), Instance: t.text(serInstance),
			CPU: t.duration(serCPU), Interval: t.duration(serInterval), Memory: unit.Bytes(t.int(serMemory)),
			Served: t.uint(serServed), Failed: t.uint(serFailed), Rejected: t.uint(serRejected),
			InFlight: t.int(serInFlight), Queued: t.int(serQueued), Cache: cacheSample(t),
		}
		if err := t.check(); err != nil {
			return err
		}
		s.nodes = append(s.nodes, sample)
	case operationRow:
		return s.addOperation(t)
	case targetRow:
		return s.addTarget(t)
	case edgeRow:
		sample := EdgeSample{
			At: t.duration(serAt), From: t.text(serNode), Instance: t.text(serInstance), To: t.text(serTo),
			Calls: t.uint(serCalls), Attempts: t.uint(serAttempts), Failed: t.uint(serFailed),
			Breaker: t.text(serBreaker), Latency: t.duration(serLatency),
			Rejected: t.uint(serRejected), Hedges: t.uint(serHedges), Fallbacks: t.uint(serFallbacks), Cache: cacheSample(t), ViewAge: t.duration(serViewAge),
		}
		if err := t.check(); err != nil {
			return err
		}
		s.edges = append(s.edges, sample)
	default:
		return &rowError{fmt.Errorf("%q is no kind of row", kind)}
	}
	return nil
}

// addOperation adds a row to the sample of its instance, which is the row
// that came before all its operations.
func (s *series) addOperation(t *table) error {
	sample := OperationSample{
		Name: t.text(serOperation), Count: t.uint(serServed), Failed: t.uint(serFailed),
		Service: t.duration(serService), Wait: t.duration(serWait),
	}
	at, instance := t.duration(serAt), t.text(serInstance)
	if err := t.check(); err != nil {
		return err
	}
	if len(s.nodes) == 0 || s.nodes[len(s.nodes)-1].At != at || s.nodes[len(s.nodes)-1].Instance != instance {
		return &rowError{fmt.Errorf("operation %q follows no row of %q", sample.Name, instance)}
	}
	last := &s.nodes[len(s.nodes)-1]
	last.Operations = append(last.Operations, sample)
	return nil
}

// addTarget adds a row to the sample of its edge, which is the row that came
// before all its targets.
func (s *series) addTarget(t *table) error {
	sample := TargetSample{At: t.duration(serAt), Instance: t.text(serTarget), Attempts: t.uint(serAttempts), Last: t.duration(serLast)}
	from, to := t.text(serInstance), t.text(serTo)
	if err := t.check(); err != nil {
		return err
	}
	if len(s.edges) == 0 || s.edges[len(s.edges)-1].Instance != from || s.edges[len(s.edges)-1].To != to {
		return &rowError{fmt.Errorf("target %q follows no row of the edge from %q to %q", sample.Instance, from, to)}
	}
	last := &s.edges[len(s.edges)-1]
	last.Targets = append(last.Targets, sample)
	return nil
}
