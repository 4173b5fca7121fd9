package sim

import (
	"fmt"
	"strings"
)

// settingsOf is a mapping under way, to which the lots add.
type settingsOf struct {
	*swarmling
	strings.Builder
}

// say adds a setting with that probability.
func (d *settingsOf) say(share float64, format string, args ...any) {
	if d.some(share) {
		fmt.Fprintf(d, ", "+format, args...)
	}
}

// morePolicies draws what an edge can have beside timeouts, retries, a breaker
// and a balancer; gradual says whether that balancer can start an instance slowly.
func (s *swarmling) morePolicies(harmless, gradual bool) string {
	d := &settingsOf{swarmling: s}
	d.say(0.2, "hedge: {%s, attempts: %d, always: %v}", pick(s, "after: 20ms", "quantile: 70%", "quantile: 95%, after: 5ms, budget: 20%"), 2+s.IntN(3), s.some(0.5) || !harmless)
	d.say(0.15, "bulkhead: {calls: %d, wait: %dms, queue: %d}", 1+s.IntN(6), s.IntN(80), 1+s.IntN(20))
	d.say(0.15, "rate_limit: {rate: %d/s, burst: %d}", 1+s.IntN(80), 1+s.IntN(20))
	d.say(0.15, "throttle: {k: %.1f, over: %dms}", 1.1+s.Float64(), 200+s.IntN(2000))
	d.say(0.15, "concurrency_limit: {least: %d, most: %d}", 1+s.IntN(5), 6+s.IntN(40))
	d.say(0.15, "ejection: {consecutive: %d, every: %dms, for: %dms, most: %d%%}", 1+s.IntN(5), 100+s.IntN(900), 100+s.IntN(900), 1+s.IntN(99))
	d.say(0.10, "health: {interval: %dms, timeout: %dms, panic: %d%%}", 50+s.IntN(800), 1+s.IntN(50), s.IntN(100))
	d.say(0.15, "fallback: {respond: 1Ki, on: [%s]}", pick(s, "", "timeout", "rejected-breaker, refused"))
	d.say(0.15, "cache: {ttl: %dms, size: %d, coalesce: %v, stale_if_error: %dms, always: true}", 1+s.IntN(500), 1+s.IntN(50), s.some(0.5), s.IntN(500))
	d.say(0.15, "subset: %d", 1+s.IntN(3))
	if gradual {
		d.say(0.15, "slow_start: %dms", 1+s.IntN(900))
	}
	d.say(0.15, "discovery: %s", pick(s, "static", "platform", "{dns: {ttl: 1s}}"))
	return strings.Replace(d.String(), "on: []", "on: [other, timeout]", 1)
}

// intake draws what a node bounds its requests by.
func (s *swarmling) intake() string {
	d := &settingsOf{swarmling: s}
	d.say(0.08, "rate_limit: {rate: %d/s, burst: %d}", 1+s.IntN(80), 1+s.IntN(20))
	d.say(0.08, "concurrency_limit: {least: %d, most: %d}", 1+s.IntN(5), 6+s.IntN(40))
	d.say(0.15, "shedding: {queue: %d, low: %d%%%s}", 1+s.IntN(20), 1+s.IntN(99), pick(s, "", fmt.Sprintf(", codel: {target: %dms}", 1+s.IntN(20))))
	return d.String()
}

// entry draws how an operation is asked from outside.
func (s *swarmling) entry(operation string) string {
	if s.some(0.5) {
		return operation
	}
	d := &settingsOf{swarmling: s}
	d.say(0.7, "priority: %s", pick(s, "low", "normal", "high"))
	d.say(0.5, "key: {zipf: {s: %.1f, of: %d}}", 1.1+s.Float64(), 1+s.IntN(50))
	return "{operation: " + operation + d.String() + "}"
}
