package reports

import (
	"fmt"
	"slices"
	"strings"
)

// besideLoad says, where a load is judged by its runs, what else was at work in
// them; nothing where nothing was.
func besideLoad(runs []*Result) []Block {
	var faults []string
	for _, r := range runs {
		for _, f := range r.Faults {
			if f.BegunMS != nil && !slices.Contains(faults, f.Name) {
				faults = append(faults, f.Name)
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return []Block{Paragraph{Tone: Doubt, Text: fmt.Sprintf("The runs have %s (%s): what failed by %s counts here as if the load had done it.",
		plural(len(faults), "a fault", "faults"), strings.Join(faults, ", "), plural(len(faults), "it", "them"))}}
}
