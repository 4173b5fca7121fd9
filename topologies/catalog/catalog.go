// Package catalog holds the applications and topologies that windtunnel ships.
// They are embedded, so that `-t shop-monolith` works in any directory; a file
// of the user's with the same name comes first. One file adds one entry, and
// its name is the name of the document in it.
package catalog

import "embed"

// FS holds the files at its root: shop.yaml, shop-monolith.yaml, …
//
//go:embed *.yaml
var FS embed.FS
