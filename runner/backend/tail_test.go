package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestTailKeepsTheLastLines(t *testing.T) {
	tail, err := NewTail("")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one\ntw", "o\r\n", "", "\nthree\nfo", "ur"} {
		if n, err := tail.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("Write %q: %d, %v", text, n, err)
		}
	}
	for n, want := range map[int][]string{
		-1: {}, 0: {}, 1: {"four"}, 2: {"three", "four"}, 9: {"one", "two", "", "three", "four"},
	} {
		if got := tail.Lines(n); !slices.Equal(got, want) {
			t.Errorf("Lines(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestTailIsTheEndOfWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tail, _ := NewTail("")
		var all strings.Builder
		for _, part := range rapid.SliceOf(rapid.StringMatching(`[ab\n]{0,20}`)).Draw(t, "parts") {
			all.WriteString(part)
			_, _ = tail.Write([]byte(part))
		}
		lines := strings.Split(strings.TrimSuffix(all.String(), "\n"), "\n")
		if all.Len() == 0 {
			lines = nil
		}
		n := rapid.IntRange(0, TailLines).Draw(t, "n")
		want := lines[max(0, len(lines)-n):]
		if got := tail.Lines(n); !slices.Equal(got, want) {
			t.Fatalf("Lines(%d) = %q, want %q", n, got, want)
		}
	})
}

func TestTailIsBounded(t *testing.T) {
	tail, _ := NewTail("")
	for i := range TailLines + 50 {
		_, _ = fmt.Fprintf(tail, "%d %s\n", i, strings.Repeat("x", 2*TailWidth))
	}
	lines := tail.Lines(1 << 20)
	if len(lines) != TailLines || len(lines[0]) != TailWidth || !strings.HasPrefix(lines[0], "50 x") {
		t.Errorf("%d lines, the first of %d bytes: %.10q", len(lines), len(lines[0]), lines[0])
	}
}

func TestTailCopiesToItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	tail, err := NewTail(path)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("y", 3*TailWidth) // the file's lines are whole
	_, _ = tail.Write([]byte(long + "\nend"))
	if err := tail.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = tail.Write([]byte(" later"))
	if err := tail.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != long+"\nend" {
		t.Errorf("the file has %d bytes", len(got))
	}
	if got := tail.Lines(1); got[0] != "end later" {
		t.Errorf("got %q", got)
	}
}

func TestTailCutsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	tail, err := NewTail(path)
	if err != nil {
		t.Fatal(err)
	}
	tail.room = 10
	_, _ = tail.Write([]byte("12345678"))
	_, _ = tail.Write([]byte("9abcdef"))
	_, _ = tail.Write([]byte("ghi"))
	_ = tail.Close()
	if got, _ := os.ReadFile(path); string(got) != "123456789a"+cutMark {
		t.Errorf("got %q", got)
	}
	if got := tail.Lines(1); got[0] != "123456789abcdefghi" {
		t.Errorf("got %q", got)
	}
}

func TestTailNeedsItsDirectory(t *testing.T) {
	if _, err := NewTail(filepath.Join(t.TempDir(), "none", "a.log")); err == nil {
		t.Error("no error")
	}
}

func TestTailTakesManyWriters(t *testing.T) {
	tail, _ := NewTail("")
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 100 {
				_, _ = tail.Write([]byte("line\n"))
				_ = tail.Lines(3)
			}
		})
	}
	writers.Wait()
	for _, line := range tail.Lines(TailLines) {
		if line != "line" {
			t.Fatalf("got %q", line)
		}
	}
}
