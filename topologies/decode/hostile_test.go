package decode

import (
	"strings"
	"testing"
	"time"
)

// TestHostileFilesEnd: no text keeps Read for long. At this size anything that
// takes quadratic time would be at it for minutes.
func TestHostileFilesEnd(t *testing.T) {
	for _, unit := range []string{
		"[", "{", "- ", "? ", "a: ", "- a\n", "#\n", "# x\n\n", "\n", " ", "'", "\"\\", "&a ", "&a [*a", "{a: b, ", "[a, ", "a: b\n", "!x ", "| ", "%", ",", "a b ", "- # c\n", "  - a:\n", "---\n", "...\n", "a: |\n  b\n", "<<: {}\n",
	} {
		for _, before := range []string{"scenario: x\ny: ", "scenario: x\ny:\n", ""} {
			text := before + strings.Repeat(unit, 24<<10/len(unit))
			began := time.Now()
			docs, problems := Read("f.yaml", []byte(text))
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%q took %v", unit, took)
			}
			if len(docs) == 0 && len(problems) == 0 {
				t.Errorf("%q: nothing is read and nothing is said", unit)
			}
		}
	}
}
