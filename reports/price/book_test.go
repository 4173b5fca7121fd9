package price

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"windtunnel/topologies/unit"
)

// TestShippedBooks holds what every book must say of itself.
func TestShippedBooks(t *testing.T) {
	for _, d := range Books().All() {
		b := d.New()
		if len(b.LeavesOut) == 0 {
			t.Errorf("%s leaves nothing out: no platform has one price list", b.Name)
		}
		if d.Summary() == b.Platform+", "+b.Region {
			t.Errorf("%s has no opening comment", b.Name)
		}
		for _, l := range b.Lines {
			if !strings.HasPrefix(l.Source, "https://") && l.Confidence != "assumed" {
				t.Errorf("%s: the source of %s is no address: %s", b.Name, l.Charge, l.Source)
			}
			if text := b.Text(); !strings.Contains(text, l.Source) || !strings.Contains(text, l.Read) {
				t.Errorf("%s: explain does not say where and when %s was read", b.Name, l.Charge)
			}
		}
	}
	for _, name := range []string{"aws-lambda-x86", "aws-lambda-arm", "aws-api-gateway-http", "aws-api-gateway-rest", "aws-fargate", "aws-fargate-arm",
		"aws-ec2", "aws-sqs", "aws-alb", "google-cloud-run", "azure-functions", "self"} {
		if _, ok := Books().Lookup(name); !ok {
			t.Errorf("there is no book %s", name)
		}
	}
	for kind, name := range defaults {
		known, ok := Books().Lookup(name)
		if !ok || !slices.Contains(slices.Concat(known.New().For, known.New().Also), kind) {
			t.Errorf("the default for a %s is %s, which has no prices for it", kind, name)
		}
	}
}

const someBook = `# A book for tests
prices: acme
platform: Acme
region: here
for: [service]
lines:
  - {charge: time, meter: instance-cpu, per: core-hour, price: 1, source: "https://acme.example/", read: 2026-11-25}
`

func TestReadBook(t *testing.T) {
	b, problems := ReadBook("acme.yaml", []byte(someBook))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if b.Name != "acme" || b.Doc != "A book for tests" || b.Currency != "USD" || b.Lines[0].Confidence != "primary" {
		t.Errorf("read as %+v", b)
	}
	b, problems = ReadBook("acme.yaml", []byte(strings.TrimPrefix(someBook, "# A book for tests\n")))
	if err := problems.Err(); err != nil || b.Doc != "Acme, here" {
		t.Errorf("without a comment: %q, %v", b.Doc, err)
	}
}

// Everything that is wrong is said at its place.
func TestBrokenBooks(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"prices: acme", "price: acme", "acme.yaml:2:1: the document has no kind: it should begin with `prices: name`: did you mean \"prices\"?"},
		{"prices: acme", "prices: Acme 1", `acme.yaml:2:9: the prices's name: "Acme 1" is no name: names are lower-case letters, digits and hyphens, since they become file and container names: write "acme-1"`},
		{"region: here", "regoin: here", "acme.yaml:4:1: unknown key \"regoin\" in price book acme: did you mean \"region\"?"},
		{"price: 1,", "price: -1,", "acme.yaml:7:64: price: \"-1\" is no number of 0 or more, written out such as 0.0000166667"},
		{"price: 1,", "price: [1],", "acme.yaml:7:64: price: want a number of 0 or more such as 0.20, but this is a list"},
		{"meter: instance-cpu", "meter: instance-cpus", `acme.yaml:7:27: meter cannot be "instance-cpus": did you mean "instance-cpu"?`},
		{"per: core-hour", "per: GiB-hour", "acme.yaml:7:46: GiB-hour are no unit of instance-cpu, which counts CPU over time"},
		{"per: core-hour", "per: fortnight", `acme.yaml:7:46: ` + "`per` cannot be \"fortnight\": choose one of one, million, second, hour, core-second, core-hour, GiB-second, GiB-hour"},
		{"2026-11-25", "last week", `acme.yaml:7:106: "last week" is no date: write it as 2026-11-25`},
		{`source: "https://acme.example/", `, "", "acme.yaml:7:5: `lines` needs `source`: where the figures were read"},
		{"price: 1,", "price: 1, tiers: [{price: 2}],", "acme.yaml:7:64: either `price` or `tiers`"},
		{"price: 1,", "tiers: [{up_to: 5, price: 2}],", "acme.yaml:7:64: the last tier has no `up_to`: it goes on for ever"},
		{"price: 1,", "tiers: [{up_to: 5, price: 2}, {up_to: 5, price: 1}, {price: 1}],", "acme.yaml:7:64: tier 2 ends at 5, where the one before it does or sooner"},
		{"price: 1,", "tiers: [{up_to: 5}, {price: 1}],", "acme.yaml:7:65: `tiers` needs `price`: a number of 0 or more such as 0.20"},
		{"meter: instance-cpu, per: core-hour", "meter: machines, per: hour", "acme.yaml:7:3: the line \"time\" bills machines: say with `machine` what one has"},
		{"for: [service]", "for: [service]\nsizes: [{cpu: 1, from: 2Gi, to: 4Gi, step: 1Gi}, {cpu: 2, from: 1Gi, to: 4Gi, step: 1Gi}]",
			"acme.yaml:6:8: row 2 is smaller than the one before: a larger instance would cost less"},
		{"read: 2026-11-25}\n", "read: 2026-11-25}\n---\n" + strings.Replace(someBook, "acme", "other", 1), "acme.yaml:10:1: a file holds one price book, and here is the second"},
	} {
		text := strings.Replace(someBook, c.old, c.new, 1)
		_, problems := ReadBook("acme.yaml", []byte(text))
		if got := fmt.Sprint(problems.Err()); !strings.Contains(got, c.want) {
			t.Errorf("%s for %s:\n%s\nwant\n%s", c.new, c.old, got, c.want)
		}
	}
}

func TestFargateSizes(t *testing.T) {
	known, _ := Books().Lookup("aws-fargate")
	b := known.New()
	for _, c := range []struct {
		asked, want Size
		large       bool
	}{
		{Size{}, Size{1, 2 * gi}, true},
		{Size{0.1, 64 * mi}, Size{0.25, 512 * mi}, true},
		{Size{0.25, 513 * mi}, Size{0.25, 1 * gi}, true},
		{Size{0.25, 1*gi + 1}, Size{0.25, 2 * gi}, true},
		{Size{0.25, 3 * gi}, Size{0.5, 3 * gi}, true},
		{Size{0.3, 64 * mi}, Size{0.5, 1 * gi}, true},
		{Size{1, 9 * gi}, Size{2, 9 * gi}, true},
		{Size{4, 31 * gi}, Size{8, 32 * gi}, true},
		{Size{3, 0}, Size{4, 8 * gi}, true},
		{Size{32, 64 * gi}, Size{32, 64 * gi}, false},
	} {
		if got, ok := b.billed(c.asked); got != c.want || ok != c.large {
			t.Errorf("%v is billed as %v, %v; want %v, %v", c.asked, got, ok, c.want, c.large)
		}
	}
	if got, _ := (&Book{Step: Size{CPU: 0.1, Memory: 128 * mi}}).billed(Size{0.25, 129 * mi}); got != (Size{unit.CPU(0.3), 256 * mi}) {
		t.Errorf("steps: %v", got)
	}
}
