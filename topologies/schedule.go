package topologies

import (
	"slices"
	"time"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// MaxSchedules bounds the schedules of an application.
const MaxSchedules = 1000

// Schedule is a timer: the platform itself asks for an operation again and
// again. Its requests are recorded under its name, as those of an entry are.
type Schedule struct {
	Name      string        `yaml:"-"`
	Every     time.Duration `yaml:"every" required:"true" min:"1ms" doc:"the time from one request to the next, answered or not; they have results of their own and are no part of total"`
	First     time.Duration `yaml:"first" default:"0s" doc:"when the first one is due, since the run's begin"`
	Operation string        `yaml:"ask" required:"true" doc:"the operation, such as catalog.reindex; on a function it meets cold starts as any request does"`
	// Priority is Normal where nothing else is said.
	Priority policy.Priority `yaml:"priority" default:"normal" oneof:"low,normal,high" doc:"of its requests and all that they cause, where a node sheds load"`
	Pos      decode.Pos      `yaml:"-"`
}

// Timer is a schedule laid onto a topology: its requests go to the node that
// hosts the operation, through the proxies in front of it and through no
// gateway. On a function they meet cold starts as any others do.
type Timer struct {
	EntryPoint   // its name is the schedule's
	Every, First time.Duration
}

// schedules reads the timers. It comes after the entries, whose names they cannot have.
func (l *applicationLoader) schedules(in decode.Pair) {
	pairs := l.Named(in.Value, "schedule")
	if len(pairs) > MaxSchedules {
		l.Addf(in.Value, "there are %d schedules: at most %d", len(pairs), MaxSchedules)
		return
	}
	for _, p := range pairs {
		reserved(l.Decoder, p, "schedule")
		for _, e := range l.app.Entries {
			if e.Name == p.Name {
				l.Addf(p.Key, "%s is an entry already: the requests of a schedule are recorded under a name of its own", p.Name)
			}
		}
		s := Schedule{Pos: l.Pos(p.Key)}
		for _, q := range l.Struct(p.Value, decode.Shape{What: "schedule " + p.Name}, &s) {
			if q.Name == "ask" && s.Operation != "" {
				l.known(decode.Ref{To: s.Operation, Node: q.Value})
			}
		}
		s.Name = p.Name
		l.app.Schedules = append(l.app.Schedules, s)
	}
}

// timers finds where the platform asks what the application schedules.
func (r *resolver) timers() {
	if r.app == nil {
		return
	}
	for _, s := range r.app.Schedules {
		host := r.graph.HostOf[work.Component(s.Operation)]
		if host == "" {
			continue // told already
		}
		point := EntryPoint{Name: s.Name, Operation: s.Operation, Node: r.t.Via(host, ""), Priority: s.Priority}
		point.Request = r.request(host, Entry{Name: s.Name, Operation: s.Operation})
		r.graph.Timers = append(r.graph.Timers, Timer{EntryPoint: point, Every: s.Every, First: s.First})
	}
}

// Doors returns every way in: those of the entries, then those of the timers.
func (g *Graph) Doors() []EntryPoint {
	doors := slices.Clone(g.Entries)
	for _, t := range g.Timers {
		doors = append(doors, t.EntryPoint)
	}
	return doors
}
