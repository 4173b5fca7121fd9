package decode

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxName bounds the length of a name.
const MaxName = 40

var goodName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// BadName says why a text cannot be a name and what to write instead, "" where
// it can. Names become container, file and host names, hence the narrow rule.
func BadName(name string) string {
	switch {
	case name == "":
		return "a name is missing"
	case len(name) > MaxName:
		return fmt.Sprintf("%q has %d characters: a name has at most %d", short(name), len(name), MaxName)
	case goodName.MatchString(name):
		return ""
	}
	rule := fmt.Sprintf("%q is no name: names are lower-case letters, digits and hyphens, since they become file and container names", short(name))
	if better := slug(name); better != "" && goodName.MatchString(better) && len(better) <= MaxName {
		rule += fmt.Sprintf(": write %q", better)
	}
	return rule
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a name of text in plain letters, "" of any other.
func slug(name string) string {
	for _, r := range name {
		if r >= utf8.RuneSelf {
			return ""
		}
	}
	return strings.Trim(notName.ReplaceAllString(strings.ToLower(name), "-"), "-")
}
