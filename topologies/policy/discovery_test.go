package policy_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// ids reads "1,3" and "-".
func ids(t *testing.T, text string) []policy.Endpoint {
	var list []policy.Endpoint
	for _, word := range strings.Split(text, ",") {
		if word == "-" || word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, policy.Endpoint{ID: policy.EndpointID(n)})
	}
	return list
}

func idWords(list []policy.Endpoint) string {
	var words []string
	for _, e := range list {
		words = append(words, strconv.Itoa(int(e.ID)))
	}
	if words == nil {
		return "nobody"
	}
	return strings.Join(words, ",")
}

func tellAll(all []policy.Transition) []string {
	var lines []string
	for _, tr := range all {
		lines = append(lines, told(tr))
	}
	return lines
}

// The view of a caller: new, ask, answer, fail, restart, age.
func TestViewDialogues(t *testing.T) {
	dialogues(t, "view", func(t *testing.T) func(command) []string {
		var v *policy.View
		return func(c command) []string {
			var out []string
			switch c.name {
			case "new":
				v = policy.NewView(policy.ViewConfig{Every: c.duration(t, "every"), Wait: c.duration(t, "wait"), Retry: c.duration(t, "retry")}, c.at)
			case "ask":
				index, wait, ask := v.Ask(c.at)
				if !ask {
					return []string{"not now: due at " + at(v.Deadline())}
				}
				return []string{fmt.Sprintf("asks for news since %d, which may take %v", index, wait)}
			case "answer":
				changed := v.Answered(c.at, policy.Answer{Found: ids(t, c.args[0]), Index: uint64(c.int(t, "index")), TTL: c.duration(t, "ttl"),
					Partial: slices.Contains(c.args, "partial")})
				out = append(out, fmt.Sprintf("knows %s, changed %t, asks again at %s", idWords(v.Known()), changed, at(v.Deadline())))
			case "fail":
				v.Failed(c.at, causeOf(c.args[0]))
				out = append(out, fmt.Sprintf("knows %s, asks again at %s", idWords(v.Known()), at(v.Deadline())))
			case "restart":
				v.Restart(c.at)
				out = append(out, "asks again at "+at(v.Deadline()))
			case "age":
				return []string{fmt.Sprintf("%v, and at most %v since this was asked", v.Age(c.at), v.TakeOldest(c.at))}
			default:
				t.Fatalf("no command %q", c.name)
			}
			return append(out, tellAll(v.Told(nil))...)
		}
	})
}

// The book of a registry: new, register, deregister, list, tick.
func TestRegistryDialogues(t *testing.T) {
	dialogues(t, "registry", func(t *testing.T) func(command) []string {
		var r *policy.Registry
		return func(c command) []string {
			var out []string
			switch c.name {
			case "new":
				r = policy.NewRegistry(policy.RegistryConfig{TTL: c.duration(t, "ttl"), Heartbeat: c.duration(t, "heartbeat")}, c.at, 0)
			case "register":
				r.Register(c.at, c.args[0], ids(t, c.args[1])[0])
			case "deregister":
				r.Deregister(c.at, c.args[0], ids(t, c.args[1])[0].ID)
			case "list":
				a, another := r.List(c.at, c.args[0], uint64(c.int(t, "had")))
				line := fmt.Sprintf("%s, index %d", idWords(a.Found), a.Index)
				if a.Partial {
					line += ", and maybe others"
				}
				if !another {
					line += ", as before"
				}
				return []string{line}
			case "tick":
			default:
				t.Fatalf("no command %q", c.name)
			}
			if c.name == "tick" {
				for _, s := range r.Tick(c.at, nil) {
					out = append(out, strings.TrimSpace(s.Service+" "+told(s.Transition)))
				}
				out = append(out, "due at "+at(r.Deadline()))
			}
			return out
		}
	})
}

// An instance in a registry: new, send, answer, leave, hurry.
func TestRegistrationDialogues(t *testing.T) {
	dialogues(t, "registration", func(t *testing.T) func(command) []string {
		var r *policy.Registration
		return func(c command) []string {
			switch c.name {
			case "new":
				r = policy.NewRegistration(c.duration(t, "heartbeat"), c.at)
				return nil
			case "send":
				leave, send := r.Send(c.at)
				switch {
				case !send:
					return []string{"nothing: due at " + at(r.Deadline())}
				case leave:
					return []string{"takes leave"}
				}
				return []string{"says that it lives"}
			case "answer":
				r.Answered(c.at, causeOf(c.args[0]))
				return append([]string{fmt.Sprintf("entered %t, left %t, due at %s", r.Entered(), r.Left(), at(r.Deadline()))}, tellAll(r.Told(nil))...)
			case "leave":
				r.Leave(c.at)
				return []string{"due at " + at(r.Deadline())}
			case "hurry":
				r.Hurry(c.at)
				return []string{"due at " + at(r.Deadline())}
			}
			t.Fatalf("no command %q", c.name)
			return nil
		}
	})
}

// Whatever happens, a whole answer is what is known, a partial one never takes
// anybody away, the age is that of the last confirmation, and a question is
// never asked while one is out.
func TestViewKeepsWhatItWasTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := policy.NewView(policy.ViewConfig{Every: time.Second, Retry: 100 * time.Millisecond}, 0)
		known, confirmed, out := map[policy.EndpointID]bool{}, policy.Instant(0), false
		now := policy.Instant(0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "pause")))
			if _, _, asks := v.Ask(now); asks {
				if out {
					t.Fatal("asked twice")
				}
				out = true
			}
			if !out || rapid.Bool().Draw(t, "silent") {
				continue
			}
			out = false
			if rapid.Bool().Draw(t, "fails") {
				v.Failed(now, policy.Refused)
			} else {
				a := policy.Answer{Partial: rapid.Bool().Draw(t, "partial")}
				told := map[policy.EndpointID]bool{}
				for _, id := range rapid.SliceOfDistinct(rapid.IntRange(1, 6), rapid.ID[int]).Draw(t, "found") {
					a.Found, told[policy.EndpointID(id)] = append(a.Found, policy.Endpoint{ID: policy.EndpointID(id)}), true
				}
				covers := true
				for id := range known {
					covers = covers && (!a.Partial || told[id])
					if a.Partial {
						told[id] = true
					}
				}
				if known = told; covers {
					confirmed = now
				}
				v.Answered(now, a)
			}
			if got := v.Known(); len(got) != len(known) || !slices.IsSortedFunc(got, func(a, b policy.Endpoint) int { return int(a.ID) - int(b.ID) }) {
				t.Fatalf("knows %v, was told %v", got, known)
			}
			if v.Age(now) != now.Sub(confirmed) {
				t.Fatalf("is %v old, and was confirmed %v ago", v.Age(now), now.Sub(confirmed))
			}
		}
	})
}

// Whoever is in a list was heard of within the TTL of the registry's own running
// time, whoever was is in it, and every change has another index.
func TestRegistryBelievesForATTL(t *testing.T) {
	const ttl, heartbeat = 3 * time.Second, time.Second
	rapid.Check(t, func(t *rapid.T) {
		r := policy.NewRegistry(policy.RegistryConfig{TTL: ttl, Heartbeat: heartbeat}, 0, 1)
		heard, now, index, before := map[policy.EndpointID]policy.Instant{}, policy.Instant(0), uint64(0), ""
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(heartbeat)).Draw(t, "pause")))
			r.Tick(now, nil)
			id := policy.EndpointID(rapid.IntRange(1, 4).Draw(t, "who"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				r.Register(now, "payments", policy.Endpoint{ID: id})
				heard[id] = now
			case 2:
				r.Deregister(now, "payments", id)
				delete(heard, id)
			}
			var want []policy.Endpoint
			for id := policy.EndpointID(1); id <= 4; id++ {
				if at, known := heard[id]; known && now.Sub(at) < ttl {
					want = append(want, policy.Endpoint{ID: id})
				} else {
					delete(heard, id)
				}
			}
			a, another := r.List(now, "payments", index)
			if !slices.Equal(a.Found, want) {
				t.Fatalf("at %v: %v, want %v", time.Duration(now), a.Found, want)
			}
			if changed := idWords(want) != before; changed && !another {
				t.Fatalf("%s became %s under the same index %d", before, idWords(want), index)
			}
			index, before = a.Index, idWords(want)
			if a, _ := r.List(now, "nobody", 0); len(a.Found) > 0 {
				t.Fatalf("nobody has %v", a.Found)
			}
		}
	})
}

// What an edge counts by instance adds up to its attempts, however it is sliced.
func TestTargetsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, err := policy.NewEdge(policy.EdgeConfig{Balance: "random"})
		if err != nil {
			t.Fatal(err)
		}
		e.Track()
		e.SetEndpoints(0, []policy.Endpoint{{ID: 1}, {ID: 2}, {ID: 3}})
		now, total := policy.Instant(0), uint64(0)
		var counts []policy.TargetCount
		for n := range rapid.IntRange(1, 50).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(policy.TargetSlice)).Draw(t, "pause")))
			c := e.Begin(now, work.Root(1).Child(uint64(n)), policy.Never, true)
			c.Step(now, policy.Event{Kind: policy.Begin}, nil)
			if rapid.Bool().Draw(t, "take") {
				counts = e.TakeTargets(counts)
			}
		}
		for _, c := range e.TakeTargets(counts) {
			if total += c.Attempts; c.Last < c.Begin || c.Last.Sub(c.Begin) >= policy.TargetSlice || c.Begin%policy.Instant(policy.TargetSlice) != 0 {
				t.Fatalf("%+v", c)
			}
		}
		if total != e.Counters().Attempts {
			t.Fatalf("%d by instance, %d in all", total, e.Counters().Attempts)
		}
	})
}
