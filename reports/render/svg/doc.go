// Package svg draws the charts and graphs of a report as SVG, to stand inside an
// HTML page. Nothing in them needs a script to be read. Colours come from the
// page, by class: s0 to s7 are the series, good, bad, doubt and muted the tones.
//
//	picture := svg.Chart(chart)   // "<svg …>…</svg>"
//
// Every text in a picture went through package safe, and long ones are cut,
// with the whole in a <title>.
package svg
