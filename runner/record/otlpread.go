package record

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"windtunnel/topologies/policy"
)

// imported makes traces of a request as export makes it.
func (f *otlpRequest) imported() (Traces, error) {
	origin, counts := f.chosenFrom()
	t := Traces{Origin: origin, Counts: counts}
	places := map[string]int{}
	for _, resource := range f.ResourceSpans {
		at := read(resource.Resource.Attributes)
		for _, scope := range resource.ScopeSpans {
			if scope.Scope.Name != scopeName {
				continue
			}
			for i := range scope.Spans {
				if err := t.take(&scope.Spans[i], at, places); err != nil {
					return t.whole(), err
				}
			}
		}
	}
	return t.whole(), nil
}

// chosenFrom finds the scope that tells of all.
func (f *otlpRequest) chosenFrom() (origin time.Time, c TraceCounts) {
	for _, resource := range f.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			a := read(scope.Scope.Attributes)
			if ns, told := a.numbers[attrOrigin]; told {
				return time.Unix(0, ns).UTC(), TraceCounts{Requests: a.count(attrCounts), Failed: a.count(attrFailed),
					Slow: a.count(attrSlow), Sampled: a.count(attrSampled), Dropped: a.count(attrDropped)}
			}
		}
	}
	return time.Unix(0, 0).UTC(), c
}

// values are a list's attributes by key.
type values struct {
	texts   map[string]string
	numbers map[string]int64
	truths  map[string]bool
}

func read(list []otlpAttribute) values {
	v := values{map[string]string{}, map[string]int64{}, map[string]bool{}}
	for _, a := range list {
		switch {
		case a.Value.String != nil:
			v.texts[a.Key] = *a.Value.String
		case a.Value.Int != nil:
			v.numbers[a.Key] = int64(*a.Value.Int)
		case a.Value.Bool != nil:
			v.truths[a.Key] = *a.Value.Bool
		}
	}
	return v
}

// count reads a number that is not negative, and another as 0.
func (v values) count(key string) uint64 { return uint64(max(0, v.numbers[key])) }

// small reads a number that fits what statuses and attempts are counted with.
func (v values) small(key string) int { return int(min(v.count(key), math.MaxInt32)) }

// take adds a span to its trace.
func (t *Traces) take(s *otlpSpan, from values, places map[string]int) error {
	high, okHigh := parseID(s.TraceID[:min(16, len(s.TraceID))])
	low, okLow := parseID(s.TraceID[min(16, len(s.TraceID)):])
	made, err := s.imported(t.Origin, from)
	switch {
	case !okHigh && !okLow || len(s.TraceID) != traceIDLength:
		return fmt.Errorf("a span has the trace id %q: not 32 hexadecimal digits", clipped(s.TraceID))
	case err != nil:
		return err
	}
	at, known := places[s.TraceID]
	if !known {
		at = len(t.Kept)
		places[s.TraceID] = at
		t.Kept = append(t.Kept, Trace{High: high, Low: low})
	}
	trace := &t.Kept[at]
	if made.Part == PartRequest {
		a := read(s.Attributes)
		trace.Seq, trace.Entry, trace.Phase = a.count(attrSeq), made.Name, a.texts[attrPhase]
		trace.Reason, trace.Partial = a.texts[attrReason], a.truths[attrPartial]
	}
	trace.Spans = append(trace.Spans, made)
	return nil
}

func (s *otlpSpan) imported(origin time.Time, from values) (Span, error) {
	a := read(s.Attributes)
	id, ok := parseID(s.SpanID)
	parent, hasParent := parseID(s.ParentSpanID)
	out := Span{ID: id, Parent: parent, Part: Part(a.texts[attrPart]), Name: s.Name, Node: from.texts[attrService], Instance: from.texts[attrInstance],
		Begin: time.Unix(0, int64(s.Start)).Sub(origin), End: time.Unix(0, int64(s.End)).Sub(origin),
		Cause: policy.Cause(a.texts[attrError]), Status: a.small(attrStatus), To: a.texts[attrServer], Endpoint: a.texts[attrEndpoint],
		Hedge: a.truths[attrHedge], Lost: a.truths[attrLost], Fallback: a.truths[attrFallback], Cold: a.truths[attrCold],
		Missing: a.truths[attrMissing], Opaque: a.truths[attrOpaque]}
	if out.Part == PartAttempt {
		out.Number = a.small(attrResend) + 1
	}
	switch {
	case !ok:
		return out, fmt.Errorf("a span has the id %q: not 16 hexadecimal digits", clipped(s.SpanID))
	case s.ParentSpanID != "" && !hasParent:
		return out, fmt.Errorf("a span has the parent %q: not 16 hexadecimal digits", clipped(s.ParentSpanID))
	case !slices.Contains(Parts(), out.Part):
		return out, fmt.Errorf("%q is no part of a trace", clipped(string(out.Part)))
	case out.Cause != policy.OK && !slices.Contains(causes, out.Cause):
		return out, fmt.Errorf("%q is no cause of failure", clipped(string(out.Cause)))
	case out.Begin < -farthest || out.End > farthest:
		return out, fmt.Errorf("span %s lies more than %d days from the run's begin", s.SpanID, farthest/(24*time.Hour))
	case out.End < out.Begin:
		return out, fmt.Errorf("span %s ends before it begins", s.SpanID)
	case (out.Part == PartRequest) == hasParent:
		return out, fmt.Errorf("span %s: a request has no parent, and all else has one", s.SpanID)
	}
	return out, nil
}

// farthest is how far from the run's begin a span can lie.
const farthest = 3650 * 24 * time.Hour

// clipped bounds what an error repeats of a file.
func clipped(s string) string { return s[:min(len(s), 60)] }

// whole drops the traces without a request, puts that first in the others, and
// all in order.
func (t Traces) whole() Traces {
	t.Kept = slices.DeleteFunc(t.Kept, func(one Trace) bool {
		return !slices.ContainsFunc(one.Spans, func(s Span) bool { return s.Part == PartRequest })
	})
	for _, one := range t.Kept {
		first := slices.IndexFunc(one.Spans, func(s Span) bool { return s.Part == PartRequest })
		one.Spans[0], one.Spans[first] = one.Spans[first], one.Spans[0]
		slices.SortStableFunc(one.Spans[1:], func(a, b Span) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.ID, b.ID)) })
	}
	slices.SortStableFunc(t.Kept, func(a, b Trace) int {
		return cmp.Or(cmp.Compare(a.Spans[0].Begin, b.Spans[0].Begin), cmp.Compare(a.Seq, b.Seq))
	})
	return t
}
