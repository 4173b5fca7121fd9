package price

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// told prints a break-even.
func told(b BreakEven) string {
	words := []string{b.Low}
	for _, m := range b.Meet {
		how := "at"
		if m.Step {
			how = "step at"
		}
		words = append(words, fmt.Sprintf("%s %s: %s", how, m.Rate.Text(4), m.Cheaper))
	}
	return strings.Join(words, ", ")
}

// named is an architecture of one node.
func named(t testing.TB, name string, freeToo bool, book string, n Node) *Architecture {
	t.Helper()
	s := Defaults()
	s.FreeTier = freeToo
	s.set(n.Kind, book)
	a, err := NewArchitecture(name, &Usage{Requests: 1000, Length: 10 * time.Second, Nodes: []Node{n}}, &s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBreakEven(t *testing.T) {
	calls := Node{Name: "f", Kind: "function", Memory: 1 * gi, Function: &Function{Invocations: []Invocation{{Duration: 100 * time.Millisecond, Count: 1000}}}}
	// 1,000 requests take 1,000 × (0.1 × 0.0000166667 + 0.0000002) = 0.00186667; a month of 1/s is 2,628,000 of them: 4.9056… USD.
	fixed := Node{Name: "s", Kind: "service", CPU: 1, Memory: 2 * gi, Replicas: 1} // 0.04937 × 730 = 36.0401 USD
	steps := fixed
	steps.CPUPerRequest = 100 * time.Millisecond // 7/s with each
	for _, c := range []struct {
		name       string
		free       bool
		a, b       Node
		bookA      string
		bookB      string
		upTo, want string
	}{
		// 36.0401 / (2,628,000 × 0.00000186667) = 7.3467.
		{"functions against a service that never grows", false, calls, fixed, "aws-lambda-x86", "aws-fargate", "1000", "functions, at 7.3467: services"},
		// Free: 0.20 and 400,000 × 0.0000166667 = 6.66668 less: (36.0401 + 6.86668) / 4.905608… = 8.7465.
		{"with what is free", true, calls, fixed, "aws-lambda-x86", "aws-fargate", "1000", "functions, at 8.7465: services"},
		// Two services carry 14/s for 72.08, one 7/s: at 7 functions cost 34.3, and above it the second instance costs more than they do, to 14.69;
		// but above 14 the third costs 108.12, to 22.04, and so on: an instance costs 5.1486 for each 1/s at its best, and functions 4.9056.
		{"functions against a service that grows", false, calls, steps, "aws-lambda-x86", "aws-fargate", "40", "functions"},
		{"the other way round", false, steps, calls, "aws-fargate", "aws-lambda-x86", "40", "functions"},
		{"the same twice", false, calls, calls, "aws-lambda-x86", "aws-lambda-x86", "1000", ""},
		{"arm is always cheaper", false, calls, calls, "aws-lambda-x86", "aws-lambda-arm", "1000", "services"},
	} {
		a, b := named(t, "functions", c.free, c.bookA, c.a), named(t, "services", c.free, c.bookB, c.b)
		if c.a.Kind == "service" {
			a, b = named(t, "services", c.free, c.bookA, c.a), named(t, "functions", c.free, c.bookB, c.b)
		}
		if got := told(a.MeetWith(b, number(t, c.upTo))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Curves that jump cross at jumps and between them.
func TestBreakEvenOfStairs(t *testing.T) {
	// 8/s with each instance: at its best one costs 4.505 for each 1/s, less than functions at 4.9056.
	stairs := Node{Name: "s", Kind: "service", CPU: 1, Memory: 2 * gi, Replicas: 1, CPUPerRequest: 87500 * time.Microsecond}
	calls := Node{Name: "f", Kind: "function", Memory: 1 * gi, Function: &Function{Invocations: []Invocation{{Duration: 100 * time.Millisecond, Count: 1000}}}}
	a, b := named(t, "services", false, "aws-fargate", stairs), named(t, "functions", false, "aws-lambda-x86", calls)
	want := "functions, at 7.3467: services, step at 8.0000: functions, at 14.6934: services, step at 16.0000: functions, at 22.0401: services, " +
		"step at 24.0000: functions, at 29.3869: services"
	got := a.MeetWith(b, Whole(30))
	if told(got) != want {
		t.Errorf("%s\nwant\n%s", told(got), want)
	}
	if cost := got.Meet[0].Cost.Cents(); cost != "36.04" {
		t.Errorf("they meet at %s USD, want 36.04", cost)
	}
	if reach := a.MeetWith(b, Whole(1_000_000)).UpTo; reach.Compare(Whole(2000)) != 0 {
		t.Errorf("looked at up to %s, want 2000/s, where the service has %d instances", reach, MaxInstances)
	}
}

// The tiers of a gateway bend its curve: REST costs less than a third of an
// expensive book only where its tiers have begun.
func TestBreakEvenOverTiers(t *testing.T) {
	gateway := Node{Name: "g", Kind: "gateway", Replicas: 1, Requests: 1000}
	text := strings.NewReplacer("[service]", "[gateway]", "instance-cpu", "requests", "core-hour", "million", "price: 1,", "price: 3.0,").Replace(someBook)
	s := Defaults()
	if err := s.Use("acme.yaml", func(string) ([]byte, error) { return []byte(text), nil }); err != nil {
		t.Fatal(err)
	}
	make := func(name, book string) *Architecture {
		of := s
		of.set("gateway", book)
		return mustPriceAs(t, name, &Usage{Requests: 1000, Length: 10 * time.Second, Nodes: []Node{gateway}}, &of)
	}
	// 333 × 3.5 + 2.8 × x = 3 × (333 + x): x = 832.5 is beyond the tier's end at 1,000; 333 × 3.5 + 667 × 2.8 + 2.38 × y = 3 × (1,000 + y):
	// 3,033.1 − 3,000 = 0.62 y, so they meet at 1,053.387 million requests a month, which is 400.8322/s.
	if got, want := told(make("flat", "acme").MeetWith(make("rest", "aws-api-gateway-rest"), Whole(5000))), "flat, at 400.8322: rest"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func mustPriceAs(t interface{ Fatal(...any) }, name string, u *Usage, s *Settings) *Architecture {
	a, err := NewArchitecture(name, u, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Wherever one looks, the one that is said to be cheaper is not the dearer one,
// and at a meeting that is no step both cost the same.
func TestBreakEvenHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *Architecture {
			_, u, s := drawPriced(t)
			u.Requests, u.Length = max(u.Requests, 1), max(u.Length, time.Second)
			return mustPriceAs(t, name, &u, s)
		}
		a, b := draw("a"), draw("b")
		upTo := Whole(rapid.Int64Range(1, 20).Draw(t, "up to"))
		found := a.MeetWith(b, upTo)
		for _, m := range found.Meet {
			if at := m.Rate; !m.Step && a.At(at).Compare(b.At(at)) != 0 {
				t.Fatalf("at %s they cost %s and %s", at, a.At(at), b.At(at))
			}
		}
		part := Whole(rapid.Int64Range(1, 9999).Draw(t, "ten thousandths"))
		rate := found.UpTo.Times(part).Over(Whole(10_000))
		cheaper := found.Low
		for _, m := range found.Meet {
			if m.Rate.Compare(rate) == 0 {
				return
			}
			if m.Rate.Compare(rate) < 0 {
				cheaper = m.Cheaper
			}
		}
		switch difference := a.At(rate).Compare(b.At(rate)); {
		case difference < 0 && cheaper != "a", difference > 0 && cheaper != "b":
			t.Fatalf("at %s a costs %s and b %s, and %q is said to be cheaper: %s", rate, a.At(rate), b.At(rate), cheaper, told(found))
		}
	})
}
