package render

import (
	"encoding/json"
	"io"

	"windtunnel/reports"
	"windtunnel/topologies/def"
)

// jsonFormat prints the figures that a document is made from.
type jsonFormat struct{}

func (jsonFormat) Extensions() []string { return []string{".json"} }

func (jsonFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d.Data)
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "json",
		Doc: "all figures for other programs, in the shape of run.json\n" +
			"A comparison has its own shape: columns, rows with median and range, findings.",
		New: func() Format { return jsonFormat{} },
	})
}
