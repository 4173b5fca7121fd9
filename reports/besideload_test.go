package reports

import "testing"

func TestBesideLoad(t *testing.T) {
	at := 1000.0
	begun := func(name string) FaultResult { return FaultResult{Name: name, BegunMS: &at} }
	for _, c := range []struct {
		want string
		runs []*Result
	}{
		{"", []*Result{{}, {Faults: []FaultResult{{Name: "not here", NotApplicable: "no such node"}}}}},
		{"The runs have a fault (down): what failed by it counts here as if the load had done it.",
			[]*Result{{Faults: []FaultResult{begun("down")}}, {Faults: []FaultResult{begun("down")}}}},
		{"The runs have faults (down, slow): what failed by them counts here as if the load had done it.",
			[]*Result{{Faults: []FaultResult{begun("down"), begun("slow")}}}},
	} {
		said := ""
		for _, b := range besideLoad(c.runs) {
			said += b.(Paragraph).Text
		}
		if said != c.want {
			t.Errorf("%q, want %q", said, c.want)
		}
	}
}
