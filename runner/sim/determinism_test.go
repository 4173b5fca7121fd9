package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/work"
)

// goldenDigest is that of the payments outage of the shop with seed 1: events,
// series and requests. It changes where the simulator says something else than
// before, and then that is a thing to look at before this is. The functions of
// package math differ in their last digit between processors, so it is amd64's.
const goldenDigest = "d77b628fe13b31d971ce9404618c74d576df35334771f67fb9500227e111c8d3"

// livelyCosts make every part of the model take part.
func livelyCosts() Costs {
	return Costs{
		Cores: 2, Compute: 1.1, Idle: 0.001, Aside: 0.2, Generate: 90 * time.Microsecond,
		Hop:      work.Dist{Kind: work.Lognormal, A: 80 * time.Microsecond, B: 900 * time.Microsecond},
		EntryHop: work.Dist{Kind: work.Exponential, A: 100 * time.Microsecond},
		Wait:     work.Dist{Kind: work.Uniform, A: 0, B: time.Millisecond},
		Wake:     work.Dist{Kind: work.Pareto, A: 10 * time.Microsecond, Shape: 2},
		Start:    work.Dist{Kind: work.Lognormal, A: 20 * time.Millisecond, B: 60 * time.Millisecond},
		Kinds:    []KindCosts{{Kind: "gateway", Serve: 60 * time.Microsecond, Send: 50 * time.Microsecond}},
	}
}

// recorded runs a scenario of the catalogue into a run directory, and returns
// its files: as they are, and the requests unpacked.
func recorded(t *testing.T, scenario, topology string, seed uint64) map[string][]byte {
	t.Helper()
	return recordedBy(t, &Engine{Costs: livelyCosts()}, scenario, topology, seed)
}

func recordedBy(t *testing.T, engine *Engine, scenario, topology string, seed uint64) map[string][]byte {
	t.Helper()
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{scenario}, Topologies: []string{topology}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, record.Identity{Run: "x", Engine: record.Simulated, Seed: seed}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = engine.Run(context.Background(), runner.NewPlan("x", loaded[0].Scenario, loaded[0].Graph, seed, 1), w)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"events.ndjson", "series.csv", "requests.csv.zst", "traces.json"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	z, err := zstd.NewReader(bytes.NewReader(files["requests.csv.zst"]))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if files["requests.csv"], err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return files
}

func digest(files map[string][]byte) string {
	sum := sha256.New()
	for _, name := range []string{"events.ndjson", "series.csv", "requests.csv"} {
		sum.Write(files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// One seed gives the same bytes, however many threads there are and however
// the writer, which is another goroutine, keeps up.
func TestSameSeedSameBytes(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, topology := range []string{"shop-microservices", "shop-monolith"} {
		first := recorded(t, "payments-outage", topology, 7)
		if lines := bytes.Count(first["requests.csv"], []byte("\n")); lines < 5000 {
			t.Fatalf("%s: only %d requests", topology, lines)
		}
		for _, procs := range []int{1, 2, 4, 4} {
			runtime.GOMAXPROCS(procs)
			for name, text := range recorded(t, "payments-outage", topology, 7) {
				if !bytes.Equal(text, first[name]) {
					t.Errorf("%s with %d threads: %s differs, first at line %s", topology, procs, name, firstDifference(text, first[name]))
				}
			}
		}
	}
}

// Who follows a run changes nothing of it.
func TestFollowedSameBytes(t *testing.T) {
	for _, topology := range []string{"shop-microservices", "shop-functions"} {
		alone := recorded(t, "payments-outage", topology, 3)
		for name, text := range recordedBy(t, &Engine{Costs: livelyCosts(), Latencies: true}, "payments-outage", topology, 3) {
			if !bytes.Equal(text, alone[name]) {
				t.Errorf("%s: %s differs, first at line %s", topology, name, firstDifference(text, alone[name]))
			}
		}
	}
}

func TestOtherSeedOtherBytes(t *testing.T) {
	if digest(recorded(t, "steady", "shop-monolith", 1)) == digest(recorded(t, "steady", "shop-monolith", 2)) {
		t.Error("two seeds give the same run")
	}
}

func firstDifference(a, b []byte) string {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i] + " instead of " + bs[i]
		}
	}
	return "that one has and the other has not"
}

// TestGolden holds for every build: with -race, on any machine of the kind.
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" || fused(1+0x1p-30, 1-0x1p-30, -1) {
		t.Skip("the last digits are those of amd64, without fused multiplication")
	}
	if got := digest(recorded(t, "payments-outage", "shop-microservices", 1)); got != goldenDigest {
		t.Errorf("the run is another one than before: its digest is %s", got)
	}
}

// fused says whether x·y+z was rounded once only: GOAMD64=v3 does that.
//
//go:noinline
func fused(x, y, z float64) bool { return x*y+z != 0 }
