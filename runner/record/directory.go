package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of a run directory.
const (
	identityFile = "identity.json"    // written first
	resolvedFile = "resolved.yaml"    // written second: the input with every default filled in
	eventsFile   = "events.ndjson"    // what happened
	requestsFile = "requests.csv.zst" // a line a request
	// What functions were invoked for; a run without functions has neither.
	invocationsFile = "invocations.csv.zst" // a line an invocation
	billsFile       = "bills.json"          // all of them, counted by duration
	// Of a sampled record: all requests, counted by entry and phase. Written anew
	// now and then while the run lasts.
	histogramsFile = "histograms.json"
	seriesFile     = "series.csv"  // a line a second for each instance and edge
	tracesFile     = "traces.json" // an ExportTraceServiceRequest of OTLP/JSON; a run that traces nothing has none
	logsDir        = "logs"        // a file an instance
	resultFile     = "run.json"    // written last; its absence means partial
	latestLink     = "latest"      // beside the run directories
)

// NewDir names the directory of a run below root, "runs" as a rule:
// 20260102T030405Z-payments-outage-shop-monolith-k3x9. It makes nothing.
func NewDir(root string, at time.Time, scenario, topology, id string) string {
	parts := []string{at.UTC().Format("20060102T150405Z")}
	for _, s := range []string{scenario, topology, id} {
		if s = fileName(s); s != "" {
			parts = append(parts, s)
		}
	}
	return filepath.Join(root, strings.Join(parts, "-"))
}

// fileName makes a name fit for a file: letters, digits, dots inside, and
// hyphens for the rest.
func fileName(s string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, s)
	return strings.Trim(name[:min(len(name), 80)], ".-")
}

// PointLatest makes the link `latest` beside dir lead to dir, in one step:
// whoever follows it meets the old run or the new one. A `latest` that is no
// link is left alone, and is an error.
func PointLatest(dir string) error {
	link := filepath.Join(filepath.Dir(dir), latestLink)
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("point %s to the run: it exists and is no link", link)
	}
	next := filepath.Join(filepath.Dir(dir), "."+latestLink+"-"+filepath.Base(dir))
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("point %s to the run: %w", link, err)
	}
	if err := os.Symlink(filepath.Base(dir), next); err != nil {
		return fmt.Errorf("point %s to the run: %w", link, err)
	}
	if err := os.Rename(next, link); err != nil {
		os.Remove(next)
		return fmt.Errorf("point %s to the run: %w", link, err)
	}
	return nil
}

// WriteResult writes v as run.json, in one step: the file is whole or is not
// there. It is the last thing that a run does.
func WriteResult(dir string, v any) error {
	text, err := encodeJSON(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", resultFile, err)
	}
	return writeWhole(dir, resultFile, text)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a check reads `<` rather than \u003c
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// writeWhole writes a file under another name, waits until it is on the disk
// and renames it.
func writeWhole(dir, name string, text []byte) (err error) {
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err == nil {
		err = syncDir(dir)
	}
	return err
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
