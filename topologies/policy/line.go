package policy

// line is a queue of tickets in the order of arrival, from which any may leave.
// All operations take constant time and, once the line has been as long as it
// gets, no memory. The zero line is empty.
type line struct {
	index lineIndex
	waits int // tickets in the line
	// A doubly linked list in one slice, so that a cancelled ticket leaves from
	// the middle. Links count from 1; 0 is none.
	places            []place
	first, last, free int32
}

type place struct {
	ticket         uint64
	deadline       Instant
	previous, next int32
}

func (l *line) len() int { return l.waits }

// push puts a ticket at the end.
func (l *line) push(ticket uint64, deadline Instant) { l.insert(ticket, deadline, l.last, 0) }

// pushFirst puts a ticket before all others.
func (l *line) pushFirst(ticket uint64, deadline Instant) { l.insert(ticket, deadline, 0, l.first) }

// take removes the first ticket whose deadline has not come, and appends those
// before it to expired.
func (l *line) take(now Instant, expired []uint64) (ticket uint64, ok bool, _ []uint64) {
	for l.first != 0 {
		head := l.places[l.first-1]
		l.remove(l.first)
		if now < head.deadline {
			return head.ticket, true, expired
		}
		expired = append(expired, head.ticket)
	}
	return 0, false, expired
}

// takeLast removes the ticket that came last.
func (l *line) takeLast() (ticket uint64, ok bool) {
	if l.last == 0 {
		return 0, false
	}
	ticket = l.places[l.last-1].ticket
	l.remove(l.last)
	return ticket, true
}

// cancel takes a ticket out, and says whether it was there.
func (l *line) cancel(ticket uint64) bool {
	at := l.index.find(l.places, ticket)
	if at != 0 {
		l.remove(at)
	}
	return at != 0
}

// insert puts a ticket between two places that are neighbours; 0 is either end.
func (l *line) insert(ticket uint64, deadline Instant, after, before int32) {
	if l.free == 0 {
		l.places = append(l.places, place{})
		l.free = int32(len(l.places))
	}
	at := l.free
	p := &l.places[at-1]
	l.free = p.next
	*p = place{ticket: ticket, deadline: deadline, previous: after, next: before}
	l.link(after, at, before)
	l.waits++
	l.index.add(l.places, at, l.waits)
}

// link makes at the neighbour of both.
func (l *line) link(after, at, before int32) {
	if after != 0 {
		l.places[after-1].next = at
	} else {
		l.first = at
	}
	if before != 0 {
		l.places[before-1].previous = at
	} else {
		l.last = at
	}
}

func (l *line) remove(at int32) {
	p := &l.places[at-1]
	l.index.remove(l.places, p.ticket)
	l.waits--
	if p.previous != 0 {
		l.places[p.previous-1].next = p.next
	} else {
		l.first = p.next
	}
	if p.next != 0 {
		l.places[p.next-1].previous = p.previous
	} else {
		l.last = p.previous
	}
	*p = place{next: l.free}
	l.free = at
}
