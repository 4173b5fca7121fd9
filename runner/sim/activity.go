package sim

import (
	"slices"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// maxDepth bounds operations that call each other in one process, as the node
// program bounds them.
const maxDepth = 100

// activity is one thread of work for a visit: the operation itself, or one
// branch of a parallel step. What a goroutine would keep on its stack is in frames.
type activity struct {
	visit   *visit
	parent  *activity // of a branch
	branch  int
	serial  uint64
	frames  []frame
	trail   trail
	size    int64         // of the reply's body; negative: not said
	depth   int           // operations under way, with those of the activity that began this one
	inner   work.Identity // of the innermost operation
	base    int           // the depth at which its own operation is the innermost
	verdict policy.Cause  // what the next waking means: OK goes on
	burning bool          // CPU time, and so looks at its deadline after it
	job     int           // then: its place among the jobs
	// a parallel step that waits for its branches
	pending  int
	branches []ended
}

// ended is what a branch came to.
type ended struct {
	cause policy.Cause
	trail trail
	size  int64
}

// frame is a list of steps under way.
type frame struct {
	steps []work.Step
	at    int           // the next step
	id    work.Identity // steps draw from its children
	round work.Identity // repeat: rounds draw from its children
	times int           // repeat: rounds in all
	n     int           // repeat: the round under way
	op    *operation    // set where the frame is an operation's
	outer work.Identity // then: of the operation around it
	began policy.Instant
}

func (a *activity) begin(v *visit, parent *activity, branch int) {
	*a = activity{visit: v, parent: parent, branch: branch, serial: a.serial + 1, frames: a.frames[:0],
		branches: a.branches[:0], size: -1, base: 1}
	if parent != nil {
		a.depth, a.base, a.inner = parent.depth, parent.depth, parent.inner
	}
}

// enter puts an operation on the stack.
func (a *activity) enter(w *world, op *operation, id work.Identity) {
	a.depth++
	a.frames = append(a.frames, frame{steps: op.Steps, id: id, op: op, outer: a.inner, began: w.now, at: tollFirst})
	a.inner = id
}

// tollFirst is the place before the first step of an operation: what effects ask for.
const tollFirst = -1

// activityCuts is set in the argument of the deadline of a compute step.
const activityCuts = 1 << 63

// act goes on when what the activity waited for has come.
func (a *activity) act(w *world, arg uint64) {
	if a.stale(arg) || a.visit.instance.dead || a.visit.instance.hold(a, arg) {
		return
	}
	if arg&activityCuts != 0 {
		part, _ := w.costs.compute(computePart)
		a.visit.instance.cpu.cut(w, a.job, part)
		return
	}
	if a.burning && w.now >= a.visit.deadline {
		a.verdict = policy.Deadline
	}
	a.resume(w, a.verdict)
}

// stale says whether the activity has gone on without what it is told.
func (a *activity) stale(arg uint64) bool { return arg&^activityCuts != a.serial }

// resume goes on with what the last step came to.
func (a *activity) resume(w *world, cause policy.Cause) {
	a.serial++
	a.burning = false
	if cause != policy.OK {
		a.fail(w, cause)
		return
	}
	a.run(w)
}

// run runs steps until one has to wait, or all are done.
func (a *activity) run(w *world) {
	for {
		f := &a.frames[len(a.frames)-1]
		switch {
		case f.at == tollFirst:
			if a.payToll(w, f) {
				return
			}
		case f.at == len(f.steps):
			if a.leave(w, f) {
				return
			}
		default:
			if a.visit.deadline != policy.Never && w.now >= a.visit.deadline {
				a.fail(w, policy.Deadline)
				return
			}
			s := &f.steps[f.at]
			id := f.id.Child(uint64(f.at))
			f.at++
			if a.step(w, s, id) {
				return
			}
		}
	}
}

// payToll spends what the effects on an operation ask for, and says whether
// that has to wait or has ended it.
func (a *activity) payToll(w *world, f *frame) bool {
	f.at = 0
	if a.depth > maxDepth {
		a.fail(w, policy.Other)
		return true
	}
	if len(w.effects) == 0 {
		return false
	}
	t := w.toll(f.id, a.visit.instance, f.op.component, nil)
	cause := policy.OK
	if t.fail {
		cause = policy.Declared
	}
	if t.delay > 0 {
		a.sleep(w, t.delay, cause)
		return true
	}
	if t.fail {
		a.fail(w, cause)
	}
	return t.fail
}

// leave takes a finished frame off the stack and says whether the activity is over.
func (a *activity) leave(w *world, f *frame) bool {
	if f.n++; f.n < f.times {
		f.id, f.at = f.round.Child(uint64(f.n)), 0
		return false
	}
	if f.op != nil {
		a.count(w, f, policy.OK)
		a.depth--
		a.inner = f.outer
	}
	a.frames = a.frames[:len(a.frames)-1]
	if len(a.frames) > 0 {
		return false
	}
	a.done(w, policy.OK)
	return true
}

// fail ends the whole activity: a step that fails ends its operation, and an
// operation that fails ends the one that called it.
func (a *activity) fail(w *world, cause policy.Cause) {
	for len(a.frames) > 0 {
		f := &a.frames[len(a.frames)-1]
		if f.op != nil {
			a.count(w, f, cause)
		}
		a.frames = a.frames[:len(a.frames)-1]
	}
	a.done(w, cause)
}

func (a *activity) count(w *world, f *frame, cause policy.Cause) {
	c := &a.visit.instance.count.operations[f.op.index]
	c.count++
	if cause != policy.OK {
		c.failed++
	}
	c.service += w.now.Sub(f.began)
	if v := a.visit; v.log != nil && f.id != v.id {
		v.traceOperation(w, f, cause)
	}
}

// step begins one step and says whether the activity has to wait or is over.
func (a *activity) step(w *world, s *work.Step, id work.Identity) bool {
	switch s.Kind {
	case work.Compute:
		return a.compute(w, s.For.Draw(id))
	case work.Wait:
		if d := s.For.Draw(id); d > 0 {
			a.sleep(w, d+w.costs.woken(&w.costs.Wait, id, drawnWait), policy.OK)
			return true
		}
	case work.Call:
		return a.call(w, s.Op, id)
	case work.Parallel:
		return a.fork(w, s.Branches, id)
	case work.Choose:
		at := work.Pick(s.Branches, id)
		a.frames = append(a.frames, frame{steps: s.Branches[at].Steps, id: id.Child(uint64(at))})
	case work.Repeat:
		if s.Times > 0 {
			a.frames = append(a.frames, frame{steps: s.Branches[0].Steps, round: id, id: id.Child(0), times: s.Times})
		}
	case work.Respond:
		a.respond(int64(s.Bytes))
	case work.Fail:
		if id.Float64() < float64(s.Share) {
			a.fail(w, policy.Declared)
			return true
		}
	}
	return false // allocate takes no time
}

// respond sets the size of the reply: that of the operation that was asked for
// over the network, not of those that it calls here.
func (a *activity) respond(bytes int64) {
	if a.depth == a.base {
		a.size = bytes
	}
}

// sleep lets d pass, cut at the deadline, and then goes on with cause.
func (a *activity) sleep(w *world, d time.Duration, cause policy.Cause) {
	end := w.now.Add(d)
	if end >= a.visit.deadline {
		end, cause = a.visit.deadline, policy.Deadline
	}
	a.verdict = cause
	w.at(end, byWork, a, a.serial)
}

// computePart is how often compute looks at its deadline, as in the node program.
const computePart = 500 * time.Microsecond

// compute burns CPU time, until the part that it is at when its deadline comes.
func (a *activity) compute(w *world, d time.Duration) bool {
	if d <= 0 {
		return false
	}
	i := a.visit.instance
	a.verdict, a.burning = policy.OK, true
	onWay, aside := w.costs.compute(d)
	i.cpu.spend(w, aside)
	i.cpu.burnUntil(w, onWay, a, a.serial, &a.job)
	if a.visit.deadline != policy.Never {
		i.deadlines.alarm(w, a.visit.deadline, byDue, a, activityCuts|a.serial)
	}
	return true
}

// call asks another operation: one that is hosted here is a frame on the stack,
// any other a call along an edge.
func (a *activity) call(w *world, name string, id work.Identity) bool {
	n := a.visit.instance.node
	if op := n.ops[name]; op != nil {
		a.enter(w, op, id.Child(1))
		return false
	}
	r := n.remotes[name]
	if e := a.visit.instance.edges[r.edge]; e.caches(r, r.path, r.asked) {
		return a.callCached(w, e, r, id)
	}
	c := w.calls.get()
	c.begin(w, a.visit.instance, a.visit.causes(a.inner), a.visit.deadline, r, id, id)
	c.task, c.taskSerial = a, a.serial
	c.step(w, policy.Event{Kind: policy.Begin})
	return true
}

// callCached is call along an edge with a cache. One that answers at once lets
// the steps go on as if the call had taken none of their time.
func (a *activity) callCached(w *world, e *edge, r *route, id work.Identity) (waits bool) {
	v, serial, within := a.visit, a.serial, true
	var came *answer
	c := newCached(v, e, r, id, id)
	c.carried.within = a.inner
	c.then = func(w *world, got answer) {
		if within {
			came = &got
			return
		}
		if serial == a.serial {
			a.trail.join(w, got.trail)
			a.resume(w, got.cause)
		}
	}
	c.begin(w)
	within = false
	if came == nil {
		return true
	}
	a.trail.join(w, came.trail)
	if came.cause != policy.OK {
		a.fail(w, came.cause)
	}
	return came.cause != policy.OK
}

// fork begins the branches of a parallel step, and says whether the activity has
// to wait for them or is over. While it does it is itself one that is awaited,
// so that branches which end at once do not end the step from within.
func (a *activity) fork(w *world, branches []work.Branch, id work.Identity) bool {
	a.pending = len(branches) + 1
	a.branches = slices.Grow(a.branches[:0], len(branches))[:len(branches)]
	for i := range branches {
		b := w.tasks.get()
		b.begin(a.visit, a, i)
		b.frames = append(b.frames, frame{steps: branches[i].Steps, id: id.Child(uint64(i))})
		b.run(w)
	}
	if a.pending--; a.pending > 0 {
		return true
	}
	cause := a.merge(w)
	if cause != policy.OK {
		a.fail(w, cause)
	}
	return cause != policy.OK
}

// join takes the outcome of a branch. The last one lets the step go on.
func (a *activity) join(w *world, branch int, came ended) {
	a.branches[branch] = came
	if a.pending--; a.pending == 0 {
		a.resume(w, a.merge(w))
	}
}

// merge adds up what the branches left, and returns the first failure in the
// order of the file.
func (a *activity) merge(w *world) policy.Cause {
	first := policy.OK
	var all trail
	for _, b := range a.branches {
		all.beside(w, b.trail)
		if b.size >= 0 {
			a.respond(b.size)
		}
		if first == policy.OK {
			first = b.cause
		}
	}
	a.trail.join(w, all)
	return first
}

// done gives the outcome to who began the activity.
func (a *activity) done(w *world, cause policy.Cause) {
	v, parent, branch, came := a.visit, a.parent, a.branch, ended{cause, a.trail, a.size}
	a.serial++
	a.visit, a.parent = nil, nil
	w.tasks.put(a)
	if parent != nil {
		parent.join(w, branch, came)
		return
	}
	if v.begins != nil {
		v.begins.initialised(w)
		return
	}
	v.performed(w, came)
}
