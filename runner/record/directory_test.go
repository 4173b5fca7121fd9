package record

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewDir(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("east", 3600))
	for _, c := range []struct{ scenario, topology, id, want string }{
		{"payments-outage", "shop-monolith", "k3x9", "runs/20260102T020405Z-payments-outage-shop-monolith-k3x9"},
		{"../../etc", "a/b\x00c", "1", "runs/20260102T020405Z-etc-a-b-c-1"},
		{"", "größe", "1", "runs/20260102T020405Z-gr--e-1"},
	} {
		if got := NewDir("runs", at, c.scenario, c.topology, c.id); got != c.want {
			t.Errorf("%q %q: %s, want %s", c.scenario, c.topology, got, c.want)
		}
	}
}

func TestPointLatest(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"one", "two", "two"} {
		dir := filepath.Join(root, name)
		os.Mkdir(dir, 0o755)
		if err := PointLatest(dir); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(filepath.Join(root, "latest")); err != nil || to != name {
			t.Errorf("latest leads to %q, %v, not to %s", to, err, name)
		}
	}
	entries, _ := os.ReadDir(root)
	if len(entries) != 3 {
		t.Errorf("something is left over: %v", entries)
	}
}

func TestPointLatestLeavesFilesAlone(t *testing.T) {
	root := t.TempDir()
	latest := filepath.Join(root, "latest")
	os.WriteFile(latest, []byte("mine"), 0o644)
	if err := PointLatest(filepath.Join(root, "one")); err == nil {
		t.Error("a file called latest was replaced")
	}
	if text, _ := os.ReadFile(latest); string(text) != "mine" {
		t.Errorf("it now reads %q", text)
	}
}

func TestWriteResultIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	if err := WriteResult(dir, map[string]string{"check": "a < b"}); err != nil {
		t.Fatal(err)
	}
	if err := WriteResult(dir, math.NaN()); err == nil {
		t.Error("NaN became JSON")
	}
	text, _ := os.ReadFile(filepath.Join(dir, resultFile))
	if string(text) != "{\n  \"check\": \"a < b\"\n}\n" {
		t.Errorf("%q", text)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("something is left over: %v", entries)
	}
}

func TestMillisText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 1: "0.000001", -1: "-0.000001", time.Second: "1000", 1500 * time.Microsecond: "1.5",
		-1500 * time.Microsecond: "-1.5", 123456789: "123.456789", math.MinInt64: "-9223372036854.775808",
	} {
		if got := string(appendMillis(nil, d)); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
	for _, bad := range []string{"", "-", ".5", "1.", "x", "1ms", "1e99", "NaN", "null"} {
		if d, err := parseMillis([]byte(bad)); err == nil && bad != "1." {
			t.Errorf("%q is %d", bad, d)
		}
	}
}

func TestMillisComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Duration(rapid.Int64Range(-9e17, 9e17).Draw(t, "duration"))
		if got, err := parseMillis(appendMillis(nil, want)); err != nil || got != want {
			t.Fatalf("%d came back as %d, %v", want, got, err)
		}
	})
}

// Others read the rows with their own CSV readers.
func TestFieldsAreCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[",a ]*`)), 2, 5).Draw(t, "fields")
		var line []byte
		for i := range want {
			if i > 0 {
				line = append(line, ',')
			}
			line = appendField(line, want[i])
			want[i] = clean(want[i])
		}
		got, err := csv.NewReader(strings.NewReader(string(line) + "\n")).Read()
		if err != nil || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("%v: %q, want %q", err, got, want)
		}
	})
}

func TestThisEnvironment(t *testing.T) {
	e := ThisEnvironment()
	name, _ := os.Hostname()
	if e.OS == "" || e.Cores < 1 || e.Go == "" || len(e.Host) != 12 || e.Host != ThisEnvironment().Host {
		t.Errorf("%+v", e)
	}
	if name != "" && strings.Contains(e.Host, name) {
		t.Error("the host's name is in the record")
	}
}
