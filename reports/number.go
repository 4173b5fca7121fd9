package reports

import (
	"math"
	"strconv"
	"strings"

	"windtunnel/topologies/unit"
)

// number prints a measured value with three significant digits, all digits of
// what lies before the point and at most three after it: 0.012, 1.23, 12.3,
// 1,235. What rounds to nothing is "<0.001", so that 0 means none.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v == 0:
		return "0"
	case v < 0:
		return "-" + number(-v)
	case v < 0.001:
		return "<0.001"
	}
	decimals := 2 - int(math.Floor(math.Log10(v)))
	// 9.996 has one digit before the point and rounds to 10.0.
	if rounded := round(v, decimals); rounded >= math.Pow10(3-decimals) {
		decimals--
	}
	return unit.Grouped(strconv.FormatFloat(v, 'f', min(max(decimals, 0), 3), 64))
}

func round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// setting prints a value that was declared and not measured: 50, 0.25.
func setting(v float64) string { return unit.Grouped(strconv.FormatFloat(v, 'f', -1, 64)) }

// cores prints an amount of CPU that was declared.
func cores(v float64) string {
	if v == 1 {
		return "1 core"
	}
	return setting(round(v, 6)) + " cores" // a sum such as 0.4 + 0.8 has a tail
}

// percent prints a share: 0.123 %. What is nearly all or nearly none never
// rounds to all or none.
func percent(share float64) string {
	v := share * 100
	if v > 99 && v < 100 {
		decimals := max(1, int(math.Ceil(-math.Log10(100-v)-1e-6)))
		if decimals > 4 {
			return ">99.9999 %"
		}
		down := math.Floor(v*math.Pow10(decimals)+1e-6) / math.Pow10(decimals)
		return strconv.FormatFloat(down, 'f', decimals, 64) + " %"
	}
	return number(v) + " %"
}

// count prints a whole number: 12,345.
func count[N int | int64 | uint64](n N) string { return unit.Grouped(strconv.FormatInt(int64(n), 10)) }

// counted prints a number with what it counts: 1 request, 2 requests, 3 successes.
func counted(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return count(n) + " " + noun
}

// mebibytes prints bytes in Mi: memory of nodes is never less.
func mebibytes(bytes int64) string { return number(float64(bytes) / (1 << 20)) }

// inWords prints milliseconds as a reader says them: 320 ms, 2.31 s.
func inWords(millis float64) string {
	if math.Abs(millis) < 1000 {
		return number(millis) + " ms"
	}
	return number(millis/1000) + " s"
}
