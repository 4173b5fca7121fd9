package price

import (
	"fmt"
	"slices"
	"strings"

	"windtunnel/topologies/unit"
)

// Assumption is something that a cost rests on, to be printed beside it.
type Assumption struct {
	About string `json:"about"` // a node, a price book, the architecture, or "month"
	Node  bool   `json:"node"`  // it is about a node
	Text  string `json:"text"`
	Doubt bool   `json:"doubt"` // it may well be otherwise
}

func (a *Architecture) assume(about, text string, doubt bool) {
	isNode := slices.ContainsFunc(a.usage.Nodes, func(n Node) bool { return n.Name == about })
	a.Assumptions = append(a.Assumptions, Assumption{About: about, Node: isNode, Text: text, Doubt: doubt})
}

// assumeAll says what the books are, what they leave out, what the nodes are
// taken for, and what a month is.
func (a *Architecture) assumeAll() {
	for _, p := range a.books {
		a.assume(p.book.Name, fmt.Sprintf("%s, %s, in %s, prices read %s", p.book.Platform, p.book.Region, p.book.Currency, p.read()), false)
		if len(p.book.LeavesOut) > 0 {
			a.assume(p.book.Name, "left out: "+strings.Join(p.book.LeavesOut, ", "), false)
		}
		for _, note := range p.book.Notes {
			a.assume(p.book.Name, note, false)
		}
		for i, amounts := range p.recorded() {
			l := &p.book.Lines[i]
			if word, ok := doubts[l.Confidence]; ok && sum(amounts).Sign() > 0 {
				a.assume(p.book.Name, fmt.Sprintf("the price of %s %s (%s)", l.Charge, word, l.Source), l.Confidence != "secondary")
			}
		}
		for i, n := range p.nodes {
			a.assumeNode(p, n, p.sizes[i])
		}
	}
	if !slices.ContainsFunc(a.usage.Nodes, func(n Node) bool { return n.Kind == "gateway" || n.Kind == "balancer" }) {
		a.assume(a.Name, "nothing stands in front of it: no gateway and no load balancer is billed", true)
	}
	if text := a.Borne(); text != "" {
		a.assume(a.Name, text, true)
	}
	free := "free tiers are counted, as if nobody else of the account used them"
	if !a.settings.FreeTier {
		free = "free tiers are not counted"
	}
	a.assume("month", fmt.Sprintf("%d hours of requests that all succeed, each at what the run spent for one that did; %s; the run itself and a million requests are without them", MonthHours, free), false)
}

// fewFailed is the share of failed requests up to which they hardly change what
// one that succeeds costs.
const fewFailed = 0.01

// Borne says that the cost rests on a run of which more than a few requests
// failed; "" where it does not.
func (a *Architecture) Borne() string {
	if share := a.usage.failedShare(); share > fewFailed {
		return fmt.Sprintf("%.3g %% of the run's requests failed, and what they took is borne by those that succeeded", 100*share)
	}
	return ""
}

// doubts are the words for figures that the provider was not seen to say.
var doubts = map[string]string{
	"secondary":  "is from somebody else than the provider",
	"unverified": "is unverified",
	"assumed":    "is our assumption",
}

// read is when the prices of a book were read: a date, or the first and the last.
func (p *priced) read() string {
	var dates []string
	for _, l := range p.book.Lines {
		dates = append(dates, l.Read)
	}
	slices.Sort(dates)
	if first, last := dates[0], dates[len(dates)-1]; first != last {
		return first + " to " + last
	}
	return dates[0]
}

// assumeNode says in one sentence what a node is taken for, where that is not what
// was declared, and how many of it a projection keeps.
func (a *Architecture) assumeNode(p *priced, n *Node, size Size) {
	var all []string
	doubt := false
	for _, of := range []func(*priced, *Node, Size) (string, bool){unbilled, sized, a.provided, a.kept} {
		if text, doubtful := of(p, n, size); text != "" {
			all, doubt = append(all, text), doubt || doubtful
		}
	}
	if len(all) > 0 {
		a.assume(n.Name, strings.Join(all, "; "), doubt)
	}
}

// unbilled says what the record or the book cannot tell of a node.
func unbilled(p *priced, n *Node, _ Size) (text string, doubt bool) {
	switch {
	case n.Kind == "function" && n.Function == nil && p.counts("invocations"):
		return "the record has no invocations of it, and nothing is billed", true
	case n.Bytes == 0 && n.Requests > 0 && p.counts("load-balancer-capacity"):
		return "how many bytes it passes on is not known, and its capacity is billed by connections alone", true
	case n.provisioned() > 0 && !p.book.provisions() && !p.standing():
		return p.book.Name + " has no prices for its provisioned capacity, and only invocations are billed", true
	}
	return "", false
}

// sized tells of a size that is not the declared one, as far as the book bills it.
func sized(p *priced, n *Node, size Size) (text string, doubt bool) {
	declared := Size{n.CPU, n.Memory}
	byCPU, byMemory := p.bySize()
	_, large := p.book.billed(declared)
	var billed, missing []string
	if byCPU {
		billed = append(billed, cores(size))
		if declared.CPU == 0 {
			missing = append(missing, "CPU")
		}
	}
	if byMemory {
		billed = append(billed, size.Memory.String()+" of memory")
		if declared.Memory == 0 {
			missing = append(missing, "memory")
		}
	}
	text = "billed as " + strings.Join(billed, " and ")
	switch {
	case len(missing) > 0:
		text = "no limit on " + strings.Join(missing, " and ") + ", " + text
		if byMemory && declared.Memory == 0 {
			text += ", twice the memory being twice that"
		}
		return text, true
	case len(billed) > 0 && !large:
		return text + ", for which " + p.book.Name + " has no size", true
	case byCPU && size.CPU != declared.CPU || byMemory && size.Memory != declared.Memory:
		return text + ", the next size that there is", false
	}
	return "", false
}

// provided says what of a function is billed as provisioned capacity.
func (a *Architecture) provided(p *priced, n *Node, _ Size) (text string, doubt bool) {
	if n.provisioned() == 0 || !p.book.provisions() {
		return "", false
	}
	text = "provisioned at all times, used or idle: " + counting(Whole(int64(n.provisioned())))
	all := counted(n, func(*Invocation) bool { return true })
	if all.Sign() > 0 {
		share := counted(n, provisioned).Over(all).Float()
		text += fmt.Sprintf(", taken to serve %.3g %% of its invocations, as in the run", 100*share)
	}
	if filled := a.filled(n); filled.Sign() > 0 {
		text += fmt.Sprintf(", and no more of them than at %s/s", filled.short())
	}
	return text, false
}

// kept says how many instances a projection keeps, where they are billed.
func (a *Architecture) kept(p *priced, n *Node, _ Size) (text string, doubt bool) {
	if !p.standing() {
		return "", false
	}
	switch carried := a.carried(n); {
	case carried.Sign() == 0:
		return counting(a.instances(n, Number{})) + " at any rate, since the CPU that a request takes is not known, or not limited", true
	case n.Function != nil && n.Replicas > 0:
		return fmt.Sprintf("at least %s, and one for each %s/s, as in the run", counting(Whole(int64(n.Replicas))), carried.short()), false
	case n.Function != nil:
		return fmt.Sprintf("an instance for each %s/s, as in the run", carried.short()), false
	default:
		return fmt.Sprintf("at least %s, and one for each %s/s, which keeps its CPU %.3g %% busy",
			counting(Whole(int64(n.Replicas))), carried.short(), 100*float64(a.settings.Busy)), false
	}
}

func cores(s Size) string {
	if s.CPU == 1 {
		return "1 core"
	}
	return s.CPU.String() + " cores"
}

func counting(n Number) string {
	if n.Compare(Whole(1)) == 0 {
		return "1 instance"
	}
	return n.String() + " instances"
}

// short prints three significant digits, and all of those before the point, by
// thousands.
func (n Number) short() string {
	if n.Compare(Whole(100)) < 0 {
		return fmt.Sprintf("%.3g", n.Float())
	}
	return unit.Grouped(n.Text(0))
}

// bySize says what of the size of an instance a book bills.
func (p *priced) bySize() (cpu, memory bool) {
	for _, l := range p.lines {
		cpu = cpu || l.meter.of == coreTime || l.meter.machines
		memory = memory || l.meter.of == memoryTime || l.meter.machines
	}
	return cpu, memory
}

// standing says whether a book bills time in which nothing is asked.
func (p *priced) standing() bool {
	return slices.ContainsFunc(p.lines, func(l pricedLine) bool {
		return l.meter.standing != nil && !l.meter.provisioned && l.line.Meter != "nodes"
	})
}

// counts says whether a line has that meter.
func (p *priced) counts(meter string) bool {
	return slices.ContainsFunc(p.lines, func(l pricedLine) bool { return l.line.Meter == meter })
}
