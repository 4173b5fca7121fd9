package gateway

import (
	"container/list"
	"crypto/sha256"
	"time"

	"windtunnel/topologies/policy"
)

// MaxClients bounds the clients that a limiter knows apart.
const MaxClients = 10_000

// longestKey is the longest that is kept as it is; of a longer one a digest is.
const longestKey = 64

// Clients is a rate limit for each client: a token bucket for each key. In any
// time t a key is granted at most rate·t + burst, also under a flood of keys:
// where more are known than MaxClients, whoever is new shares one bucket with
// all others that are, until one that is known has not asked for as long as its
// bucket takes to fill. A bucket that is full again says nothing and is
// forgotten; who gets one of its own begins with what the shared one holds.
type Clients struct {
	cfg   policy.RateLimitConfig
	most  int
	known map[string]*list.Element // of *client
	order *list.List               // who asked last is at the back
	crowd policy.Bucket            // of those that are not known
}

type client struct {
	key    string
	bucket policy.Bucket
	asked  policy.Instant
}

// NewClients returns a limiter that knows nobody. most is how many clients it
// knows apart; 0 is MaxClients.
func NewClients(cfg policy.RateLimitConfig, most int) *Clients {
	if most == 0 {
		most = MaxClients
	}
	return &Clients{cfg: cfg, most: most, known: map[string]*list.Element{}, order: list.New(), crowd: *policy.NewBucket(cfg)}
}

// Take asks for one token of a client. Where there is none, after is the time
// until there is one.
func (c *Clients) Take(now policy.Instant, key string) (ok bool, after time.Duration) {
	bucket := c.bucket(now, key)
	if bucket.Take(now) {
		return true, 0
	}
	return false, bucket.Next(now)
}

// Known returns how many clients are known apart.
func (c *Clients) Known() int { return len(c.known) }

func (c *Clients) bucket(now policy.Instant, key string) *policy.Bucket {
	if len(key) > longestKey {
		digest := sha256.Sum256([]byte(key))
		key = string(digest[:])
	}
	if e := c.known[key]; e != nil {
		known := e.Value.(*client)
		known.asked = now
		c.order.MoveToBack(e)
		return &known.bucket
	}
	if len(c.known) >= c.most && !c.forget(now) {
		return &c.crowd
	}
	made := &client{key: key, bucket: c.crowd, asked: now}
	c.known[key] = c.order.PushBack(made)
	return &made.bucket
}

// forget drops the client that has not asked for longest, if its bucket is full.
func (c *Clients) forget(now policy.Instant) bool {
	oldest := c.order.Front()
	known := oldest.Value.(*client)
	if !known.bucket.Full(now) {
		return false
	}
	c.order.Remove(oldest)
	delete(c.known, known.key)
	return true
}
