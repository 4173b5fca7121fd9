package reports

import (
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

func TestRelapse(t *testing.T) {
	const tenth = 100 * milli
	// fails lets every n-th request from one instant up to another fail.
	fails := func(s *script, from, to time.Duration, n int) {
		for i, k := 0, 0; i < len(s.requests); i++ {
			if q := &s.requests[i]; q.Intended >= from && q.Intended < to {
				if k++; k%n == 0 {
					q.Cause = policy.Status
				}
			}
		}
	}
	for _, c := range []struct {
		name         string
		make         func(s *script)
		from, to, of float64 // s, and the share; 0: none
	}{
		{name: "none", make: func(*script) {}},
		{name: "one", make: func(s *script) { fails(s, 30*second, 32*second, 1) }, from: 30, to: 31.9, of: 1},
		{name: "every second request", make: func(s *script) { fails(s, 30*second, 34*second, 2) }, from: 30.1, to: 33.9, of: 20. / 39},
		{name: "the first of two", make: func(s *script) { fails(s, 30*second, 31*second, 1); fails(s, 40*second, 45*second, 1) }, from: 30, to: 30.9, of: 1},
		{name: "at the end", make: func(s *script) { fails(s, 59*second, 60*second, 1) }, from: 59, to: 59.9, of: 1},
		{name: "few", make: func(s *script) { fails(s, 30*second, 30*second+4*tenth, 1) }},
		{name: "one in twenty", make: func(s *script) { fails(s, 23*second, 60*second, 20) }},
		{name: "as before", make: func(s *script) { fails(s, 0, 10*second, 3); fails(s, 20*second, 60*second, 3) }},
		{name: "worse than before", make: func(s *script) {
			fails(s, 0, 10*second, 3)
			fails(s, 20*second, 40*second, 3)
			fails(s, 40*second, 44*second, 1)
		}, from: 38.2, to: 43.9, of: 46. / 58},
	} {
		s := steadyScript(60 * second)
		s.fault("down", 10*second, 20*second)
		s.every(tenth, 0, 10*second, 10*milli, policy.OK)
		s.every(tenth, 10*second, 20*second, milli, policy.Refused)
		s.every(tenth, 20*second, 60*second, 10*milli, policy.OK)
		c.make(s)
		f := s.analyze(t, Options{}).Faults[0]
		r := f.Recovery["home"]
		if r.MS == nil {
			t.Errorf("%s: not recovered: %+v", c.name, r)
			continue
		}
		again := r.Relapse
		if again == nil {
			again = &Relapse{}
		}
		if again.FromMS != 1000*c.from || again.ToMS != 1000*c.to || again.ErrorShare != c.of {
			t.Errorf("%s: %+v, want %v to %v s, %v", c.name, *again, c.from, c.to, c.of)
		}
		if told := strings.Contains(f.finding(), "of home failed again"); told != (r.Relapse != nil) {
			t.Errorf("%s: %q", c.name, f.finding())
		}
	}
}

// What the next fault does is not the relapse of the one before.
func TestTheNextFaultIsNoRelapse(t *testing.T) {
	s := steadyScript(60 * second)
	s.fault("down", 10*second, 20*second)
	s.fault("again", 30*second, 40*second)
	s.every(100*milli, 0, 30*second, 10*milli, policy.OK)
	s.every(100*milli, 30*second, 40*second, milli, policy.Refused)
	s.every(100*milli, 40*second, 60*second, 10*milli, policy.OK)
	if r := s.analyze(t, Options{}).Faults[0].Recovery["home"]; r.MS == nil || r.Relapse != nil {
		t.Errorf("%+v", r)
	}
}
