package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

// machine is a world of nothing but processors.
type machine struct {
	*world
	cpus   []*cpu
	ended  map[uint64]time.Duration // by job
	events int
}

func newMachine(c Costs, quotas ...float64) *machine {
	m := &machine{world: &world{costs: c}, ended: map[uint64]time.Duration{}}
	m.host = newHost(c.Cores)
	for _, q := range quotas {
		made := newCPU(&m.host, q)
		m.cpus = append(m.cpus, &made)
	}
	return m
}

// act notes when a job has ended.
func (m *machine) act(w *world, job uint64) { m.ended[job] = time.Duration(w.now) }

// do is something that is to happen at its instant.
type do func()

func (d do) act(*world, uint64) { d() }

func (m *machine) when(at time.Duration, what func()) { m.at(policy.Instant(at), byFault, do(what), 0) }

// job burns CPU on a processor from an instant on.
func (m *machine) job(at time.Duration, on int, burns time.Duration, number uint64) {
	m.when(at, func() { m.cpus[on].burn(m.world, burns, m, number) })
}

func (m *machine) run() {
	for !m.heap.empty() {
		m.step()
		m.events++
	}
}

// ends says when each job has to end, to a nanosecond or so for each event.
func (m *machine) ends(t *testing.T, want ...time.Duration) {
	t.Helper()
	m.run()
	for i, at := range want {
		got, ended := m.ended[uint64(i)]
		if off := got - at; !ended || off < -time.Microsecond || off > time.Microsecond {
			t.Errorf("job %d ends at %v (%v), not at %v", i, got, ended, at)
		}
	}
}

const ms = time.Millisecond

func TestJobsShareAnInstance(t *testing.T) {
	m := newMachine(Costs{Cores: 1}, 0)
	m.job(0, 0, 10*ms, 0)
	m.job(0, 0, 20*ms, 1)
	m.job(25*ms, 0, 5*ms, 2) // beside the last 5 ms of the second
	m.ends(t, 20*ms, 35*ms, 35*ms)
}

func TestInstancesShareTheCores(t *testing.T) {
	m := newMachine(Costs{Cores: 2}, 0, 0, 0)
	for i := range 3 {
		m.job(0, i, 10*ms, uint64(i)) // each gets two thirds of a core
	}
	m.job(100*ms, 0, 10*ms, 3) // and alone a whole one, not two
	m.ends(t, 15*ms, 15*ms, 15*ms, 110*ms)
}

func TestCoresWithoutEnd(t *testing.T) {
	m := newMachine(Costs{}, 0)
	for i := range uint64(100) {
		m.job(0, 0, time.Duration(i)*ms, i)
	}
	m.ends(t, 0, ms, 2*ms, 3*ms, 4*ms)
	if got := m.ended[99]; got < 99*ms || got > 99*ms+time.Microsecond {
		t.Errorf("the longest job ends at %v", got)
	}
}

// A quota of half a core is 50 ms in each period of 100 ms, spent at full speed.
func TestQuotaStallsUntilThePeriodEnds(t *testing.T) {
	m := newMachine(Costs{}, 0.5, 0.5, 0.5, 0.1)
	m.job(0, 0, 80*ms, 0) // 50 ms, a stall of 50, 30
	for i := range uint64(4) {
		m.job(0, 1, 10*ms, 1+i) // a burst below the quota meets none
	}
	for i := range uint64(6) {
		m.job(0, 2, 10*ms, 5+i) // a burst above it does: 50 ms are gone after 8.3
	}
	m.job(95*ms, 3, 20*ms, 11) // 5 ms of the old period, 10 of the next, 5 of the one after
	m.ends(t, 130*ms, 10*ms, 10*ms, 10*ms, 10*ms, 101667*time.Microsecond, 101667*time.Microsecond, 101667*time.Microsecond,
		101667*time.Microsecond, 101667*time.Microsecond, 101667*time.Microsecond, 205*ms)
}

// What a period leaves is lost, and the next one begins for all at once.
func TestQuotaIsNotSaved(t *testing.T) {
	m := newMachine(Costs{}, 0.2)
	m.job(310*ms, 0, 30*ms, 0) // 20 ms in this period, 10 in the next, whatever was idle before
	m.ends(t, 410*ms)
}

// Who waits for a quota leaves its part of the cores to others.
func TestThrottledGivesWay(t *testing.T) {
	m := newMachine(Costs{Cores: 1}, 0.1, 0)
	m.job(0, 0, 20*ms, 0) // 10 ms at half speed, stalled from 20 ms on
	m.job(0, 1, 60*ms, 1) // 10 ms until then, 50 ms alone
	m.ends(t, 110*ms, 70*ms)
}

func TestPeriodOfItsOwn(t *testing.T) {
	m := newMachine(Costs{Period: 10 * ms}, 0.5)
	m.job(0, 0, 12*ms, 0)
	m.ends(t, 22*ms)
}

func TestFreezeAndKill(t *testing.T) {
	m := newMachine(Costs{Cores: 1}, 0, 0)
	m.job(0, 0, 10*ms, 0)
	m.job(0, 1, 10*ms, 1)
	m.when(4*ms, func() { m.cpus[0].freeze(m.world, true) }) // each has 2 ms
	m.when(6*ms, func() { m.cpus[0].freeze(m.world, false) })
	m.when(10*ms, func() { m.cpus[0].stop(m.world) }) // the second has 6 ms
	m.ends(t)
	if _, ended := m.ended[0]; ended {
		t.Error("a job outlived its process")
	}
	if got := m.ended[1].Round(time.Microsecond); got != 14*ms {
		t.Errorf("the other ends at %v", got)
	}
	if used := m.cpus[0].take(m.world).Round(time.Microsecond); used != 4*ms {
		t.Errorf("the dead one used %v", used)
	}
}

// Freezing does not lose the quota's books: what is frozen spends nothing.
func TestFreezeWithinAQuota(t *testing.T) {
	m := newMachine(Costs{}, 0.5)
	m.job(0, 0, 60*ms, 0)
	m.when(20*ms, func() { m.cpus[0].freeze(m.world, true) })
	m.when(150*ms, func() { m.cpus[0].freeze(m.world, false) }) // in the next period: 50 ms anew
	m.ends(t, 190*ms)
}

func TestCut(t *testing.T) {
	m := newMachine(Costs{Cores: 1}, 0)
	var places [3]int
	start := func(number uint64, burns time.Duration) {
		m.when(0, func() { m.cpus[0].burnUntil(m.world, burns, m, number, &places[number]) })
	}
	start(0, 30*ms)
	start(1, 30*ms)
	start(2, 2*ms)
	cut := func(number int) func() {
		return func() { m.cpus[0].cut(m.world, places[number], 5*ms) }
	}
	m.when(9*ms, cut(1)) // it has 3.5 ms: ends with its part, at 5
	m.when(9*ms, cut(0)) // and so does this one
	m.ends(t, 12*ms, 12*ms, 6*ms)
}

// A job that has just come to the end of a part looks at its deadline there.
func TestCutBetweenParts(t *testing.T) {
	m := newMachine(Costs{}, 0)
	var place int
	m.when(0, func() { m.cpus[0].burnUntil(m.world, 30*ms, m, 0, &place) })
	m.when(10*ms, func() { m.cpus[0].cut(m.world, place, 5*ms) })
	m.ends(t, 10*ms)
}

// fluid is the model without any art: at each change it counts anew what
// everybody gets, and looks at every job for the next one.
type fluid struct {
	costs  Costs
	quotas []float64
	jobs   []fluidJob
}

type fluidJob struct {
	at   float64
	on   int
	left float64
	ends float64
}

func (f *fluid) run() {
	period := f.costs.period().Seconds()
	now, number := 0.0, 0
	budget := make([]float64, len(f.quotas))
	refill := func() {
		for i, q := range f.quotas {
			budget[i] = q * period
		}
	}
	refill()
	for {
		running := make([]int, len(f.quotas))
		total, next, more := 0, math.Inf(1), false
		for _, j := range f.jobs {
			switch {
			case j.ends > 0:
			case j.at > now+1e-12:
				next, more = min(next, j.at-now), true
			default:
				more = true
				if f.quotas[j.on] == 0 || budget[j.on] > 1e-12 {
					running[j.on]++
					total++
				}
			}
		}
		if !more {
			return
		}
		rate := 1.0
		if f.costs.Cores > 0 && float64(total) > f.costs.Cores {
			rate = f.costs.Cores / float64(total)
		}
		next = min(next, float64(number+1)*period-now)
		for _, j := range f.jobs {
			if j.ends == 0 && j.at <= now+1e-12 && running[j.on] > 0 {
				next = min(next, j.left/rate)
			}
		}
		for i, n := range running {
			if n > 0 && f.quotas[i] > 0 {
				next = min(next, budget[i]/rate/float64(n))
			}
		}
		for k := range f.jobs {
			j := &f.jobs[k]
			if j.ends == 0 && j.at <= now+1e-12 && running[j.on] > 0 {
				if j.left -= next * rate; j.left < 1e-12 {
					j.ends = now + next
				}
			}
		}
		for i, n := range running {
			budget[i] -= next * rate * float64(n)
		}
		if now += next; now >= float64(number+1)*period-1e-12 {
			number++
			refill()
		}
	}
}

// bounds are when each job ends, at the earliest and the latest. A job and its
// quota may come to their ends together, and then the last digit tells whether
// it waits for another period: so the quotas are tried a millionth off as well.
func bounds(c Costs, quotas []float64, jobs []fluidJob) (early, late []float64) {
	for _, off := range []float64{-1e-6, 0, 1e-6} {
		f := &fluid{costs: c, jobs: slices.Clone(jobs)}
		for _, q := range quotas {
			f.quotas = append(f.quotas, q*(1+off))
		}
		f.run()
		for i, j := range f.jobs {
			if off < 0 {
				early, late = append(early, j.ends), append(late, j.ends)
			}
			early[i], late[i] = min(early[i], j.ends), max(late[i], j.ends)
		}
	}
	return early, late
}

// Whatever comes when, each job ends when the model without art says; all CPU
// is counted once; and the alarms are no more than the changes, so that no
// rounding keeps the clock from going on.
func TestCPUAgreesWithFluid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Costs{Cores: rapid.SampledFrom([]float64{0, 0.3, 1, 2, 7.5}).Draw(t, "cores"),
			Period: rapid.SampledFrom([]time.Duration{0, ms, 37 * ms}).Draw(t, "period")}
		quotas := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 0.05, 0.5, 1, 3}), 1, 5).Draw(t, "quotas")
		m := newMachine(c, quotas...)
		var jobs []fluidJob
		burnt := 0.0
		for i := range rapid.IntRange(1, 40).Draw(t, "jobs") {
			at := time.Duration(rapid.IntRange(0, 300_000).Draw(t, "at")) * time.Microsecond
			on := rapid.IntRange(0, len(quotas)-1).Draw(t, "on")
			burns := time.Duration(rapid.IntRange(1, 40_000_000).Draw(t, "burns"))
			m.job(at, on, burns, uint64(i))
			jobs = append(jobs, fluidJob{at: at.Seconds(), on: on, left: burns.Seconds()})
			burnt += burns.Seconds()
		}
		m.run()
		early, late := bounds(c, quotas, jobs)
		last := slices.Max(late)
		for i := range jobs {
			if got, ended := m.ended[uint64(i)]; !ended || got.Seconds() < early[i]-2e-6 || got.Seconds() > late[i]+2e-6 {
				t.Fatalf("job %d ends at %v (%v), the fluid between %.9f and %.9f s", i, got, ended, early[i], late[i])
			}
		}
		used := 0.0
		for _, c := range m.cpus {
			used += c.take(m.world).Seconds()
			if c.at >= 0 || c.counted != 0 || len(c.jobs) > 0 {
				t.Fatalf("a processor that is done runs: %+v", c)
			}
		}
		if math.Abs(used-burnt) > 1e-6 || m.host.jobs != 0 || m.host.limited != 0 {
			t.Fatalf("%.9f s of CPU used, %.9f s burnt, %d jobs run", used, burnt, m.host.jobs)
		}
		periods := int(last/c.period().Seconds()) + 2
		if most := 20*len(jobs) + 12*periods*len(quotas); m.events > most {
			t.Fatalf("%d events for %d jobs in %d periods", m.events, len(jobs), periods)
		}
	})
}

// At rates and lengths at the edge of what numbers hold, time goes on.
func TestCPUNeverStalls(t *testing.T) {
	for name, one := range map[string]struct {
		costs Costs
		quota float64
		jobs  int
		burns func(*rand.Rand) time.Duration
	}{
		"a nanosecond each":      {Costs{Cores: 0.01}, 0, 5000, func(*rand.Rand) time.Duration { return 1 }},
		"an hour each":           {Costs{Cores: 1}, 0, 200, func(*rand.Rand) time.Duration { return time.Hour }},
		"of all lengths":         {Costs{Cores: 0.5}, 0, 2000, func(r *rand.Rand) time.Duration { return 1 << r.IntN(40) }},
		"of all within a limit":  {Costs{Cores: 2}, 0.001, 300, func(r *rand.Rand) time.Duration { return 1 << r.IntN(20) }},
		"a limit of next to nil": {Costs{}, 1e-7, 20, func(*rand.Rand) time.Duration { return 50 }},
		"long after the begin":   {Costs{Cores: 3, Period: time.Second}, 0.9, 100, func(r *rand.Rand) time.Duration { return 1 << r.IntN(30) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			m := newMachine(one.costs, one.quota, one.quota)
			at := 1_000_000 * time.Second
			for i := range uint64(one.jobs) {
				at += time.Duration(r.IntN(100))
				m.job(at, int(i%2), one.burns(r), i)
			}
			for n := 0; !m.heap.empty(); n++ {
				if m.step(); n > 3_000_000 {
					t.Fatalf("it does not end: %v past the begin, %d of %d jobs done", time.Duration(m.now)-1_000_000*time.Second, len(m.ended), one.jobs)
				}
			}
			if len(m.ended) != one.jobs {
				t.Errorf("%d of %d jobs have ended", len(m.ended), one.jobs)
			}
		})
	}
}

// Jobs that ended at the same instant are told in the order in which they came.
func TestJobsOfOneInstantKeepTheirOrder(t *testing.T) {
	m := newMachine(Costs{Cores: 4}, 0, 0, 0)
	var order []uint64
	told := tell(func(job uint64) { order = append(order, job) })
	for i := range uint64(60) {
		m.when(0, func() { m.cpus[(i*7)%3].burn(m.world, 10*ms, told, i) })
	}
	m.run()
	if !slices.IsSorted(order) || len(order) != 60 {
		t.Errorf("told as %v", order)
	}
}

type tell func(uint64)

func (t tell) act(_ *world, arg uint64) { t(arg) }

// BenchmarkBusyHost is one job on a host of which so many instances are busy:
// what it costs must hardly grow with them.
func BenchmarkBusyHost(b *testing.B) {
	for _, busy := range []int{2, 200, 2000} {
		b.Run(fmt.Sprint(busy), func(b *testing.B) {
			m := newMachine(Costs{Cores: 16}, make([]float64, busy+1)...)
			for i := range busy {
				m.job(0, i, time.Hour, uint64(i))
			}
			var last do
			n := 0
			last = func() {
				if n++; n < b.N {
					m.cpus[busy].burn(m.world, time.Microsecond, last, 0)
				}
			}
			m.when(time.Second, func() { last() })
			b.ResetTimer()
			for n < b.N {
				m.step()
			}
		})
	}
}
