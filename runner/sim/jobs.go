package sim

// job is something that waits for CPU time.
type job struct {
	began, ends float64 // at these attained services
	order       uint64  // in which they came
	who         actor
	arg         uint64
	place       *int // where it is told its place; nil: nowhere
}

// jobs is a min-heap by what ends first, and of those by what came first.
type jobs []job

func (h jobs) before(i, j int) bool {
	return h[i].ends < h[j].ends || h[i].ends == h[j].ends && h[i].order < h[j].order
}

func (h jobs) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h.tell(i)
	h.tell(j)
}

func (h jobs) tell(i int) {
	if h[i].place != nil {
		*h[i].place = i
	}
}

func (h *jobs) push(j job) {
	*h = append(*h, j)
	h.tell(len(*h) - 1)
	h.fix(len(*h) - 1)
}

func (h *jobs) pop() job {
	top, last := (*h)[0], len(*h)-1
	h.swap(0, last)
	(*h)[last] = job{}
	*h = (*h)[:last]
	if last > 0 {
		h.fix(0)
	}
	return top
}

// fix moves a job whose end has changed to its place.
func (h jobs) fix(i int) {
	for i > 0 && h.before(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	for {
		least := i
		for c := 2*i + 1; c < min(2*i+3, len(h)); c++ {
			if h.before(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
