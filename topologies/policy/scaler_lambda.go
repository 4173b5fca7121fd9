package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
)

// LambdaConfig scales as AWS Lambda does.
type LambdaConfig struct {
	KeepAlive time.Duration `yaml:"keep_alive" json:"keep_alive" default:"10m" min:"0s" doc:"how long an environment idles before it ends (AWS tells no figure; studies found about 10 min)"`
	Burst     int           `yaml:"burst" json:"burst" default:"1000" min:"1" max:"100000" doc:"environments that may be added at once, and again in every 'per'"`
	Per       time.Duration `yaml:"per" json:"per" default:"10s" min:"1ms" max:"1h" doc:"in how long the burst refills, evenly"`
	Bounds    `yaml:",inline"`
}

// New implements ScalerConfig. A zero Burst is 1,000, a zero Per 10 s; a zero
// KeepAlive ends an environment as soon as it idles.
func (c *LambdaConfig) New() Scaler {
	cfg := *c
	if cfg.Burst == 0 {
		cfg.Burst = 1000
	}
	if cfg.Per == 0 {
		cfg.Per = 10 * time.Second
	}
	l := &lambda{cfg: cfg, price: int64(cfg.Per), granted: cfg.Min}
	l.credit = l.full()
	return l
}

// lambda has one environment for each request in flight, or for as many as an
// instance takes at once.
//
// Its burst rule is AWS's "concurrency scaling rate" (Lambda developer guide,
// "Lambda scaling behavior"): a function may add 1,000 environments every 10 s,
// refilled all the time and not accumulated beyond that. While the rule binds,
// the requests that have no environment to wait for are refused, as Lambda
// answers 429. Environments up to Min are provisioned beforehand and cost no burst.
// A service has no front that could refuse: there the rule only bounds how many
// start, and the requests wait at the instances that there are.
//
// At Max nothing is refused: what finds no environment waits in the front's
// queue, and its bound and timeout do the refusing. So a `max` with a queue of
// none is Lambda's reserved concurrency, and one with a queue the event queue
// of asynchronous invocations.
type lambda struct {
	cfg LambdaConfig

	// The bucket holds whole and begun environments in exact parts: an
	// environment costs price, and each nanosecond brings Burst, so that
	// Burst of them come in Per.
	credit, price int64
	at            Instant // when it was last asked
	there         int     // and how many instances there were
	granted       int     // and how many there were or might start
}

func (l *lambda) full() int64 { return int64(l.cfg.Burst) * l.price }

func (l *lambda) Decide(now Instant, o Observation) Decision {
	l.move(now, o.instances())
	there := o.instances()
	each := max(1, o.Concurrency)
	if o.Concurrency == 0 {
		each = max(1, o.requests())
	}
	needed := l.cfg.within((o.requests() + each - 1) / each)
	desired := max(needed, l.cfg.within(there))
	if short := desired - l.granted; short > 0 {
		desired = l.granted + l.spend(short)
	}
	l.granted = max(l.granted, desired)

	d := Decision{Desired: desired, Next: Never}
	if desired <= there {
		d.Desired, d.Next = l.retire(now, o.Idle, desired, max(needed, l.cfg.Min))
		d.Idle = desired - d.Desired
	}
	switch {
	case desired >= needed:
	case o.Front: // the burst rule binds
		d.Refuse = min(o.Queued, o.requests()-desired*each)
	default:
		d.Next = min(d.Next, l.refilled(now))
	}
	if d.Desired != there || d.Refuse > 0 {
		d.Reason = l.reason(o, needed, d)
	}
	return d
}

// move refills the bucket. Asked again at one instant about the same, it keeps
// what was granted, though none of it is there yet; otherwise what is not there
// by now did not start, or has ended.
func (l *lambda) move(now Instant, there int) {
	if now == l.at && there == l.there {
		return
	}
	refilled := min(now.Sub(l.at), l.cfg.Per) // no more can be missing, and no product overflows
	l.credit = min(l.full(), l.credit+int64(refilled)*int64(l.cfg.Burst))
	l.at, l.there, l.granted = now, there, max(there, l.cfg.Min)
}

// spend takes up to n environments from the bucket and returns how many it gave.
func (l *lambda) spend(n int) int {
	n = min(n, int(l.credit/l.price))
	l.credit -= int64(n) * l.price
	return n
}

// refilled is when the bucket, which is short of an environment, has one again.
func (l *lambda) refilled(now Instant) Instant {
	short, burst := l.price-l.credit, int64(l.cfg.Burst)
	return now.Add(time.Duration((short + burst - 1) / burst))
}

// retire takes from n what has idled for KeepAlive, down to least, and says when the next is due.
func (l *lambda) retire(now Instant, idle []Instant, n, least int) (desired int, next Instant) {
	for _, since := range idle {
		end := since.Add(l.cfg.KeepAlive)
		switch {
		case n <= least:
			return n, Never
		case end > now:
			return n, end
		}
		n--
	}
	return n, Never
}

func (l *lambda) reason(o Observation, needed int, d Decision) string {
	there := o.instances()
	switch {
	case d.Refuse > 0:
		return fmt.Sprintf("environments: %d needed for %d at once, %d with the burst of %d in %s: %d refused",
			needed, o.requests(), d.Desired, l.cfg.Burst, l.cfg.Per, d.Refuse)
	case max(there, d.Desired) < needed:
		return fmt.Sprintf("environments: %d needed for %d at once, %d with the burst of %d in %s",
			needed, o.requests(), d.Desired, l.cfg.Burst, l.cfg.Per)
	case d.Desired < there:
		return fmt.Sprintf("environments: %d of %d idle for %s", there-d.Desired, there, l.cfg.KeepAlive)
	case o.requests() == 0:
		return fmt.Sprintf("environments: %d provisioned, %d there", l.cfg.Min, there)
	default:
		return fmt.Sprintf("environments: %d needed for %d at once, %d there", needed, o.requests(), there)
	}
}

func init() {
	Scalers.Register(def.Def[ScalerConfig]{
		Name: "lambda",
		Doc: "an environment for each request in flight, as AWS Lambda scales\n" +
			"At most `burst` environments are added in `per`, refilled evenly; a request that needs one more is refused with\n" +
			"429. At `max` requests wait in the node's queue. An environment ends when it has idled for `keep_alive`, but\n" +
			"`min` of them are provisioned and stay. A service has nobody who refuses: there `burst` only bounds how many\n" +
			"instances start, and requests wait at those that there are.",
		New: func() ScalerConfig { return &LambdaConfig{} },
	})
}
