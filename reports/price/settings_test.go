package price

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"windtunnel/topologies/unit"
)

// kinds are a node of every kind, whose name is its kind.
func kinds() []Node {
	var nodes []Node
	for _, kind := range []string{"function", "service", "container", "gateway", "balancer", "breaker", "registry", "queue", "store", "cache", "external"} {
		nodes = append(nodes, Node{Name: kind, Kind: kind})
	}
	return nodes
}

// booksOf says which book prices a node of each kind.
func booksOf(t *testing.T, s *Settings) string {
	t.Helper()
	var words []string
	for _, n := range kinds() {
		book, err := s.of(&n)
		switch {
		case err != nil:
			words = append(words, err.Error())
		case book != nil:
			words = append(words, n.Kind+" "+book.Name)
		}
	}
	return strings.Join(words, ", ")
}

func TestUse(t *testing.T) {
	const usual = "function aws-lambda-x86, service aws-fargate, container aws-fargate, gateway aws-api-gateway-http, " +
		"balancer aws-alb, breaker aws-fargate, registry aws-fargate, queue aws-sqs"
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, usual},
		{[]string{"aws-lambda-arm"}, strings.Replace(usual, "x86", "arm", 1)},
		{[]string{"gateway=aws-alb"}, strings.Replace(usual, "aws-api-gateway-http", "aws-alb", 1)},
		{[]string{"aws-fargate-arm", "service=self"}, strings.Replace(strings.ReplaceAll(usual, "aws-fargate", "aws-fargate-arm"), "service aws-fargate-arm", "service self", 1)},
		{[]string{"queue=none"}, strings.TrimSuffix(usual, ", queue aws-sqs")},
		{[]string{"none"}, ""},
		{[]string{"none", "function=azure-functions"}, "function azure-functions"},
		{[]string{"self"}, "function self, service self, container self, gateway self, balancer self, breaker self, registry self, queue self, store self, cache self"},
		{[]string{"gateway=aws-sqs"}, strings.Replace(usual, "gateway aws-api-gateway-http", "price gateway: it is a gateway, and aws-sqs has prices for queue", 1)},
	} {
		s := Defaults()
		for _, w := range c.words {
			if err := s.Use(w, nil); err != nil {
				t.Fatalf("%v: %v", c.words, err)
			}
		}
		if got := booksOf(t, &s); got != c.want {
			t.Errorf("%v:\n%s\nwant\n%s", c.words, got, c.want)
		}
	}
	s := Defaults()
	for word, want := range map[string]string{
		"aws-lamda-arm":  `there is no price book "aws-lamda-arm": did you mean "aws-lambda-arm"?`,
		"service=banana": `there is no price book "banana": there are aws-alb, `,
	} {
		if err := s.Use(word, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
	}
}

// A file may bring books of its own and the settings that use them.
func TestUseFile(t *testing.T) {
	files := map[string]string{
		"ours.yaml": someBook + `---
costs: ours
books: {service: acme, payments: none}
free_tier: false
busy: 50%
traffic: {by_hour: [1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 1/s, 25/s]}
`,
		"broken.yml": "costs: ours\nbooks: {service: acne, gateway: aws-alb}\ntraffic: {by_hour: [1/s]}\nfree_teir: true\n",
		"names.yaml": "costs: ours\nbooks: {service: aws-fargat}\ntraffic: 20/s\n",
	}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	s := Defaults()
	if err := s.Use("ours.yaml", read); err != nil {
		t.Fatal(err)
	}
	if s.FreeTier || s.Busy != 0.5 || len(s.Traffic.ByHour) != 24 || s.Books["payments"] != None {
		t.Errorf("read as %+v", s)
	}
	if book, err := s.of(&Node{Name: "x", Kind: "service"}); err != nil || book.Platform != "Acme" {
		t.Errorf("a service is priced by %v, %v", book, err)
	}
	if book, err := s.of(&Node{Name: "payments", Kind: "service"}); err != nil || book != nil {
		t.Errorf("payments is priced by %v, %v", book, err)
	}
	if err := s.Use("acme", nil); err != nil {
		t.Errorf("the book of a file is not known by its name: %v", err)
	}

	s = Defaults()
	before := fmt.Sprint(s)
	err := s.Use("broken.yml", read)
	for _, want := range []string{
		"broken.yml:3:20: a day has 24 hours, and here are 1 rates",
		`broken.yml:4:1: unknown key "free_teir" in costs ours: did you mean "free_tier"?`,
		`broken.yml:2:18: there is no price book "acne": there are `,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a broken file: %v\nwant %s", err, want)
		}
	}
	if err = s.Use("names.yaml", read); err == nil || !strings.Contains(err.Error(), `names.yaml:2:18: there is no price book "aws-fargat": did you mean "aws-fargate"?`) {
		t.Errorf("a misspelt book: %v", err)
	}
	if fmt.Sprint(s) != before {
		t.Error("a broken file changes the settings")
	}
	if err = s.Use("missing.yaml", read); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestTrafficText(t *testing.T) {
	var day Traffic
	if err := day.UnmarshalText([]byte(strings.Repeat("1/s,", 23) + "25/s")); err != nil || len(day.ByHour) != 24 {
		t.Errorf("a day: %v, %v", day, err)
	}
	// 23 hours a day of 1/s and one of 25/s are 2/s in the mean: 48 × 3,600 a day.
	want := Whole(2 * 3600 * MonthHours)
	if got := requestsOf(day.month()); got.Compare(want) != 0 {
		t.Errorf("a month has %s requests, want %s", got, want)
	}
	if parts := day.month(); len(parts) != 2 {
		t.Errorf("two different rates make %d stretches", len(parts))
	}
	if got := day.words(); got != "1/s to 25/s by the hour of the day" {
		t.Error(got)
	}
	var flat Traffic
	if err := flat.UnmarshalText([]byte("200/s")); err != nil || flat.Rate != 200 || flat.words() != "a constant 200/s" {
		t.Errorf("a rate: %v, %v", flat, err)
	}
	for text, want := range map[string]string{
		"200": "is not a rate", "": "is not a rate", "1/s,2/s": "a day has 24 hours, and here are 2 rates", "-1/s": "is not a rate",
	} {
		if err := new(Traffic).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A topology of books in different currencies has no sum.
func TestCurrenciesDoNotMix(t *testing.T) {
	s := Defaults()
	text := strings.Replace(someBook, "region: here", "region: here\ncurrency: EUR", 1)
	if err := s.Use("acme.yaml", func(string) ([]byte, error) { return []byte(text), nil }); err != nil {
		t.Fatal(err)
	}
	s.set("service", "acme")
	_, err := NewArchitecture("a", &Usage{Nodes: kinds()}, &s)
	if err == nil || err.Error() != "price service: acme is in EUR, and other books are in USD" {
		t.Error(err)
	}
}

// What is not priced, and what is only taken for something, is said.
func TestAssumptions(t *testing.T) {
	u := Usage{Requests: 100, Length: hour, Nodes: append(kinds(),
		Node{Name: "small", Kind: "service", CPU: 0.1, Memory: 64 * mi, Replicas: 2, CPUPerRequest: 1e6},
		Node{Name: "large", Kind: "service", CPU: 32, Memory: 64 * gi, Replicas: 1, CPUPerRequest: 1e6})}
	u.Nodes[4].Requests = 10
	u.Nodes[7].Messages = 10
	s := Defaults()
	s.FreeTier = false
	a, err := NewArchitecture("a", &u, &s)
	if err != nil {
		t.Fatal(err)
	}
	for about, want := range map[string]string{
		"store":       "not priced (store)",
		"external":    "not priced (external)",
		"function":    "the record has no invocations of it, and nothing is billed; no limit on memory, billed as 128Mi of memory, twice the memory being twice that",
		"balancer":    "how many bytes it passes on is not known, and its capacity is billed by connections alone",
		"service":     "no limit on CPU and memory, billed as 1 core and 2Gi of memory, twice the memory being twice that; 0 instances at any rate, since the CPU that a request takes is not known, or not limited",
		"small":       "billed as 0.25 cores and 512Mi of memory, the next size that there is; at least 2 instances, and one for each 70/s, which keeps its CPU 70 % busy",
		"large":       "billed as 32 cores and 64Gi of memory, for which aws-fargate has no size; at least 1 instance, and one for each 22,400/s, which keeps its CPU 70 % busy",
		"aws-fargate": "AWS Fargate on x86, us-east-1, in USD, prices read 2026-11-25",
		"aws-sqs":     "the price of requests is from somebody else than the provider (https://cloudburn.io/blog/amazon-sqs-pricing)",
		"month":       "730 hours of requests that all succeed, each at what the run spent for one that did; free tiers are not counted; the run itself and a million requests are without them",
	} {
		if !slices.ContainsFunc(a.Assumptions, func(s Assumption) bool { return s.About == about && strings.HasPrefix(s.Text, want) }) {
			t.Errorf("%s: nothing says %q", about, want)
		}
	}
	front := Usage{Nodes: []Node{{Name: "s", Kind: "service", Replicas: 1, CPU: unit.CPU(1), Memory: 2 * gi}}}
	if !assumed(mustPrice(t, &front, &s), "a", "nothing stands in front of it: no gateway and no load balancer is billed") {
		t.Error("a service alone has nothing in front, and nothing says so")
	}
}

// A word that names what is not there is refused; a file may be for other topologies too.
func TestSettingsFit(t *testing.T) {
	nodes, kinds := []string{"payments", "edge"}, []string{"function", "service"}
	for word, want := range map[string]string{
		"self": "", "none": "", "service=self": "", "payments=none": "", "costs.yaml": "",
		"zervice=self": `there is no node and no node kind "zervice": did you mean "service"?`,
		"shop=none":    `there is no node and no node kind "shop": there are the nodes payments, edge, and the kinds function, service`,
	} {
		s := Defaults()
		if err := s.Use(word, func(string) ([]byte, error) { return []byte("costs: mine\nbooks: {elsewhere: self}\n"), nil }); err != nil {
			t.Fatal(word, err)
		}
		got := ""
		if err := s.Fit(nodes, kinds); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
