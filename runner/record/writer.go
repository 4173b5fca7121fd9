package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// flushEvery bounds what a killed run loses, and how far a live view lags.
	flushEvery = 250 * time.Millisecond
	// countEvery is how often the histograms of a sampled record are written.
	countEvery = 5 * time.Second
	// wakeAt is how many observations wait before the writer is woken early.
	wakeAt = 8 << 10
	// roomFor is how many may wait at all. A live run stays far below it, even
	// when the disk stalls for seconds; a simulated one may be faster than the
	// disk and must then wait for it.
	roomFor = 1 << 18
)

// Writer writes a run directory. What it is handed waits in memory for one
// goroutine that encodes and writes it, so that the load never waits for the disk.
type Writer struct {
	dir     string
	files   *files
	tallies *tallies // nil: every request is kept
	bills   bills
	fleets  fleets

	mu     sync.Mutex
	room   sync.Cond // of mu: the batch was taken
	batch  batch
	closed bool
	traces *Traces // nil: none were told of

	wake chan struct{}
	stop chan struct{}
	done chan struct{} // closed when the goroutine has ended
	err  error         // the first error; read after done
}

var _ Recorder = (*Writer)(nil)

// batch is what was handed in and is not yet written.
type batch struct {
	events   []Event
	requests []Request
	series   []seriesRow

	invocations []Invocation
}

// seriesRow is a sample of a node, or else of an edge. They stand in one line, as
// they were handed in: which batch one comes into hangs on the clock.
type seriesRow struct {
	node   NodeSample
	edge   EdgeSample
	isEdge bool
}

func (b *batch) size() int {
	return len(b.events) + len(b.requests) + len(b.series) + len(b.invocations)
}

// Create makes a run directory, which must not exist yet, with the identity and
// the resolved input, both on the disk when it returns. It fills in the format,
// and the digest where it is empty. Close the Writer in any case.
//
// The directory is made under a hidden name and renamed: to be cut off on the
// way leaves none that does not load.
func Create(dir string, id Identity, resolved []byte) (*Writer, error) {
	parent, hidden := filepath.Dir(dir), filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	if _, err := os.Lstat(dir); err == nil {
		return nil, fmt.Errorf("create run directory: %s: %w", dir, fs.ErrExist)
	}
	if err := os.Mkdir(hidden, 0o755); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	files, err := furnish(hidden, id, resolved)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(hidden))
	}
	if err := errors.Join(os.Rename(hidden, dir), syncDir(parent)); err != nil {
		return nil, errors.Join(fmt.Errorf("create run directory: %w", err), files.close(), os.RemoveAll(hidden))
	}
	var counted *tallies
	if id.Sampling.OneIn > 0 {
		counted = newTallies(&id)
	}
	files.invocations.dir = dir // it was furnished under its hidden name
	return start(dir, files, counted), nil
}

// furnish puts into an empty directory what a run begins with.
func furnish(dir string, id Identity, resolved []byte) (*files, error) {
	id.Format, id.Began = Format, id.Began.UTC()
	if id.Digest == "" {
		sum := sha256.Sum256(resolved)
		id.Digest = hex.EncodeToString(sum[:])
	}
	text, err := encodeJSON(id)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", identityFile, err)
	}
	if err := writeWhole(dir, identityFile, text); err != nil {
		return nil, err
	}
	if err := writeWhole(dir, resolvedFile, resolved); err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, logsDir), 0o755); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	return createFiles(dir, id.Engine == Simulated)
}

// start begins to write to files.
func start(dir string, files *files, counted *tallies) *Writer {
	w := &Writer{
		dir: dir, files: files, tallies: counted,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	w.room.L = &w.mu
	go w.run()
	return w
}

// Event records something that happened.
func (w *Writer) Event(e Event) {
	keep, last := w.fleets.add(&e)
	if !keep {
		return
	}
	if last {
		defer w.add(func(b *batch) {
			b.events = append(b.events, Event{At: e.At, Kind: Note, Name: "events",
				Reason: "there are more events of instances and scalers than a record keeps: from here on they are counted alone"})
		})
	}
	w.add(func(b *batch) { b.events = append(b.events, e) })
}

// Request records one arrival. What is handed in after Close is dropped, and so
// is, once it is counted, what a sampled record leaves out.
func (w *Writer) Request(r Request) {
	if w.tallies != nil && !w.tallies.take(&r) {
		return
	}
	w.add(func(b *batch) { b.requests = append(b.requests, r) })
}

// Invocation records an invocation of a function. All are counted; of a sampled
// record's as large a part is kept as of the requests.
func (w *Writer) Invocation(i Invocation) {
	w.bills.add(&i)
	if w.tallies != nil && !w.tallies.sampling().keepsInvocation(w.tallies.draws, &i) {
		return
	}
	w.add(func(b *batch) { b.invocations = append(b.invocations, i) })
}

// Node records a node's sample; its operations must not be changed afterwards.
func (w *Writer) Node(s NodeSample) {
	w.add(func(b *batch) { b.series = append(b.series, seriesRow{node: s}) })
}

// Edge records an edge's sample.
func (w *Writer) Edge(s EdgeSample) {
	w.add(func(b *batch) { b.series = append(b.series, seriesRow{edge: s, isEdge: true}) })
}

// Traces records the traces, which are written when the Writer is closed. They
// must not be changed afterwards.
func (w *Writer) Traces(t Traces) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.traces = &t
	}
}

// LogFile returns where the log of an instance belongs.
func (w *Writer) LogFile(instance string) string {
	return filepath.Join(w.dir, logsDir, fileName(instance)+".log")
}

// Dir returns the run directory.
func (w *Writer) Dir() string { return w.dir }

func (w *Writer) add(put func(*batch)) {
	w.mu.Lock()
	for w.batch.size() >= roomFor && !w.closed {
		w.room.Wait()
	}
	if w.closed {
		w.mu.Unlock()
		return
	}
	put(&w.batch)
	full := w.batch.size() == wakeAt
	w.mu.Unlock()
	if full {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Close writes what was handed in, waits until it is on the disk, and returns
// the first error that writing met, also earlier ones. It is safe twice.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.stop)
		w.room.Broadcast()
	}
	w.mu.Unlock()
	<-w.done
	if w.err != nil {
		return fmt.Errorf("write run directory: %w", w.err)
	}
	return nil
}

// run writes until it is stopped. After an error it goes on taking, so that
// nobody waits, and drops what it takes.
func (w *Writer) run() {
	defer close(w.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	flushed, spare := time.Now(), batch{}
	var counted time.Time
	for stopping := false; !stopping; {
		select {
		case <-w.wake:
		case <-tick.C:
		case <-w.stop:
			stopping = true
		}
		taken := w.take(spare)
		if w.err == nil && w.tallies != nil && w.tallies.sparser() {
			w.err = w.counts() // before what is sparser
		}
		if w.err == nil {
			w.err = w.files.write(&taken)
		}
		if now := time.Now(); w.err == nil && now.Sub(flushed) >= flushEvery/2 {
			w.err, flushed = w.files.flush(), now
		}
		if now := time.Now(); w.err == nil && now.Sub(counted) >= countEvery {
			w.err, counted = w.counts(), now
		}
		spare = emptied(taken)
	}
	if w.err == nil {
		w.err = w.counts()
	}
	if traces := w.traced(); w.err == nil && traces != nil {
		w.err = writeTraces(w.dir, traces)
	}
	w.err = errors.Join(w.err, w.files.close())
}

// counts writes what is counted beside what is kept.
func (w *Writer) counts() error {
	err := (&billing{w.bills.list(), w.fleets.all()}).write(w.dir)
	if w.tallies != nil {
		err = errors.Join(err, w.tallies.write(w.dir))
	}
	return err
}

func (w *Writer) traced() *Traces {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.traces
}

// take swaps the batch for an empty one.
func (w *Writer) take(empty batch) batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.batch
	w.batch = empty
	w.room.Broadcast()
	return taken
}

// emptied keeps the memory of a batch for the next.
func emptied(b batch) batch {
	clear(b.events)
	clear(b.requests)
	clear(b.series)
	clear(b.invocations)
	return batch{b.events[:0], b.requests[:0], b.series[:0], b.invocations[:0]}
}
