package render

import (
	"slices"

	"windtunnel/reports"
)

// withoutEmpty leaves out the columns that no row has anything in.
func withoutEmpty(t *reports.Table) *reports.Table {
	return keep(t, func(i int) bool {
		return slices.ContainsFunc(t.Rows, func(row []reports.Cell) bool { return i < len(row) && row[i].Text != "" })
	})
}

// keep returns the table with some of its columns.
func keep(t *reports.Table, wanted func(i int) bool) *reports.Table {
	kept := &reports.Table{Note: t.Note}
	for i, c := range t.Columns {
		if wanted(i) {
			kept.Columns = append(kept.Columns, c)
		}
	}
	for _, row := range t.Rows {
		var cells []reports.Cell
		for i, c := range row {
			if wanted(i) {
				cells = append(cells, c)
			}
		}
		kept.Rows = append(kept.Rows, cells)
	}
	return kept
}
