package wire

import "strings"

const cachePath = "/wt/cache/"

// CachePath is where a cache node keeps what a request is answered: GET looks,
// PUT fills in, and DELETE says that nothing will be.
func CachePath(method, path string) string { return cachePath + method + path }

// CachedRequest returns the method and path of what a request to a cache node is
// about; ok says whether it is about any.
func CachedRequest(of string) (method, path string, ok bool) {
	rest, ok := strings.CutPrefix(of, cachePath)
	at := strings.IndexByte(rest, '/')
	if !ok || at <= 0 {
		return "", "", false
	}
	return rest[:at], rest[at:], true
}

// Cacheable says whether the reply to a request may be kept for others like it:
// one that reads, GET or HEAD, and says what by its path alone, as RFC 9111 has
// it. Nodes ask for operations with POST, whatever these do: there it is the
// application that says so (idempotent).
func Cacheable(method, path string, body int) bool {
	return strings.HasPrefix(path, OperationPath("")) || (method == "GET" || method == "HEAD") && body == 0
}
