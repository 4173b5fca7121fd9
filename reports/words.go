package reports

import "time"

// Duration, Share and Number print a value as reports do, for who shows it
// elsewhere: 3.81 ms, 0.123 %, 1,235.
func Duration(d time.Duration) string { return inWords(ms(d)) }

// Share prints a share from 0 to 1 as percent.
func Share(v float64) string { return percent(v) }

// Number prints a measured value.
func Number(v float64) string { return number(v) }

// Mebibytes prints bytes in Mi.
func Mebibytes(bytes int64) string { return mebibytes(bytes) + " Mi" }
