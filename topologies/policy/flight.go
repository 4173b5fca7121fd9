package policy

// maxFlying bounds the attempts of one call that are in flight at once.
const maxFlying = 4

// attempt is one that is in flight.
type attempt struct {
	number   int
	endpoint EndpointID
	permit   Permit
	began    Instant
	until    Instant // when it is given up
}

// ask has the edge choose where an attempt may go.
func (c *Call) ask(now Instant) grant {
	var room [maxFlying]EndpointID
	avoid := room[:0]
	for _, t := range c.attempts[:c.flying] {
		avoid = append(avoid, t.endpoint)
	}
	if c.flying == 0 && c.sent > 0 {
		avoid = append(avoid, c.endpoint)
	}
	c.tries++
	return c.edge.admit(now, c.id.Child(uint64(c.tries)), c.Key, avoid)
}

func (c *Call) send(now Instant, g grant, out []Action) []Action {
	c.edge.count.Attempts++
	if c.edge.targets != nil {
		c.edge.targets.sent(now, g.endpoint)
	}
	c.sent++
	t := attempt{number: c.sent, endpoint: g.endpoint, permit: g.permit, began: now, until: c.deadline}
	if d := c.edge.cfg.Timeout; d > 0 {
		t.until = min(t.until, now.Add(d))
	}
	if c.flying == 0 {
		c.abreast = 0
	}
	c.attempts[c.flying] = t
	c.flying++
	c.abreast++
	c.state, c.endpoint, c.hedgeAt = flying, g.endpoint, Never
	if h := c.edge.hedge; h != nil {
		if d, more := h.Wait(c.abreast, c.idempotent); more {
			c.hedgeAt = now.Add(d)
		}
	}
	c.wait()
	return append(out, Action{Kind: Send, Attempt: t.number, Endpoint: t.endpoint, Deadline: t.until})
}

// wait finds when Due is to be told while attempts fly.
func (c *Call) wait() {
	c.due = c.hedgeAt
	for i := range c.flying {
		c.due = min(c.due, c.attempts[i].until)
	}
}

func (c *Call) replied(now Instant, ev Event, out []Action) []Action {
	at := c.find(ev.Attempt)
	if at < 0 {
		return out
	}
	t := &c.attempts[at]
	switch {
	case now > t.until:
		ev.Outcome = Outcome{Cause: c.expiry(t), Latency: now.Sub(t.began)}
	case ev.Outcome.Cause == Deadline:
		ev.Outcome.Cause = c.expiry(t)
	}
	return c.ended(now, at, ev.Outcome, out)
}

// passed gives up the attempts whose time is up, and hedges those that are left
// where that is due.
func (c *Call) passed(now Instant, out []Action) []Action {
	for at := 0; c.state == flying && at < c.flying; {
		t := &c.attempts[at]
		if now < t.until {
			at++
			continue
		}
		cause := c.expiry(t)
		out = append(out, Action{Kind: Cancel, Attempt: t.number, Endpoint: t.endpoint, Began: t.began, Cause: cause})
		out = c.ended(now, at, Outcome{Cause: cause, Latency: now.Sub(t.began)}, out)
	}
	if c.state == flying && now >= c.hedgeAt {
		out = c.hedge(now, out)
	}
	return out
}

// hedge sends one more attempt, if budget, throttle and breaker let it. What
// they hold back is not asked for again.
func (c *Call) hedge(now Instant, out []Action) []Action {
	c.hedgeAt = Never
	if c.edge.retry.Allows() && c.edge.hedge.Grant(now) {
		if g := c.ask(now); g.cause == OK {
			c.edge.count.Hedges++
			return c.send(now, g, out)
		}
	}
	c.wait()
	return out
}

// expiry is what an attempt fails with when its time is up.
func (c *Call) expiry(t *attempt) Cause {
	if t.until < c.deadline {
		return Timeout
	}
	return Deadline
}

// ended goes on from an attempt that ended.
func (c *Call) ended(now Instant, at int, o Outcome, out []Action) []Action {
	c.land(now, at, o)
	switch {
	case o.Cause == OK:
		for c.flying > 0 {
			t := c.attempts[0]
			out = append(out, Action{Kind: Cancel, Attempt: t.number, Endpoint: t.endpoint, Began: t.began})
			c.land(now, 0, Outcome{Latency: now.Sub(t.began), Lost: true})
		}
		return c.finish(now, OK, out)
	case c.flying > 0:
		c.wait()
		return out
	case !c.again(now, o.Cause):
		return c.finish(now, o.Cause, out)
	case c.pause > 0:
		return out
	default:
		return c.try(now, out)
	}
}

// land takes an attempt out of those in flight.
func (c *Call) land(now Instant, at int, o Outcome) {
	t := c.attempts[at]
	c.flying--
	copy(c.attempts[at:], c.attempts[at+1:c.flying+1])
	c.edge.settle(now, t, o)
	if !o.Lost {
		c.ruled = o.Cause
	}
}

// find returns the place of an attempt in flight, -1 where it is not.
func (c *Call) find(number int) int {
	for i := range c.flying {
		if c.attempts[i].number == number {
			return i
		}
	}
	return -1
}
