package sim

import (
	"slices"

	"windtunnel/runner"
	"windtunnel/topologies/policy"
)

// registry hosts the book of one instance of a registry.
type registry struct {
	instance *instance
	machine  *policy.Registry
	index    uint64 // of the machine, as of the last news
	held     []held // questions to which there is nothing new yet
	reminder reminder
	struck   []policy.Struck // scratch
}

// held is a question that waits at the registry.
type held struct {
	visit  *visit
	serial uint64 // of the visit: with another one it is over
}

func newRegistry(w *world, i *instance, c policy.RegistryConfig) *registry {
	return &registry{instance: i, machine: policy.NewRegistry(c, w.now, uint32(i.id)), reminder: newReminder(i)}
}

// take answers a question, or holds it.
func (r *registry) take(w *world, v *visit) {
	q := v.question
	name := q.about.spec.Name
	switch q.what {
	case askEnter:
		r.machine.Register(w.now, name, q.entry)
	case askLeave:
		r.machine.Deregister(w.now, name, q.entry.ID)
	default:
		if _, another := r.machine.List(w.now, name, q.had); another || q.wait == 0 {
			r.tell(w, v)
			return
		}
		r.held = append(r.held, held{v, v.serial})
		w.at(min(w.now.Add(q.wait), v.deadline), byWork, v, visitTells|v.serial)
		return
	}
	v.over(w, &answer{})
	r.settle(w)
}

// tell answers with the list as it stands.
func (r *registry) tell(w *world, v *visit) {
	r.held = slices.DeleteFunc(r.held, func(h held) bool { return h.visit == v })
	found, _ := r.machine.List(w.now, v.question.about.spec.Name, v.question.had)
	v.over(w, &answer{instances: &found})
}

// settle strikes off who is due, answers who waits for news, and sets the alarm.
func (r *registry) settle(w *world) {
	r.struck = r.machine.Tick(w.now, r.struck[:0])
	for _, s := range r.struck {
		name := ""
		if n := w.byName[s.Service]; n != nil {
			name = runner.EndpointName(n.spec.Name, s.Transition.Endpoint)
		}
		r.instance.tell(w, s.Transition, name, "")
	}
	if index := r.machine.Index(); index != r.index {
		r.index = index
		r.spread(w)
	}
	r.reminder.set(w, r.machine.Deadline(), r)
}

// spread answers the questions to which there is another list by now.
func (r *registry) spread(w *world) {
	for _, h := range slices.Clone(r.held) {
		if h.serial != h.visit.serial {
			r.held = slices.DeleteFunc(r.held, func(o held) bool { return o == h })
			continue
		}
		if _, another := r.machine.List(w.now, h.visit.question.about.spec.Name, h.visit.question.had); another {
			r.tell(w, h.visit)
		}
	}
}

// act is the alarm.
func (r *registry) act(w *world, at uint64) {
	if r.reminder.due(r, at) {
		r.settle(w)
	}
}
