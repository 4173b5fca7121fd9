package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxTraceBytes bounds traces.json. Traces that would make it larger are left
// out, the sampled ones first and the slowest last.
const maxTraceBytes = 32 << 20

// writeTraces writes the traces as OTLP/JSON: all of them in one
// ExportTraceServiceRequest, with a resource for each instance.
func writeTraces(dir string, t *Traces) error {
	file, err := exported(t, maxTraceBytes)
	if err != nil {
		return fmt.Errorf("write %s: %w", tracesFile, err)
	}
	text, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("write %s: %w", tracesFile, err)
	}
	return writeWhole(dir, tracesFile, append(text, '\n'))
}

// exported lays the traces out, as many as have room.
func exported(t *Traces, room int) (*otlpRequest, error) {
	counts := t.Counts
	bySource := map[source]*otlpResourceSpans{}
	for _, at := range t.inOrderOfWorth() {
		spans, size, err := t.Kept[at].export(t.Origin)
		if err != nil {
			return nil, err
		}
		if room -= size; room < 0 {
			counts.Dropped++
			room = -1 // no smaller one takes its place: that would favour the short
			continue
		}
		for i, s := range t.Kept[at].Spans {
			from := source{s.Node, s.Instance}
			if bySource[from] == nil {
				bySource[from] = from.resource()
			}
			in := &bySource[from].ScopeSpans[0]
			in.Spans = append(in.Spans, spans[i])
		}
	}
	file := &otlpRequest{ResourceSpans: []otlpResourceSpans{}}
	if bySource[outside] == nil { // it says what the traces were chosen from, also where there are none
		bySource[outside] = outside.resource()
	}
	bySource[outside].ScopeSpans[0].Scope.Attributes = counts.attributes(t.Origin)
	for _, from := range sortedSources(bySource) {
		file.ResourceSpans = append(file.ResourceSpans, *bySource[from])
	}
	return file, nil
}

// inOrderOfWorth are the places of the kept traces, those first that a reader
// would miss most.
func (t *Traces) inOrderOfWorth() []int {
	order := make([]int, len(t.Kept))
	for i := range order {
		order[i] = i
	}
	worth := map[string]int{TraceSlow: 0, TraceFailed: 1, TraceSampled: 2}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &t.Kept[i], &t.Kept[j]
		return cmp.Or(cmp.Compare(worth[a.Reason], worth[b.Reason]), cmp.Compare(b.Spans[0].Duration(), a.Spans[0].Duration()))
	})
	return order
}

// Traces reads the traces of a run. One without any, or of before there were
// traces, has none. An error says that the file is no OTLP/JSON; what was read
// until then is good.
func (r *Run) Traces() (Traces, error) {
	f, err := os.Open(filepath.Join(r.Dir, tracesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Traces{}, nil
	}
	if err != nil {
		return Traces{}, fmt.Errorf("read traces: %w", err)
	}
	defer f.Close()
	t, err := readTraces(f)
	if err != nil {
		return t, fmt.Errorf("read traces: %w", err)
	}
	return t, nil
}

// readTraces reads what writeTraces wrote. Spans that are none of windtunnel's,
// and traces without a request, are left out.
func readTraces(r io.Reader) (Traces, error) {
	text, err := io.ReadAll(io.LimitReader(r, 2*maxTraceBytes+1))
	if err != nil {
		return Traces{}, err
	}
	if len(text) > 2*maxTraceBytes {
		return Traces{}, fmt.Errorf("it is larger than the %d MiB that windtunnel writes", 2*maxTraceBytes>>20)
	}
	var file otlpRequest
	if err := json.Unmarshal(text, &file); err != nil {
		return Traces{}, err
	}
	return file.imported()
}
