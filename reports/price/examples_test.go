package price

import (
	"testing"
	"time"

	"windtunnel/topologies/unit"
)

const (
	mi    = unit.Bytes(1 << 20)
	gi    = unit.Bytes(1 << 30)
	hour  = time.Hour
	month = MonthHours * time.Hour
)

// function is a function's node with invocations that all take the same time.
func function(memory unit.Bytes, count int64, took time.Duration) Node {
	return Node{Name: "f", Kind: "function", Memory: memory,
		Function: &Function{Invocations: []Invocation{{Duration: took, Count: count}}}}
}

// service is a service's node whose instances all live as long.
func service(cpu unit.CPU, memory unit.Bytes, instances int, lived time.Duration) Node {
	n := Node{Name: "s", Kind: "service", CPU: cpu, Memory: memory, Replicas: instances}
	for range instances {
		n.Instances = append(n.Instances, Lifetime{End: lived})
	}
	return n
}

// architecture prices usage by one book for all of it.
func architecture(t testing.TB, book string, s Settings, nodes ...Node) *Architecture {
	t.Helper()
	u := &Usage{Requests: 1, Length: time.Second, Nodes: nodes}
	for _, n := range nodes {
		if n.Function != nil {
			for _, i := range n.Function.Invocations {
				u.Requests = max(u.Requests, i.Count)
			}
		}
		u.Requests = max(u.Requests, n.Requests, n.Messages)
		s.set(n.Name, book)
	}
	a, err := NewArchitecture(book, u, &s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// billed is what the recorded usage costs as the whole of one month.
func (a *Architecture) billed(freeToo bool) Number {
	return a.bill(freeToo, Number{}, (*priced).recorded).Total
}

// TestWorkedExamples holds examples of the providers, of those who explain their
// prices, and some that were worked out by hand, to the cent.
func TestWorkedExamples(t *testing.T) {
	for _, e := range []struct {
		name string // and where it is from
		book string
		node Node
		free bool
		want string
	}{
		// https://aws.amazon.com/lambda/pricing/, example 1, when a GB-s was 0.00001667: 18.34 + 0.40. Today's
		// price gives 1,100,000 × 0.0000166667 = 18.33337 and 0.40.
		{"Lambda: 512 MB, 3 million times 1 s", "aws-lambda-x86", function(512*mi, 3_000_000, time.Second), true, "18.73"},
		// 1,500,000 × 0.0000166667 = 25.00005 and 0.60.
		{"the same without what is free", "aws-lambda-x86", function(512*mi, 3_000_000, time.Second), false, "25.60"},
		// Example 2 of the same page: 30 million × 0.2 s × 0.125 GB = 750,000 GB-s: 350,000 × 0.0000166667 = 5.83 and 29 × 0.20.
		{"Lambda: 128 MB, 30 million times 200 ms", "aws-lambda-x86", function(128*mi, 30_000_000, 200*time.Millisecond), true, "11.63"},
		// https://leyaa.ai/codefly/learn/aws/part-2/aws-lambda-pricing-model/visualize: 300,000 GB-s are free, 2 million requests are not.
		{"Lambda: all of the time is free", "aws-lambda-x86", function(512*mi, 3_000_000, 200*time.Millisecond), true, "0.40"},
		// The workload of https://aws.amazon.com/blogs/compute/introducing-tiered-pricing-for-aws-lambda/: 2 GB for 60 s. 75 million of
		// them are 9 billion GB-s: 6 billion × 0.0000166667 + 3 billion × 0.000015 + 75 × 0.20 = 100,000.20 + 45,000 + 15.
		{"Lambda: into the second tier", "aws-lambda-x86", function(2*gi, 75_000_000, time.Minute), false, "145015.20"},
		// 16 billion GB-s: 100,000.20 + 9 billion × 0.000015 + 1 billion × 0.0000133334 + 0.20 × 16.
		{"Lambda: into the third tier", "aws-lambda-x86", function(10*gi, 16_000_000, 100*time.Second), false, "248336.80"},
		// 19 billion GB-s: 7.5 × 13,333.40 + 11.25 × 12,000.10 + 0.25 × 10,666.70 a thousandth each, in thousands, and 3.80.
		{"Lambda on arm: into the third tier", "aws-lambda-arm", function(10*gi, 19_000_000, 100*time.Second), false, "237672.10"},
		// 1,000 × ⌈10.0001 ms⌉ × 1 GB = 11 s: rounding adds up, as it would not for the sum.
		{"Lambda: each invocation is rounded up alone", "aws-lambda-x86", function(1*gi, 100_000_000, 10*time.Millisecond+100), false, "38.33"},

		// https://modal.com/blog/azure-function-pricing-guide: 65.60 + 0.40.
		{"Azure: 1.5 GB, 3 million times 1 s", "azure-functions", function(1536*mi, 3_000_000, time.Second), true, "66.00"},
		// 100 MB are 128, 20 ms are 100: 100 million × 0.0125 GB-s = 1,250,000: 850,000 × 0.000016 + 99 × 0.20.
		{"Azure: memory and time have a least", "azure-functions", function(100*mi, 100_000_000, 20*time.Millisecond), true, "33.40"},

		// The workload of https://cloudwebschool.com/tools/cloud-run-cost-calculator/ with the free tier of
		// https://cloud.google.com/run/pricing: (2,000,000 − 180,000) × 0.000024 + (1,000,000 − 360,000) × 0.0000025 + 8 × 0.40.
		{"Cloud Run: 1 vCPU, 512 MB, 10 million times 200 ms", "google-cloud-run", function(512*mi, 10_000_000, 200*time.Millisecond), true, "48.48"},
		// 101 ms are 200: 2,000,000 × (0.000024 + 0.5 × 0.0000025) + 4.
		{"Cloud Run: in steps of 100 ms", "google-cloud-run", function(512*mi, 10_000_000, 101*time.Millisecond), false, "54.50"},
		// Two always: 2 × 2,628,000 s × 0.000018 − 240,000 × 0.000018, and 0.5 GiB of each: (2,628,000 − 450,000) × 0.000002.
		{"Cloud Run by instance: two for a month", "google-cloud-run-instances", service(1, 512*mi, 2, month), true, "94.64"},

		// https://aws.amazon.com/fargate/pricing/ prices by the second what is here by the hour: 5 tasks of 1 vCPU and 2 GB, ten minutes on each of
		// 30 days, are 25 vCPU-hours and 50 GB-hours: 1.012 + 0.22225.
		{"Fargate: 5 tasks, 10 minutes a day", "aws-fargate", service(1, 2*gi, 150, 10*time.Minute), false, "1.23"},
		// https://www.factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026/: "~$9/mo".
		{"Fargate: the smallest task for a month", "aws-fargate", service(0.25, 512*mi, 1, month), false, "9.01"},
		// https://www.wring.co/blog/aws-fargate-pricing-guide: "~$42/month"; (0.04048 + 4 × 0.004445) × 730.
		{"Fargate: 1 vCPU and 4 GB for a month", "aws-fargate", service(1, 4*gi, 1, month), false, "42.53"},
		{"Fargate on arm: 1 vCPU and 4 GB for a month", "aws-fargate-arm", service(1, 4*gi, 1, month), false, "34.03"},
		// 10,000 tasks of a second are billed for a minute: 166.67 h × (0.25 × 0.04048 + 0.5 × 0.004445).
		{"Fargate: a minute at least", "aws-fargate", service(0.25, 512*mi, 10_000, time.Second), false, "2.06"},

		// 30.37 of FACTS, which is 730 × 0.0416.
		{"EC2: one machine for a month", "aws-ec2", service(2, 4*gi, 1, month), false, "30.37"},
		{"EC2: four halves share a machine by memory", "aws-ec2", service(0.5, 1*gi, 4, month), false, "30.37"},
		{"EC2: a fifth needs another", "aws-ec2", service(0.5, 1*gi, 5, month), false, "60.74"},

		{"API Gateway, HTTP: https://awsforengineers.com/blog/aws-api-gateway-pricing-explained", "aws-api-gateway-http", Node{Name: "g", Kind: "gateway", Requests: 216_000_000}, false, "216.00"},
		// 300 × 1.00 + 200 × 0.90.
		{"API Gateway, HTTP: into the second tier", "aws-api-gateway-http", Node{Name: "g", Kind: "gateway", Requests: 500_000_000}, false, "480.00"},
		// 333 × 3.50 + 667 × 2.80 + 19,000 × 2.38 + 1,000 × 1.51.
		{"API Gateway, REST: into the fourth tier", "aws-api-gateway-rest", Node{Name: "g", Kind: "gateway", Requests: 21_000_000_000}, false, "49763.10"},
		// 3 million messages are 9 million requests, of which one is free.
		{"SQS: 3 million messages", "aws-sqs", Node{Name: "q", Kind: "queue", Messages: 3_000_000}, true, "3.20"},
		// 300 billion requests: 100,000 × 0.40 + 100,000 × 0.30 + 100,000 × 0.24, in millions.
		{"SQS: into the third tier", "aws-sqs", Node{Name: "q", Kind: "queue", Messages: 100_000_000_000}, false, "94000.00"},

		// The dimensions of https://aws.amazon.com/elasticloadbalancing/pricing/ for 5 requests and 300 KB a second: 1.08 GB an hour are
		// 1.08 units: (0.0225 + 1.08 × 0.008) × 720.
		{"ALB: bytes decide", "aws-alb", Node{Name: "b", Kind: "balancer", Instances: []Lifetime{{End: 720 * hour}},
			Requests: 5 * 3600 * 720, Bytes: 300_000 * 3600 * 720}, false, "22.42"},
		// 5,000 requests a second are 50 connections, which are 2 units: 16.425 + 2 × 0.008 × 730.
		{"ALB: connections decide", "aws-alb", Node{Name: "b", Kind: "balancer", Instances: []Lifetime{{End: month}},
			Requests: 5000 * 3600 * MonthHours}, false, "28.11"},
		{"ALB: a part of an hour is an hour", "aws-alb", Node{Name: "b", Kind: "balancer", Instances: []Lifetime{{Start: -time.Second, End: hour}}}, false, "0.05"},

		// 64 cores half of the time for a month, and 256 GiB: 32 × 730 × 0.012 + 128 × 730 × 0.003.
		{"your own hardware: half a server", "self", service(32, 128*gi, 1, month), false, "560.64"},
	} {
		if got := architecture(t, e.book, Defaults(), e.node).billed(e.free).Cents(); got != e.want {
			t.Errorf("%s: %s, want %s", e.name, got, e.want)
		}
	}
}

// TestProvisionedCapacity is example 1 of provisioned concurrency on
// https://aws.amazon.com/lambda/pricing/: 1,024 MB, 1,000 units for 2 hours, 1.2
// million invocations of 1 s: 7.2 million GB-s × 0.0000041667 + 1.2 × 0.20 + 1.2
// million × 0.0000097222 = 30.00 + 0.24 + 11.67, and no free tier.
func TestProvisionedCapacity(t *testing.T) {
	n := function(1*gi, 1_200_000, time.Second)
	n.Function.Invocations[0].Provisioned = true
	for range 1000 {
		n.Function.Provisioned = append(n.Function.Provisioned, Lifetime{Start: hour, End: 3 * hour})
	}
	a := architecture(t, "aws-lambda-x86", Defaults(), n)
	if got := a.billed(true).Cents(); got != "41.91" {
		t.Errorf("%s, want 41.91", got)
	}
	// What exceeds the capacity is billed as usual, with its free tier: 18.73 more.
	n.Function.Invocations = append(n.Function.Invocations, Invocation{Duration: time.Second / 2, Count: 3_000_000})
	if got := architecture(t, "aws-lambda-x86", Defaults(), n).billed(true).Cents(); got != "60.64" {
		t.Errorf("with 3 million more: %s, want 60.64", got)
	}
	// Two hours and a second are two hours and five minutes: 7.5 million GB-s.
	for i := range n.Function.Provisioned {
		n.Function.Provisioned[i].End += time.Second
	}
	n.Function.Invocations = nil
	if got := architecture(t, "aws-lambda-x86", Defaults(), n).billed(true).Cents(); got != "31.25" {
		t.Errorf("a second longer: %s, want 31.25", got)
	}
	// A book without prices for it bills the invocations like any other, and says so.
	n.Function.Invocations = []Invocation{{Duration: time.Second, Count: 1_200_000, Provisioned: true}}
	if !assumed(architecture(t, "aws-lambda-x86", Defaults(), n), "f", "provisioned at all times, used or idle: 1000 instances, taken to serve 100 % of its invocations, as in the run, and no more of them than at 1,000/s") {
		t.Error("Lambda's provisioned capacity is not told of")
	}
	b := architecture(t, "azure-functions", Defaults(), n)
	if got := b.billed(false).Cents(); got != "19.44" {
		t.Errorf("Azure: %s, want 19.44", got)
	}
	if !assumed(b, "f", "azure-functions has no prices for its provisioned capacity, and only invocations are billed") {
		t.Errorf("Azure says nothing of it: %v", b.Assumptions)
	}
	// A book that bills instances keeps them at any rate.
	n.Replicas, n.Instances = 3, []Lifetime{{End: hour}, {End: hour}, {End: hour}}
	u := architecture(t, "self", Defaults(), n)
	for rate, want := range map[int64]string{0: "3", 1_200_000: "3", 1_200_001: "4"} { // of the run's one second
		if got := u.instances(&u.usage.Nodes[0], Whole(rate).Over(Whole(3600))).String(); got != want {
			t.Errorf("%d an hour: %s instances, want %s", rate, got, want)
		}
	}
}

// TestInitIsBilled: since 2025-08-01 a start is billed with the invocation that
// waits for it, and both are rounded up together: ⌈1.4 + 1.4⌉ is 3 ms, not 4.
func TestInitIsBilled(t *testing.T) {
	part := 1400 * time.Microsecond
	n := function(1*gi, 0, 0)
	n.Function.Invocations = []Invocation{{Duration: part, Init: part, Count: 1_000_000_000}}
	for book, want := range map[string]string{
		"aws-lambda-x86":  "250.00", // 3 million GB-s × 0.0000166667 + 200
		"azure-functions": "1800.00",
	} {
		if got := architecture(t, book, Defaults(), n).billed(false).Cents(); got != want {
			t.Errorf("%s: %s, want %s", book, got, want)
		}
	}
}

// assumed says whether an architecture says so of something.
func assumed(a *Architecture, about, text string) bool {
	for _, s := range a.Assumptions {
		if s.About == about && s.Text == text {
			return true
		}
	}
	return false
}
