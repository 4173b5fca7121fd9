package docker

import (
	"strings"
	"testing"
)

func TestAnnouncement(t *testing.T) {
	const good = `{"serve":"0.0.0.0:8080","control":"0.0.0.0:8081"}` + "\n"
	for name, c := range map[string]struct {
		writes []string
		heard  bool
		err    string
		log    string
	}{
		"whole":           {[]string{good}, true, "", ""},
		"with log behind": {[]string{good + "one\n", "two\n"}, true, "", "one\ntwo\n"},
		"in pieces":       {[]string{good[:7], good[7:20], good[20:]}, true, "", ""},
		"not yet":         {[]string{good[:20]}, false, "", good[:20]},
		"nothing":         {nil, false, "", ""},
		"something else":  {[]string{"panic: no\nmore\n"}, true, "invalid character 'p'", "panic: no\nmore\n"},
		"half of it":      {[]string{`{"serve":"x:1"}` + "\n"}, true, "missing", `{"serve":"x:1"}` + "\n"},
		"without end":     {[]string{strings.Repeat("x", longestAnnouncement)}, true, "invalid", strings.Repeat("x", longestAnnouncement) + "\n"},
	} {
		var log strings.Builder
		a := newAnnouncement(&log)
		for _, text := range c.writes {
			if n, err := a.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		if a.over() != c.heard || (a.err == nil) != (c.err == "") || a.err != nil && !strings.Contains(a.err.Error(), c.err) {
			t.Errorf("%s: heard %v, %v", name, a.over(), a.err)
		}
		a.end()
		if log.String() != c.log {
			t.Errorf("%s: the log is %q", name, log.String())
		}
		if c.heard == a.at.IsZero() {
			t.Errorf("%s: at %v", name, a.at)
		}
	}
}
