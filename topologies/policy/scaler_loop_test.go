package policy_test

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
)

// makeScaler makes a scaler from its settings as a file would have them:
// "lambda: {keep_alive: 10s}".
func makeScaler(t rapid.TB, text string) policy.Scaler {
	t.Helper()
	cfg, problems := scalerConfig(t, text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return cfg.New()
}

func scalerConfig(t rapid.TB, text string) (policy.ScalerConfig, decode.Problems) {
	t.Helper()
	docs, problems := decode.Read("f.yaml", []byte("scenario: x\n"+text+"\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	name, _, _ := strings.Cut(text, ":")
	d, known := policy.Scalers.Lookup(name)
	if !known {
		t.Fatalf("no scaler %q", name)
	}
	cfg := d.New()
	decoder := decode.New(&docs[0])
	settings := docs[0].Root.Content[3]
	decoder.Struct(settings, decode.Shape{What: name}, cfg)
	return cfg, decoder.Problems
}

// node is a small model of a node under a scaler, in virtual time. So many
// requests are there at once, whatever becomes of them; instances take startUp
// to become ready and then take requests in the order of their age.
type node struct {
	scaler      policy.Scaler
	startUp     time.Duration
	concurrency int
	cost        float64 // cores that a request at an instance uses
	cores       float64 // that an instance has

	now       policy.Instant
	offered   int              // requests that there are
	ready     []policy.Instant // of each instance that serves, since when it is idle; Never: it is busy
	starting  []policy.Instant // of each instance on its way, when it will be ready
	load, cpu time.Duration
	next      policy.Instant
	started   int
	refused   int
	log       func(now policy.Instant, before int, d policy.Decision)
}

func (n *node) observe() policy.Observation {
	o := policy.Observation{
		Ready: len(n.ready), Starting: len(n.starting), Concurrency: n.concurrency,
		Load: n.load, CPU: n.cpu, Cores: n.cores, InFlight: n.inFlight(), Front: true,
	}
	o.Queued = n.offered - o.InFlight
	for _, since := range n.ready {
		if since != policy.Never {
			o.Idle = append(o.Idle, since)
		}
	}
	slices.Sort(o.Idle)
	return o
}

func (n *node) inFlight() int {
	if n.concurrency == 0 && len(n.ready) > 0 {
		return n.offered
	}
	return min(n.offered, len(n.ready)*n.concurrency)
}

// pass lets time go by to an instant before which nothing happens.
func (n *node) pass(to policy.Instant) {
	passed := to.Sub(n.now)
	n.load += passed * time.Duration(n.offered)
	n.cpu += time.Duration(float64(passed) * min(float64(n.inFlight())*n.cost, float64(len(n.ready))*max(n.cores, 1)))
	n.now = to
}

// offer changes how many requests there are, and asks the scaler where one waits.
func (n *node) offer(requests int) {
	n.offered = requests
	n.settle()
	if n.inFlight() < requests {
		n.decide()
	}
}

// settle gives the requests to the oldest instances.
func (n *node) settle() {
	each := max(1, n.concurrency)
	if n.concurrency == 0 {
		each = max(1, n.offered)
	}
	busy := min(len(n.ready), (n.offered+each-1)/each)
	for i := range n.ready {
		switch {
		case i < busy:
			n.ready[i] = policy.Never
		case n.ready[i] == policy.Never:
			n.ready[i] = n.now
			n.next = min(n.next, n.now) // it became idle: the host asks
		}
	}
}

// decide asks the scaler and does as it says.
func (n *node) decide() policy.Decision {
	o := n.observe()
	d := n.scaler.Decide(n.now, o)
	if n.log != nil {
		n.log(n.now, len(n.ready)+len(n.starting), d)
	}
	n.next = d.Next
	n.refused += d.Refuse
	n.offered -= d.Refuse
	for len(n.ready)+len(n.starting) < d.Desired {
		n.starting = append(n.starting, n.now.Add(n.startUp))
		n.started++
	}
	for len(n.ready)+len(n.starting) > d.Desired && len(n.starting) > 0 {
		n.starting = n.starting[:len(n.starting)-1]
	}
	for len(n.ready) > d.Desired {
		n.retire()
	}
	return d
}

// retire ends the instance that is idle the longest, or else the youngest.
func (n *node) retire() {
	at := len(n.ready) - 1
	for i, since := range n.ready {
		if since < n.ready[at] {
			at = i
		}
	}
	n.ready = slices.Delete(n.ready, at, at+1)
	n.settle()
}

// run plays to an instant.
func (n *node) run(until policy.Instant) {
	for {
		due := n.next
		if len(n.starting) > 0 {
			due = min(due, n.starting[0])
		}
		if due > until {
			break
		}
		n.pass(due)
		for len(n.starting) > 0 && n.starting[0] == due {
			n.starting = n.starting[1:]
			n.ready = append(n.ready, n.now)
		}
		n.settle()
		n.decide()
	}
	n.pass(until)
}
