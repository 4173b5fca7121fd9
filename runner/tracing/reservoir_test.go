package tracing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func scores(g *group) []uint64 {
	var all []uint64
	for _, m := range g.members {
		all = append(all, m.score)
	}
	slices.Sort(all)
	return all
}

func TestReservoirKeepsTheBest(t *testing.T) {
	r := &reservoir{limit: 3}
	g := r.group()
	out := []uint64{}
	for _, score := range []uint64{5, 1, 9, 7, 1, 3, 9} {
		if !g.wants(score) {
			out = append(out, score)
			continue
		}
		if m := g.offer(&member{score: score}); m != nil {
			out = append(out, m.score)
		}
	}
	if got := scores(g); !slices.Equal(got, []uint64{7, 9, 9}) {
		t.Errorf("kept %v", got)
	}
	if !slices.Equal(out, []uint64{1, 1, 3, 5}) {
		t.Errorf("let go of %v", out)
	}
}

// A cause that comes late and seldom is not lost among thousands of another.
func TestReservoirSparesSmallGroups(t *testing.T) {
	r := &reservoir{limit: 10}
	many, few := r.group(), r.group()
	for i := range uint64(1000) {
		many.offer(&member{score: i})
	}
	for i := range uint64(3) {
		if out := few.offer(&member{score: i}); out == nil || out.score < 990 {
			t.Errorf("the small group pushed out %v", out)
		}
	}
	if len(many.members) != 7 || len(few.members) != 3 {
		t.Errorf("%d and %d members", len(many.members), len(few.members))
	}
}

// Whatever is offered: as many are kept as have room, nothing is lost or kept
// twice, no group holds back from another what that needs, and within a group
// nothing is kept that is worse than what was turned away.
func TestReservoirLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &reservoir{limit: rapid.IntRange(0, 12).Draw(t, "limit")}
		groups := make([]*group, rapid.IntRange(1, 5).Draw(t, "groups"))
		for i := range groups {
			groups[i] = r.group()
		}
		offered, gone := 0, map[*member]bool{}
		for range rapid.IntRange(0, 100).Draw(t, "offers") {
			offered++
			m := &member{score: rapid.Uint64Range(0, 20).Draw(t, "score"), tie: uint64(offered)}
			g := rapid.SampledFrom(groups).Draw(t, "group")
			if !g.wants(m.score) {
				gone[m] = true
				continue
			}
			if out := g.offer(m); out != nil {
				if gone[out] {
					t.Fatal("a member is let go of twice")
				}
				gone[out] = true
			}
		}
		kept, least, most := 0, 1<<30, 0
		for _, g := range groups {
			kept += len(g.members)
			if len(g.members) > 0 {
				least, most = min(least, len(g.members)), max(most, len(g.members))
			}
			for _, m := range g.members {
				if gone[m] {
					t.Fatal("a member is kept that was let go of")
				}
			}
		}
		if kept != min(offered, r.limit) || kept != r.size || kept+len(gone) != offered {
			t.Fatalf("%d offered, %d kept of at most %d, %d let go of", offered, kept, r.limit, len(gone))
		}
		if most != r.most {
			t.Fatalf("the largest group has %d members, not %d", most, r.most)
		}
	})
}
