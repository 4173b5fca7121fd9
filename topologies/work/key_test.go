package work

import "testing"

func TestStandIn(t *testing.T) {
	id := Root(3)
	if DeclaredKey(id.StandIn()) != 0 || DeclaredKey(0) != 0 || DeclaredKey(1_000_000_000) != 1_000_000_000 {
		t.Error("a stand-in is taken for a declared key, or the other way")
	}
}
