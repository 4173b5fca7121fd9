package record

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// Invocation is one request that an instance of a function served: what a
// provider bills. Durations are raw; price books round. One that has left was
// served by none and is not billed: its caller's patience ended while an instance
// was starting, so the record of the request cannot know that it met a cold start.
type Invocation struct {
	At       time.Duration // when it was sent to the instance; of one that has left, when it came to the front
	Node     string        // the function
	Instance string
	Duration time.Duration // of the operation
	Init     time.Duration // of the instance, with its first invocation alone
	Cold     time.Duration // what the request had waited for the instance to start
	Memory   unit.Bytes    // the instance's limit; 0: none
	Cause    policy.Cause
	Left     bool // before an instance was there to serve it
}

// The columns of invocations.csv.zst.
const (
	invAt = iota
	invNode
	invInstance
	invDuration
	invInit
	invCold
	invMemory
	invCause
	invLeft
)

var invocationColumns = []string{"at_ms", "node", "instance", "duration_ms", "init_ms", "cold_ms", "memory_bytes", "cause", "left"}

// laterColumns are those of the last ones that the first records did not have.
const laterColumns = 1

// leftWord is what the column says of those that have left.
const leftWord = "left"

func appendInvocation(b []byte, i *Invocation) []byte {
	b = appendMillis(b, i.At)
	b = appendField(append(b, ','), i.Node)
	b = appendField(append(b, ','), i.Instance)
	b = appendMillis(append(b, ','), i.Duration)
	b = appendMillis(append(b, ','), i.Init)
	b = appendMillis(append(b, ','), i.Cold)
	b = appendCount(append(b, ','), int64(i.Memory))
	b = appendField(append(b, ','), string(i.Cause))
	b = append(b, ',')
	if i.Left {
		b = append(b, leftWord...)
	}
	return append(b, '\n')
}

func (t *table) invocation() (Invocation, error) {
	i := Invocation{
		At: t.duration(invAt), Node: t.text(invNode), Instance: t.text(invInstance),
		Duration: t.duration(invDuration), Init: t.duration(invInit), Cold: t.duration(invCold),
		Memory: unit.Bytes(t.int(invMemory)), Cause: policy.Cause(t.text(invCause)),
		Left: t.text(invLeft) == leftWord,
	}
	if i.Cause != policy.OK && !slices.Contains(causes, i.Cause) {
		t.fail(fmt.Errorf("%q is no cause of failure", i.Cause))
	}
	return i, t.check()
}

// invocationFile is made when the first invocation comes: a run without
// functions has none.
type invocationFile struct {
	dir    string
	steady bool
	file   *textFile
	packer *zstd.Encoder
}

func (f *invocationFile) write(line []byte) error {
	if f.file == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	_, err := f.packer.Write(line)
	return err
}

func (f *invocationFile) open() (err error) {
	if f.file, err = createFile(f.dir, invocationsFile); err != nil {
		return err
	}
	if f.packer, err = newPacker(f.file); err != nil {
		return err
	}
	_, err = f.packer.Write([]byte(strings.Join(invocationColumns, ",") + "\n"))
	return err
}

func (f *invocationFile) flush() error {
	if f.file == nil {
		return nil
	}
	var err error
	if !f.steady && f.packer != nil {
		err = f.packer.Flush()
	}
	return errors.Join(err, f.file.Flush())
}

func (f *invocationFile) close() error {
	var err error
	if f.packer != nil {
		err = f.packer.Close()
	}
	return errors.Join(err, f.file.close())
}

// Invocations yields the invocations of functions in the order in which they
// ended, none where there is no function. Errors are as those of Requests.
func (r *Run) Invocations() iter.Seq2[Invocation, error] {
	return func(yield func(Invocation, error) bool) {
		f, err := os.Open(filepath.Join(r.Dir, invocationsFile))
		switch {
		case errors.Is(err, os.ErrNotExist):
			return
		case err != nil:
			yield(Invocation{}, fmt.Errorf("read invocations: %w", err))
			return
		}
		defer f.Close()
		eachRow(f, "invocations", invocationColumns, laterColumns, (*table).invocation, sampled(r, yield, Sampling.keepsInvocation))
	}
}

// eachRow yields what a compressed table holds, under the name that errors call
// it. The last columns, so many, may be missing.
func eachRow[T any](compressed io.Reader, name string, columns []string, missing int, parse func(*table) (T, error), yield func(T, error) bool) {
	var none T
	// Bounded memory: the file may be anything. One thread decompresses, beside the one that parses.
	z, err := zstd.NewReader(compressed, zstd.WithDecoderConcurrency(2),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		yield(none, fmt.Errorf("read %s: %w", name, err))
		return
	}
	defer z.Close()
	t, err := openTable(z, columns, missing)
	for bad := 0; err == nil && bad < maxBadRows; {
		var row T
		if err = t.next(); err == nil {
			row, err = parse(t)
		}
		if err != nil {
			var wrong *rowError
			if !errors.As(err, &wrong) {
				break
			}
			bad++
			err = fmt.Errorf("read %s: %w", name, err)
		}
		if !yield(row, err) {
			return
		}
		err = nil
	}
	if err != nil && err != io.EOF {
		yield(none, fmt.Errorf("read %s: %w", name, err))
	}
}
