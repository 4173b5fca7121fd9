package arrival

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"time"

	"windtunnel/fixtures/traces"
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Trace replays arrivals that were recorded elsewhere. The file is read once,
// by Validate or by the first use, and then kept.
type Trace struct {
	File     string            `yaml:"file,value" path:"true" doc:"a CSV file, relative to the YAML file; it or sample"`
	Sample   string            `yaml:"sample" registry:"sample trace" doc:"a trace that is shipped with windtunnel, by name"`
	Format   string            `yaml:"format" default:"auto" oneof:"auto,timestamps,minutes" doc:"what the file holds; auto looks at its first line"`
	Function string            `yaml:"function" doc:"Azure layout: the HashFunction to replay; empty: all of them added up"`
	By       string            `yaml:"by" default:"mix" oneof:"mix,function" doc:"who says what an arrival asks: the scenario's mix, or (Azure layout) its function, which is the entry of its name"`
	Entries  map[string]string `yaml:"entries" doc:"by function: the entry that a function stands for, by HashFunction, where it is not the one of its name"`
	From     time.Duration     `yaml:"from" default:"0s" doc:"where in the trace the phase begins"`
	Scale    float64           `yaml:"scale" default:"1" doc:"times as many arrivals; below 1 each function's and each minute's are thinned by lot"`
	Speed    float64           `yaml:"speed" default:"1" doc:"times as fast"`

	mu       sync.Mutex
	read     bool
	recorded recording
	routes   routes
	err      error
}

// byFunction is the By of a trace whose arrivals name their entries.
const byFunction = "function"

// recording is what a trace file holds.
type recording interface {
	arrivals(w window, length time.Duration, id work.Identity) iter.Seq[time.Duration]
	rate(w window, t time.Duration) float64
	highest(w window, length time.Duration) float64
	length() time.Duration // of the recorded time
}

// window is how a phase looks at a recording.
type window struct {
	from         time.Duration
	scale, speed float64
}

// recordedAt returns the recorded time that the phase's t shows.
func (w window) recordedAt(t time.Duration) time.Duration {
	return w.from + bounded(float64(t)*w.speed)
}

// shownAt returns when in the phase the recorded time t is shown; before 0: it is not.
func (w window) shownAt(t time.Duration) time.Duration {
	return bounded(float64(t-w.from) / w.speed)
}

// bounded keeps extreme speeds from overflowing: a century is past every phase.
func bounded(t float64) time.Duration {
	const century = float64(100 * 365 * 24 * time.Hour)
	return time.Duration(max(-century, min(t, century)))
}

// Validate implements Process. It reads the file; its problems are placed
// there, one a line.
func (t *Trace) Validate(time.Duration) error {
	var errs []error
	for _, f := range []struct {
		name  string
		value float64
	}{{"scale", t.Scale}, {"speed", t.Speed}} {
		if !(f.value >= 1e-6 && f.value <= 1e6) {
			errs = append(errs, fmt.Errorf("%s is %g: it lies between 0.000001 and 1000000", f.name, f.value))
		}
	}
	recorded, err := t.load()
	switch {
	case err != nil:
		errs = append(errs, err)
	case t.From < 0 || t.From >= recorded.length():
		errs = append(errs, fmt.Errorf("from is %s, but %s holds %s", t.From, t.name(), recorded.length()))
	}
	return errors.Join(errs...)
}

// Vet checks that the fields agree.
func (t *Trace) Vet(add func(key, message string)) {
	switch {
	case t.File == "" && t.Sample == "":
		add("", "it names no trace: add `file: day.csv`, or `sample: "+traces.Names()[0]+"`")
	case t.File != "" && t.Sample != "":
		add("sample", "either `file` or `sample`, not both")
	}
	switch {
	case t.By == byFunction && t.Function != "":
		add("function", "`by: function` replays all of them: leave `function` out, or `by`")
	case t.By != byFunction && len(t.Entries) > 0:
		add("entries", "it says what functions ask, and the mix says it here: add `by: function`")
	}
}

// name is what messages call the trace.
func (t *Trace) name() string {
	if t.Sample != "" {
		return "sample " + t.Sample
	}
	return t.File
}

// Rate implements Open: the recorded minute's mean, or for timestamps that of
// the recorded second. It is 0 where the file cannot be read.
func (t *Trace) Rate(at, _ time.Duration) float64 {
	recorded, err := t.load()
	if err != nil {
		return 0
	}
	return recorded.rate(t.window(), at)
}

// Highest implements Open.
func (t *Trace) Highest(length time.Duration) float64 {
	recorded, err := t.load()
	if err != nil {
		return 0
	}
	return recorded.highest(t.window(), length)
}

// Arrivals implements Open. There are none past the trace's end, nor where the
// file cannot be read: Validate tells why.
func (t *Trace) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	recorded, err := t.load()
	if err != nil {
		return func(func(time.Duration) bool) {}
	}
	return recorded.arrivals(t.window(), length, id)
}

func (t *Trace) window() window { return window{t.From, t.Scale, t.Speed} }

func (t *Trace) load() (recording, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.read {
		t.recorded, t.err = t.open()
		if f, ok := t.recorded.(*functions); ok && t.err == nil {
			t.routes, t.err = newRoutes(f, t.Entries)
		}
		t.read = true
	}
	return t.recorded, t.err
}

// scaled returns how many arrivals stand for n recorded ones: n × scale, with
// the fraction's arrival present in its share of the draws.
func (w window) scaled(n float64, id work.Identity) uint64 {
	whole, part := math.Modf(n * w.scale)
	if id.Named("scale").Float64() < part {
		whole++
	}
	return uint64(whole)
}

// scatter yields n instants, in order, as n independent uniform draws within
// begin and begin+length would lie. Each is made from the one before, as the
// least of the n-k that remain (Rényi's representation), so none is stored.
func scatter(n uint64, begin, length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		at := 0.0
		for k := range n {
			at += (1 - at) * -math.Expm1(-id.Child(k).Exponential()/float64(n-k))
			if !yield(begin + time.Duration(min(at, 1)*float64(length))) {
				return
			}
		}
	}
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "trace",
		Doc: "arrivals recorded elsewhere, from a CSV file\n" +
			"`{trace: visits.csv}` or `{trace: {file: day.csv, from: 10h, speed: 60, scale: 0.01}}`. The file holds\n" +
			"timestamps (the first column: seconds, or RFC 3339; they count from the first), or counts per minute: one\n" +
			"row of them, or the layout of the Azure Functions trace of 2019 (HashOwner, HashApp, HashFunction, Trigger,\n" +
			"1…1440), whose functions are added up unless `function:` picks one. A minute's arrivals lie in it as\n" +
			"independent uniform draws: all at its first second would be a burst that never happened. Lines that begin\n" +
			"with # are comments. Past the trace's end nothing arrives.\n\n" +
			"`{trace: {file: day.csv, by: function}}` asks no mix: each function is the entry of its name, or the one\n" +
			"that `entries: {HASH: entry}` gives it. Several functions may share an entry. A scale below 1 thins each\n" +
			"function for itself and by lot, so that one which is seldom invoked still is.\n\n" +
			"`{trace: {sample: shop-day, by: function}}` reads a trace that is shipped (`windtunnel list traces`).",
		New: func() Process { return &Trace{Scale: 1, Speed: 1} },
	})
}
