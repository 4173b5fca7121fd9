//go:build !linux

package live

// selfUsage and hostUsage know nothing outside Linux: the series then has no
// rows for the generator and the host.
func selfUsage() usage { return usage{} }
func hostUsage() usage { return usage{} }
