package record

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"windtunnel/topologies/policy"
)

// The messages of OTLP/JSON that a trace needs (opentelemetry-proto,
// collector/trace/v1 and trace/v1). Ids are hexadecimal, enumerations are
// numbers, and 64-bit integers are texts.
type (
	otlpRequest struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes,omitempty"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name       string          `json:"name,omitempty"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
	}
	otlpSpan struct {
		TraceID      string          `json:"traceId"`
		SpanID       string          `json:"spanId"`
		ParentSpanID string          `json:"parentSpanId,omitempty"`
		Name         string          `json:"name"`
		Kind         int             `json:"kind"`
		Start        otlpInt         `json:"startTimeUnixNano"`
		End          otlpInt         `json:"endTimeUnixNano"`
		Attributes   []otlpAttribute `json:"attributes,omitempty"`
		Status       otlpStatus      `json:"status"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string  `json:"stringValue,omitempty"`
		Bool   *bool    `json:"boolValue,omitempty"`
		Int    *otlpInt `json:"intValue,omitempty"`
	}
)

// otlpInt is a 64-bit integer: written as text, and read as that or a number.
type otlpInt int64

func (i otlpInt) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatInt(int64(i), 10)), nil
}

func (i *otlpInt) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no 64-bit integer", text)
	}
	*i = otlpInt(v)
	return nil
}

// The kinds and the status of spans that are used here.
const (
	otlpInternal = 1
	otlpServer   = 2
	otlpClient   = 3
	otlpError    = 2
)

// The attributes. Names without the prefix are those of OpenTelemetry's
// semantic conventions.
const (
	attrService   = "service.name"
	attrInstance  = "service.instance.id"
	attrStatus    = "http.response.status_code"
	attrError     = "error.type"
	attrResend    = "http.request.resend_count"
	attrServer    = "server.address"
	attrPath      = "url.path"
	attrPart      = "windtunnel.part"
	attrEndpoint  = "windtunnel.endpoint"
	attrHedge     = "windtunnel.hedge"
	attrLost      = "windtunnel.lost"
	attrFallback  = "windtunnel.fallback"
	attrCold      = "windtunnel.cold"
	attrMissing   = "windtunnel.missing"
	attrOpaque    = "windtunnel.opaque"
	attrSeq       = "windtunnel.seq"
	attrPhase     = "windtunnel.phase"
	attrReason    = "windtunnel.kept"
	attrPartial   = "windtunnel.partial"
	attrOrigin    = "windtunnel.origin_unix_nano"
	attrCounts    = "windtunnel.requests"
	attrFailed    = "windtunnel.requests.failed"
	attrSlow      = "windtunnel.requests.slow"
	attrSampled   = "windtunnel.requests.sampled"
	attrDropped   = "windtunnel.traces.dropped"
	scopeName     = "windtunnel"
	traceIDLength = 32
)

// source is where spans come from.
type source struct{ node, instance string }

// outside is who sends requests.
var outside = source{GeneratorNode, GeneratorNode}

func (s source) resource() *otlpResourceSpans {
	return &otlpResourceSpans{
		Resource:   otlpResource{attributes{}.text(attrService, s.node).text(attrInstance, s.instance)},
		ScopeSpans: []otlpScopeSpans{{Scope: otlpScope{Name: scopeName}, Spans: []otlpSpan{}}},
	}
}

// sortedSources puts the outside first.
func sortedSources(by map[source]*otlpResourceSpans) []source {
	return slices.SortedFunc(maps.Keys(by), func(a, b source) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(len(a.instance), len(b.instance)), cmp.Compare(a.instance, b.instance))
	})
}

// attributes is a list in the making. What has its zero value is left out.
type attributes []otlpAttribute

func (a attributes) text(key, v string) attributes {
	if v == "" {
		return a
	}
	return append(a, otlpAttribute{key, otlpValue{String: &v}})
}

func (a attributes) number(key string, v int64) attributes {
	if v == 0 {
		return a
	}
	n := otlpInt(v)
	return append(a, otlpAttribute{key, otlpValue{Int: &n}})
}

func (a attributes) truth(key string, v bool) attributes {
	if !v {
		return a
	}
	return append(a, otlpAttribute{key, otlpValue{Bool: &v}})
}

func (c TraceCounts) attributes(origin time.Time) []otlpAttribute {
	began := otlpInt(origin.UnixNano())
	return attributes{{attrOrigin, otlpValue{Int: &began}}}.number(attrCounts, int64(c.Requests)).number(attrFailed, int64(c.Failed)).
		number(attrSlow, int64(c.Slow)).number(attrSampled, int64(c.Sampled)).number(attrDropped, int64(c.Dropped))
}

// export returns the spans and about how many bytes they take.
func (t *Trace) export(origin time.Time) (spans []otlpSpan, size int, err error) {
	id := fmt.Sprintf("%016x%016x", t.High, t.Low)
	for i := range t.Spans {
		s := t.Spans[i].export(id, origin)
		if i == 0 {
			a := attributes(s.Attributes)
			s.Attributes = a.number(attrSeq, int64(t.Seq)).text(attrPhase, t.Phase).text(attrReason, t.Reason).truth(attrPartial, t.Partial)
		}
		text, err := json.Marshal(s)
		if err != nil {
			return nil, 0, err
		}
		spans, size = append(spans, s), size+len(text)+1
	}
	return spans, size, nil
}

func (s *Span) export(traceID string, origin time.Time) otlpSpan {
	out := otlpSpan{TraceID: traceID, SpanID: fmt.Sprintf("%016x", s.ID), Name: s.Name, Kind: otlpInternal,
		Start: otlpInt(origin.Add(s.Begin).UnixNano()), End: otlpInt(origin.Add(s.End).UnixNano())}
	if s.Parent != 0 {
		out.ParentSpanID = fmt.Sprintf("%016x", s.Parent)
	}
	a := attributes{}.text(attrPart, string(s.Part)).number(attrStatus, int64(s.Status)).text(attrServer, s.To).text(attrEndpoint, s.Endpoint)
	switch s.Part {
	case PartRequest:
		out.Kind = otlpClient
	case PartAttempt:
		out.Kind = otlpClient
		a = a.number(attrResend, int64(s.Number)-1)
	case PartServe:
		out.Kind = otlpServer
		if strings.HasPrefix(s.Name, "/") {
			a = a.text(attrPath, s.Name)
		}
	}
	if s.Cause != policy.OK {
		a = a.text(attrError, string(s.Cause))
		out.Status = otlpStatus{otlpError, string(s.Cause)}
	}
	out.Attributes = a.truth(attrHedge, s.Hedge).truth(attrLost, s.Lost).truth(attrFallback, s.Fallback).truth(attrCold, s.Cold).
		truth(attrMissing, s.Missing).truth(attrOpaque, s.Opaque)
	return out
}

// parseID reads an id of 16 digits; 0 is none.
func parseID(text string) (uint64, bool) {
	var b [8]byte
	if len(text) != 16 {
		return 0, false
	}
	if _, err := hex.Decode(b[:], []byte(text)); err != nil {
		return 0, false
	}
	id := uint64(0)
	for _, digit := range b {
		id = id<<8 | uint64(digit)
	}
	return id, id != 0
}
