package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// SheddingConfig says which requests an instance turns away to keep the others
// from waiting.
//
// Those of low priority go first. They may fill only a part of the queue, so that
// there is room for the others; and while CoDel sheds, all of them are turned
// away that have waited too long, where of normal priority it is one now and
// then. CoDel lets those of high priority be: what it would take of them it takes
// of the next one of lower priority.
type SheddingConfig struct {
	Queue  int          `yaml:"queue,value" json:"queue,omitempty" min:"0" doc:"turns a request away when so many wait for a worker; 0: however many wait"`
	Normal unit.Share   `yaml:"normal" json:"normal,omitempty" default:"100%" min:"1%" max:"100%" doc:"of the queue that requests of normal priority may fill"`
	Low    unit.Share   `yaml:"low" json:"low,omitempty" default:"50%" min:"1%" max:"100%" doc:"of the queue that requests of low priority may fill"`
	First  []string     `yaml:"first" json:"first,omitempty" doc:"operations, components or entries of the least value: of low priority here, whatever they are elsewhere"`
	CoDel  *CoDelConfig `yaml:"codel" json:"codel,omitempty" doc:"turns requests away that have waited, once waits do not come down again (controlled delay)"`
}

// CoDelConfig bounds how long a queue may stand.
type CoDelConfig struct {
	Target   time.Duration `yaml:"target,value" json:"target,omitempty" default:"5ms" min:"1us" doc:"the wait that a good queue comes down to"`
	Interval time.Duration `yaml:"interval" json:"interval,omitempty" default:"100ms" min:"1ms" doc:"how long all waits must be above the target before any request is turned away"`
}

// rank is the priority that a request has here.
func (c *SheddingConfig) rank(a Asked) Priority {
	if len(c.First) > 0 && (slices.Contains(c.First, a.Name) || slices.Contains(c.First, work.Component(a.Name))) {
		return Low
	}
	return a.Priority
}

// Sheds says whether a request of a priority is turned away while so many others
// wait.
func (c *SheddingConfig) Sheds(p Priority, waiting int) bool {
	if c.Queue <= 0 {
		return false
	}
	room := unit.Share(1)
	switch {
	case p == Low:
		room = cmp.Or(c.Low, 0.5)
	case p != High:
		room = cmp.Or(c.Normal, 1)
	}
	return waiting >= int(math.Ceil(float64(room)*float64(c.Queue)-1e-9))
}

// The states of a CoDel.
const (
	Accepting = "accepting"
	Shedding  = "shedding"
)

// CoDel is controlled delay (RFC 8289) for a queue of requests: a queue that
// empties now and then is good and may be as long as it likes; one whose waits
// have all been above Target for Interval stands, and then requests are dropped,
// one at once and the next after Interval/√2, Interval/√3, … until a wait is
// below Target again.
type CoDel struct {
	cfg        CoDelConfig
	above      Instant // when waits will have been too long for too long; 0: the last was not
	next       Instant // dropping: when the next is dropped
	count      int     // dropped in this stretch
	before     int     // count at the begin of the stretch before
	dropping   bool
	unreported []Transition
}

// NewCoDel returns a CoDel that accepts. Zero fields take the defaults of their tags.
func NewCoDel(cfg CoDelConfig) *CoDel {
	defaultTo(&cfg.Target, 5*time.Millisecond)
	defaultTo(&cfg.Interval, 100*time.Millisecond)
	return &CoDel{cfg: cfg}
}

// Drop is told how long a request has waited that leaves the queue to be worked
// on, and says whether it is to be turned away instead. The last of a queue never
// is. For how priorities count see SheddingConfig.
func (c *CoDel) Drop(now Instant, waited time.Duration, last bool, p Priority) bool {
	stands := c.stands(now, waited, last)
	switch {
	case !c.dropping && stands:
		// A stretch that follows soon goes on about where the last one was.
		if since := c.count - c.before; since > 1 && now.Sub(c.next) < 16*c.cfg.Interval {
			c.count = since
		} else {
			c.count = 1
		}
		c.before = c.count
		if c.next = now; p != High {
			c.next = now.Add(c.pause())
		}
		c.enter(now, true, fmt.Sprintf("waits were above %v for %v, the last %v", c.cfg.Target, c.cfg.Interval, waited))
		return p != High
	case c.dropping && !stands:
		c.enter(now, false, fmt.Sprintf("a wait of %v", waited))
	case c.dropping && p == Low:
		return true
	case c.dropping && p != High && now >= c.next:
		c.count++
		c.next = c.next.Add(c.pause())
		return true
	}
	return false
}

// stands says whether waits have been too long for an interval.
func (c *CoDel) stands(now Instant, waited time.Duration, last bool) bool {
	switch {
	case waited < c.cfg.Target || last:
		c.above = 0
	case c.above == 0:
		c.above = now.Add(c.cfg.Interval)
	default:
		return now >= c.above
	}
	return false
}

func (c *CoDel) pause() time.Duration {
	return time.Duration(float64(c.cfg.Interval) / math.Sqrt(float64(c.count)))
}

func (c *CoDel) enter(now Instant, dropping bool, why string) {
	change := Transition{At: now, Machine: "shedding", From: Accepting, To: Shedding, Reason: why}
	if !dropping {
		change.From, change.To = Shedding, Accepting
	}
	c.dropping = dropping
	c.unreported = append(c.unreported, change)
}
