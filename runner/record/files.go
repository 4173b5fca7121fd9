package record

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// files are the three files that grow during a run.
type files struct {
	events, series *textFile
	requests       *textFile
	invocations    invocationFile
	packer         *zstd.Encoder // between the lines of requests and their file
	steady         bool          // its blocks end where they are full, and nowhere else
	line           []byte
}

// textFile is a file with a buffer in front of it.
type textFile struct {
	*bufio.Writer
	file *os.File
}

func createFile(dir, name string) (*textFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return &textFile{bufio.NewWriterSize(f, 64<<10), f}, nil
}

func (t *textFile) close() error {
	if t == nil {
		return nil
	}
	return errors.Join(t.Flush(), t.file.Sync(), t.file.Close())
}

// newPacker compresses with one thread and at the fastest level: the load needs
// the cores more than the disk needs the space.
func newPacker(w io.Writer) (*zstd.Encoder, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(256<<10))
}

// createFiles creates them with their headers. In steady ones equal lines make
// equal bytes, whenever they come; but a reader sees them a block later.
func createFiles(dir string, steady bool) (_ *files, err error) {
	f := &files{steady: steady, invocations: invocationFile{dir: dir, steady: steady}}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	if f.events, err = createFile(dir, eventsFile); err != nil {
		return nil, err
	}
	if f.series, err = createFile(dir, seriesFile); err != nil {
		return nil, err
	}
	if f.requests, err = createFile(dir, requestsFile); err != nil {
		return nil, err
	}
	if f.packer, err = newPacker(f.requests); err != nil {
		return nil, err
	}
	f.series.WriteString(strings.Join(seriesColumns, ",") + "\n")
	if _, err = f.packer.Write([]byte(strings.Join(requestColumns, ",") + "\n")); err != nil {
		return nil, err
	}
	return f, errors.Join(f.packer.Flush(), f.flush())
}

func (f *files) write(b *batch) error {
	for i := range b.events {
		line, err := appendEvent(f.line[:0], &b.events[i])
		if err != nil {
			return err
		}
		f.line = line
		if _, err := f.events.Write(line); err != nil {
			return err
		}
	}
	for i := range b.series {
		if row := &b.series[i]; row.isEdge {
			f.line = appendEdgeSample(f.line[:0], &row.edge)
		} else {
			f.line = appendNodeSample(f.line[:0], &row.node)
		}
		if _, err := f.series.Write(f.line); err != nil {
			return err
		}
	}
	for i := range b.requests {
		f.line = appendRequest(f.line[:0], &b.requests[i])
		if _, err := f.packer.Write(f.line); err != nil {
			return err
		}
	}
	for i := range b.invocations {
		f.line = appendInvocation(f.line[:0], &b.invocations[i])
		if err := f.invocations.write(f.line); err != nil {
			return err
		}
	}
	return nil
}

// flush hands everything to the operating system, in blocks that can be
// decoded without what follows; where the blocks are steady, all whole ones.
func (f *files) flush() error {
	var err error
	if !f.steady {
		err = f.packer.Flush()
	}
	return errors.Join(err, f.requests.Flush(), f.invocations.flush(), f.events.Flush(), f.series.Flush())
}

func (f *files) close() error {
	var err error
	if f.packer != nil {
		err = f.packer.Close()
	}
	return errors.Join(err, f.requests.close(), f.invocations.close(), f.events.close(), f.series.close())
}
