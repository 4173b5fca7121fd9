package record

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeRequests replaces the requests of a run directory by lines.
func writeRequests(t *testing.T, dir string, lines ...string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, requestsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packer, err := newPacker(f)
	if err != nil {
		t.Fatal(err)
	}
	packer.Write([]byte(strings.Join(append([]string{strings.Join(requestColumns, ",")}, lines...), "\n") + "\n"))
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is wrong with a row is said, and the rows around it are read.
func TestBrokenRequests(t *testing.T) {
	const good = "18446744073709551615,\"a,\"\"b\"\"\",steady,1.5,1.500001,2,2.25,200,timeout,3,2,0,8192,x>y"
	for row, want := range map[string]string{
		strings.Replace(good, "18446744073709551615", "18446744073709551616", 1): `"18446744073709551616" is not a count`,
		strings.Replace(good, "8192", "9007199254740993", 1):                     "9007199254740993 is too large",
		strings.Replace(good, ",200,", ",-200,", 1):                              `"-200" is not a count`,
		strings.Replace(good, ",2.25,", ",2.2.5,", 1):                            `"2.2.5" is not a number of milliseconds`,
		strings.Replace(good, "timeout", "boredom", 1):                           `"boredom" is no cause of failure`,
		strings.Replace(good, "x>y", "x,y", 1):                                   "15 fields instead of 14",
		"1,2":                                                                    "2 fields instead of 14",
		"":                                                                       "1 fields instead of 14",
		strings.Replace(good, `b"""`, `b"x"`, 1):                                 "a quoted field does not end",
	} {
		dir := writeSample(t, 1)
		writeRequests(t, dir, good, row, good)
		run, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, errs := requestsOf(run)
		if len(got) != 2 || got[0] != got[1] || got[0].Entry != `a,"b"` || got[0].Seq != 1<<64-1 || got[0].Sent != 1500001 {
			t.Errorf("%s: %+v", row, got)
		}
		if !slices.Equal(errs, []string{"read requests: " + want}) {
			t.Errorf("%s: %q, want %q", row, errs, want)
		}
	}
}

// Who makes room for as many as there are about seldom has to make more.
func TestAboutRequests(t *testing.T) {
	run, err := Load(writeSample(t, 20_000))
	if err != nil {
		t.Fatal(err)
	}
	if n := run.AboutRequests(); n < 2_000 || n > 60_000 {
		t.Errorf("about %d of 20,000", n)
	}
	if n := (&Run{Dir: t.TempDir()}).AboutRequests(); n != 0 {
		t.Errorf("about %d of none", n)
	}
}
