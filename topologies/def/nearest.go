package def

import "strings"

// Nearest returns the candidate that a mistyped name most likely meant, for
// "did you mean": the one with the fewest edits, the first where several have
// as few. It returns "" where none is near: an edit for every three letters,
// and at least one, is what counts as a slip.
func Nearest(name string, candidates []string) string {
	best, fewest := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if abs(len(c)-len(name)) >= fewest {
			continue
		}
		if d := edits(strings.ToLower(name), strings.ToLower(c)); d < fewest {
			best, fewest = c, d
		}
	}
	return best
}

// Hint returns Nearest as the end of a message, `: did you mean "payments"?`, or "".
func Hint(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return `: did you mean "` + near + `"?`
	}
	return ""
}

// edits counts insertions, deletions, substitutions and swaps of neighbours
// (optimal string alignment) that make b of a.
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

func abs(n int) int { return max(n, -n) }
