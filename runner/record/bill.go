package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Bill is all invocations of one function, counted as they are billed, also
// where the record keeps a sample of them alone. How long its instances lived is
// told by their events.
type Bill struct {
	Node        string        `json:"node"`
	Memory      int64         `json:"memory_bytes"` // of an instance; 0: no limit
	Invocations uint64        `json:"invocations"`
	Failed      uint64        `json:"failed,omitempty"`
	Cold        uint64        `json:"cold,omitempty"` // that waited for their instance to start
	Left        uint64        `json:"left,omitempty"` // requests that left while an instance was starting: none of the invocations
	Duration    time.Duration `json:"duration_ns"`    // of all, raw
	Waited      time.Duration `json:"waited_ns"`      // for instances to start
	Inits       uint64        `json:"inits,omitempty"`
	Init        time.Duration `json:"init_ns,omitempty"` // of all instances that were invoked
	// Millis counts the invocations by their duration, rounded up to whole
	// milliseconds: [milliseconds, invocations], in order. From it every book that
	// rounds to a millisecond or to more is exact.
	Millis [][2]uint64 `json:"millis"`
}

// bills counts invocations by function. It is safe for concurrent use.
type bills struct {
	mu  sync.Mutex
	all map[string]*bill
	one *bill // of the function that was invoked last, which is often the next
}

type bill struct {
	Bill
	millis map[uint64]uint64
}

func (b *bills) add(i *Invocation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.one == nil || b.one.Node != i.Node {
		b.one = b.of(i.Node)
	}
	c := b.one
	c.Memory = int64(i.Memory)
	if i.Left {
		c.Left++
		return
	}
	c.Invocations++
	c.Duration += i.Duration
	if i.Cause != "" {
		c.Failed++
	}
	if i.Cold > 0 {
		c.Cold++
		c.Waited += i.Cold
	}
	if i.Init > 0 {
		c.Inits++
		c.Init += i.Init
	}
	c.millis[uint64((max(i.Duration, 0)+time.Millisecond-1)/time.Millisecond)]++
}

func (b *bills) of(node string) *bill {
	if b.all == nil {
		b.all = map[string]*bill{}
	}
	if b.all[node] == nil {
		b.all[node] = &bill{Bill: Bill{Node: node}, millis: map[uint64]uint64{}}
	}
	return b.all[node]
}

// list returns what was counted, by function.
func (b *bills) list() []Bill {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Bill
	for _, name := range sorted(b.all) {
		one := b.all[name].Bill
		for _, ms := range slices.Sorted(maps.Keys(b.all[name].millis)) {
			one.Millis = append(one.Millis, [2]uint64{ms, b.all[name].millis[ms]})
		}
		all = append(all, one)
	}
	return all
}

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// billing is what bills.json holds.
type billing struct {
	Functions []Bill  `json:"functions"`
	Fleets    []Fleet `json:"fleets"`
}

// write writes what was counted; nothing where no node is scaled.
func (b *billing) write(dir string) error {
	if len(b.Functions)+len(b.Fleets) == 0 {
		return nil
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write %s: %w", billsFile, err)
	}
	return writeWhole(dir, billsFile, append(text, '\n'))
}

// readBilling reads the bills of a run; there are none where no node is scaled.
func readBilling(dir string) (billing, error) {
	var b billing
	text, err := os.ReadFile(filepath.Join(dir, billsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	return b, err
}
