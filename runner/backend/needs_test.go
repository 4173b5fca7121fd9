package backend

import (
	"slices"
	"strings"
	"testing"

	"windtunnel/topologies"
)

func TestNeeds(t *testing.T) {
	mine := &topologies.Node{Name: "mine", Kind: "container"}
	top := &topologies.Topology{Nodes: []*topologies.Node{
		mine,
		{Name: "order-book.v2", Spec: &topologies.Service{}},
		{Name: "payments", Spec: &topologies.Service{}},
		{Name: "guard", Spec: &topologies.Breaker{To: "payments"}},
		{Name: "bank", Spec: &topologies.External{URL: "https://bank.example/api"}},
	}}
	addresses := map[string]string{"order-book.v2": "127.0.0.1:1", "payments": "127.0.0.1:2", "guard": "127.0.0.1:3"}
	address := func(node string) (string, bool) { a, ok := addresses[node]; return a, ok }

	mine.Spec = &topologies.Container{Needs: []string{"order-book.v2", "payments", "bank"}}
	got, err := Needs(top, mine, address)
	want := []string{
		"WINDTUNNEL_ORDER_BOOK_V2_URL=http://127.0.0.1:1",
		"WINDTUNNEL_PAYMENTS_URL=http://127.0.0.1:3", // through its breaker
		"WINDTUNNEL_BANK_URL=https://bank.example/api",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}

	delete(addresses, "guard")
	if _, err = Needs(top, mine, address); err == nil || !strings.Contains(err.Error(), "mine needs payments: guard is not up") {
		t.Errorf("got %v", err)
	}
	if got, err = Needs(top, top.Nodes[1], address); got != nil || err != nil {
		t.Errorf("a service needs %q, %v", got, err)
	}
}
