package record

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// sampleInvocation is the i-th of two functions'.
func sampleInvocation(i int) Invocation {
	v := Invocation{At: time.Duration(i) * 10 * time.Millisecond, Node: "pay", Instance: fmt.Sprint("pay-", i%3+1),
		Duration: 1500*time.Microsecond + time.Duration(i), Memory: 128 << 20}
	if i < 3 {
		v.Init, v.Cold = 40*time.Millisecond, 70*time.Millisecond
	}
	if i%4 == 3 {
		v.Node, v.Instance, v.Cause, v.Memory, v.Duration = "mail", "mail-1", policy.Reset, 0, 4*time.Millisecond
	}
	return v
}

// scaledEvents are those of a fleet of up to two and a paused one, of 10 s.
func scaledEvents() []Event {
	of := func(at time.Duration, kind, instance string) Event {
		return Event{At: at, Kind: kind, Node: "pay", Instance: instance}
	}
	return []Event{
		of(-second, InstanceStart, "pay-1"), of(-second/2, InstancePaused, "pay-1"),
		{At: second, Kind: Scale, Node: "pay", From: "0", To: "2", Reason: "2 at once"},
		of(second, InstanceStart, "pay-2"), of(2*second, InstanceReady, "pay-1"), of(2*second, InstanceReady, "pay-2"),
		of(5*second, InstanceStop, "pay-1"), of(7*second, InstanceStop, "pay-2"),
		{At: 3 * second, Kind: InstanceStart, Node: "shop", Instance: "shop-1"}, // which no scaler has a say in
		{At: 10 * second, Kind: RunEnded},
		of(11*second, InstanceStart, "pay-3"), // belongs to no load
	}
}

// writeFunctions leaves a run of n invocations, of which the record keeps one in so many.
func writeFunctions(t testing.TB, n int, oneIn uint64) string {
	t.Helper()
	id := sampleIdentity()
	id.Sampling.OneIn = oneIn
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, id, []byte("scenario: outage\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range scaledEvents() {
		w.Event(e)
	}
	for i := range n {
		w.Invocation(sampleInvocation(i))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteResult(dir, map[string]any{"format": Format, "verdict": "pass"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func load(t testing.TB, dir string) *Run {
	t.Helper()
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// invocationsOf collects a stream; the errors come as texts.
func invocationsOf(r *Run) (all []Invocation, errs []string) {
	for i, err := range r.Invocations() {
		if err != nil {
			errs = append(errs, fmt.Sprint(err))
			continue
		}
		all = append(all, i)
	}
	return all, errs
}

func TestInvocationsAreRead(t *testing.T) {
	const n = 40
	run := load(t, writeFunctions(t, n, 0))
	if run.Partial {
		t.Errorf("partial: %q", run.Damage)
	}
	got, errs := invocationsOf(run)
	if len(got) != n || len(errs) > 0 {
		t.Fatalf("%d of %d invocations, %q", len(got), n, errs)
	}
	for i := range got {
		equal(t, fmt.Sprint("invocation ", i), got[i], sampleInvocation(i))
	}
	taken := 0
	for range run.Invocations() {
		if taken++; taken == 2 {
			break
		}
	}
}

// TestARunWithoutFunctions has no file of them, and is whole.
func TestARunWithoutFunctions(t *testing.T) {
	dir := writeSample(t, 3)
	for _, name := range []string{invocationsFile, billsFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	run := load(t, dir)
	if got, errs := invocationsOf(run); len(got)+len(errs) > 0 || run.Partial || run.Bills != nil || run.Fleets != nil {
		t.Errorf("%d invocations, %q, bills %+v, fleets %+v", len(got), errs, run.Bills, run.Fleets)
	}
}

// TestInvocationsKeepEverything but control characters in names.
func TestInvocationsKeepEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.Map(rapid.Int64Range(0, 1<<58), func(n int64) time.Duration { return time.Duration(n) })
		want := Invocation{At: span.Draw(t, "at"), Node: rapid.String().Draw(t, "node"), Instance: rapid.String().Draw(t, "instance"),
			Duration: span.Draw(t, "duration"), Init: span.Draw(t, "init"), Cold: span.Draw(t, "cold"),
			Memory: unit.Bytes(rapid.Int64Range(0, 1<<53).Draw(t, "memory")), Cause: rapid.SampledFrom(append(policy.Causes(), policy.OK)).Draw(t, "cause"), Left: rapid.Bool().Draw(t, "left")}
		text := append([]byte(strings.Join(invocationColumns, ",")+"\n"), appendInvocation(nil, &want)...)
		table, err := openTable(bytes.NewReader(text), invocationColumns, 0)
		if err == nil {
			err = table.next()
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := table.invocation()
		want.Node, want.Instance = clean(want.Node), clean(want.Instance)
		if err != nil || got != want {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
	})
}

// wantBills is what n sample invocations add up to.
func wantBills(n int) []Bill {
	bills := []Bill{{Node: "mail"}, {Node: "pay"}}
	counts := []map[uint64]uint64{{}, {}}
	for i := range n {
		v := sampleInvocation(i)
		at := 1
		if v.Node == "mail" {
			at = 0
		}
		b := &bills[at]
		b.Invocations++
		b.Duration += v.Duration
		b.Memory = int64(v.Memory)
		if v.Cause != policy.OK {
			b.Failed++
		}
		if v.Cold > 0 {
			b.Cold++
			b.Waited += v.Cold
		}
		if v.Init > 0 {
			b.Inits++
			b.Init += v.Init
		}
		counts[at][2*uint64(2-at)]++ // 1.5 ms and a bit are two, 4 ms are four
	}
	bills[0].Millis, bills[1].Millis = [][2]uint64{{4, counts[0][4]}}, [][2]uint64{{2, counts[1][2]}}
	return bills
}

// TestBillsCountEverything, also where the lines are a sample.
func TestBillsCountEverything(t *testing.T) {
	const n = 400
	for _, oneIn := range []uint64{0, 1, 8} {
		lines, id := 0, sampleIdentity()
		for i := range n {
			if v := sampleInvocation(i); (Sampling{oneIn}).keepsInvocation(sampleDraws(&id), &v) {
				lines++
			}
		}
		if oneIn == 8 && (lines < n/16 || lines > n/4) {
			t.Errorf("one in 8 of %d is %d", n, lines)
		}
		run := load(t, writeFunctions(t, n, oneIn))
		equal(t, fmt.Sprintf("bills, one in %d kept", oneIn), run.Bills, wantBills(n))
		if got, errs := invocationsOf(run); len(got) != lines || len(errs) > 0 {
			t.Errorf("one in %d: %d lines, want %d; %q", oneIn, len(got), lines, errs)
		}
	}
}

func TestBillsRoundUp(t *testing.T) {
	var b bills
	for _, d := range []time.Duration{-5, 0, 1, time.Millisecond, time.Millisecond + 1, 1999 * time.Microsecond, 2 * time.Millisecond} {
		b.add(&Invocation{Node: "f", Duration: d})
	}
	equal(t, "by whole milliseconds", b.list()[0].Millis, [][2]uint64{{0, 2}, {1, 2}, {2, 3}})
}

func TestFleetsAreCounted(t *testing.T) {
	run := load(t, writeFunctions(t, 1, 0))
	// pay-1 lives from before the begin to 5 s, of which it is frozen for 2 s; pay-2 from 1 s to 7 s.
	equal(t, "fleets", run.Fleets, []Fleet{{Node: "pay", Started: 2, Peak: 2,
		Alive: 5*second + 6*second, Ready: 3*second + 5*second, Paused: 2 * second}})
}

// TestEventsBeyondTheLimitAreCounted: the record of a long day keeps the first
// events of instances and scalers, says so once, and counts all.
func TestEventsBeyondTheLimitAreCounted(t *testing.T) {
	const pairs = maxFleetEvents/2 + 500
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Event(Event{Kind: Scale, Node: "pay", From: "0", To: "1"})
	for i := range pairs {
		at := time.Duration(i) * time.Millisecond
		w.Event(Event{At: at, Kind: InstanceStart, Node: "pay", Instance: "pay-1"})
		w.Event(Event{At: at + time.Millisecond/2, Kind: InstanceStop, Node: "pay", Instance: "pay-1"})
	}
	w.Event(Event{At: pairs * time.Millisecond, Kind: FaultHealed, Name: "down"})
	w.Event(Event{At: pairs * time.Millisecond, Kind: RunEnded})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run := load(t, dir)
	equal(t, "fleets", run.Fleets, []Fleet{{Node: "pay", Started: pairs, Alive: pairs * time.Millisecond / 2}})
	kinds := map[string]int{}
	for _, e := range run.Events {
		kinds[e.Kind]++
	}
	if kept := kinds[InstanceStart] + kinds[InstanceStop] + kinds[Scale]; kept != maxFleetEvents || kinds[Note] != 1 || kinds[FaultHealed] != 1 || kinds[RunEnded] != 1 {
		t.Errorf("kept %v", kinds)
	}
}

// TestFunctionFilesCutAnywhere: what is read then is the beginning of what was
// written; the rest of the record is whole.
func TestFunctionFilesCutAnywhere(t *testing.T) {
	whole := writeFunctions(t, 150, 0)
	full := load(t, whole)
	invocations, _ := invocationsOf(full)
	for _, name := range []string{invocationsFile, billsFile} {
		text, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(text); at += max(1, len(text)/60) {
			if err := os.WriteFile(filepath.Join(dir, name), text[:at], 0o644); err != nil {
				t.Fatal(err)
			}
			run := load(t, dir)
			got, errs := invocationsOf(run)
			if !run.Partial && len(errs) == 0 && len(got) != len(invocations) {
				t.Fatalf("%s cut at %d of %d is not noticed", name, at, len(text))
			}
			prefix(t, name, at, got, invocations)
			if !run.Partial {
				equal(t, "bills", run.Bills, full.Bills)
				equal(t, "fleets", run.Fleets, full.Fleets)
			}
			equal(t, "events", run.Events, full.Events)
		}
		os.Remove(filepath.Join(dir, name))
		if _, errs := invocationsOf(load(t, dir)); len(errs) > 0 {
			t.Errorf("without %s: %q", name, errs)
		}
	}
}

// TestAnOpenRunTellsItsInvocations: what was handed in a while ago can be read
// though the run goes on.
func TestAnOpenRunTellsItsInvocations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Invocation(sampleInvocation(0))
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if got, _ := invocationsOf(load(t, dir)); len(got) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it cannot be read")
		}
	}
}

func FuzzInvocations(f *testing.F) {
	dir := writeFunctions(f, 20, 0)
	text, err := os.ReadFile(filepath.Join(dir, invocationsFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		eachRow(bytes.NewReader(text), "invocations", invocationColumns, laterColumns, (*table).invocation, func(Invocation, error) bool {
			n++
			return n < 10_000
		})
	})
}
