package record

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"windtunnel/topologies/policy"
)

// The columns of requests.csv.zst, in the order that appendRequest writes.
const (
	reqSeq = iota
	reqEntry
	reqPhase
	reqIntended
	reqSent
	reqFirstByte
	reqDone
	reqStatus
	reqCause
	reqAttempts
	reqCalls
	reqCold
	reqBytes
	reqPath
)

var requestColumns = []string{"seq", "entry", "phase", "intended_ms", "sent_ms", "first_byte_ms",
	"done_ms", "status", "cause", "attempts", "calls", "cold_ms", "bytes", "path"}

func appendRequest(b []byte, r *Request) []byte {
	b = strconv.AppendUint(b, r.Seq, 10)
	b = appendField(append(b, ','), r.Entry)
	b = appendField(append(b, ','), r.Phase)
	b = appendMillis(append(b, ','), r.Intended)
	b = appendMillis(append(b, ','), r.Sent)
	b = appendMillis(append(b, ','), r.FirstByte)
	b = appendMillis(append(b, ','), r.Done)
	b = appendCount(append(b, ','), int64(r.Status))
	b = appendField(append(b, ','), string(r.Cause))
	b = appendCount(append(b, ','), int64(r.Attempts))
	b = appendCount(append(b, ','), int64(r.Calls))
	b = appendMillis(append(b, ','), r.Cold)
	b = appendCount(append(b, ','), r.Bytes)
	b = appendField(append(b, ','), r.Path)
	return append(b, '\n')
}

// appendCount writes a number that cannot be negative; one that is, is 0.
func appendCount(b []byte, n int64) []byte { return strconv.AppendInt(b, max(n, 0), 10) }

func (t *table) request() (Request, error) {
	r := Request{
		Seq:       t.uint(reqSeq),
		Entry:     t.text(reqEntry),
		Phase:     t.text(reqPhase),
		Intended:  t.duration(reqIntended),
		Sent:      t.duration(reqSent),
		FirstByte: t.duration(reqFirstByte),
		Done:      t.duration(reqDone),
		Status:    t.int(reqStatus),
		Cause:     policy.Cause(t.text(reqCause)),
		Attempts:  t.int(reqAttempts),
		Calls:     t.int(reqCalls),
		Cold:      t.duration(reqCold),
		Bytes:     int64(t.int(reqBytes)),
		Path:      t.text(reqPath),
	}
	if r.Cause != policy.OK && !slices.Contains(causes, r.Cause) {
		t.fail(fmt.Errorf("%q is no cause of failure", r.Cause))
	}
	return r, t.check()
}

var causes = policy.Causes()

// maxBadRows ends the reading of a file that is not what its name says.
const maxBadRows = 100

// requestBytes is what a request takes in the file at the least, unless they are
// much like each other; most take 20.
const requestBytes = 16

// mostAbout bounds the guess: the file may be anything.
const mostAbout = 50_000_000

// AboutRequests guesses from the size of the file how many requests there are, as
// a rule too many, so that who keeps them can make room at once: at most 50
// million, and 0 where there is no file.
func (r *Run) AboutRequests() int {
	info, err := os.Stat(filepath.Join(r.Dir, requestsFile))
	if err != nil {
		return 0
	}
	return int(min(info.Size()/requestBytes, mostAbout))
}

// Requests yields the requests in the order in which they ended. An error in
// between is about one row, and the rest follows; an error at the end says why
// the file cannot be read further. What was yielded is good either way.
func (r *Run) Requests() iter.Seq2[Request, error] {
	return func(yield func(Request, error) bool) {
		f, err := os.Open(filepath.Join(r.Dir, requestsFile))
		if err != nil {
			yield(Request{}, fmt.Errorf("read requests: %w", err))
			return
		}
		defer f.Close()
		eachRow(f, "requests", requestColumns, 0, (*table).request, sampled(r, yield, Sampling.keepsRequest))
	}
}
