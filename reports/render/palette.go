package render

import (
	"maps"
	"slices"
	"strings"
)

// palette holds the colours of the HTML report by name, for light and for dark
// pages. A test holds that texts stand out from their ground by 4.5 to 1 and
// what is drawn by 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
var palette = map[string]struct{ light, dark string }{
	"ground": {"#ffffff", "#14171c"}, // behind all
	"raised": {"#f5f6f8", "#1d2229"}, // behind heads of tables, code, boxes
	"ink":    {"#1b1f24", "#e6e9ee"},
	"muted":  {"#565f69", "#a0aab6"}, // of less importance
	"rule":   {"#cfd5dc", "#3a424d"}, // lines that only part
	"link":   {"#0a57a4", "#74b6ff"},
	"good":   {"#17742f", "#4cc36b"},
	"bad":    {"#bd2424", "#ff8077"},
	"doubt":  {"#805300", "#e3b04a"},
	"s0":     {"#0a57a4", "#74b6ff"}, // series
	"s1":     {"#b4500f", "#f0985a"},
	"s2":     {"#6a3fb5", "#b79bff"},
	"s3":     {"#137a74", "#4fd1c5"},
	"s4":     {"#a3195b", "#ff8ac0"},
	"s5":     {"#5d6b00", "#c3d15a"},
	"s6":     {"#3d4f8a", "#9db4ff"},
	"s7":     {"#7a4a2b", "#d9a987"},
}

// paletteCSS declares the colours as variables. Paper is light.
func paletteCSS() string {
	declare := func(of func(name string) string) string {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(palette)) {
			b.WriteString("--" + name + ":" + of(name) + ";")
		}
		return b.String()
	}
	light := ":root{" + declare(func(n string) string { return palette[n].light }) + "}"
	dark := ":root{" + declare(func(n string) string { return palette[n].dark }) + "}"
	return light + "\n@media (prefers-color-scheme: dark){" + dark + "}\n@media print{" + light + "}\n"
}
