package sim

import "fmt"

// The draws of the policies beside timeout, retry, breaker and the first four
// balancers. Windows of time, such as those of ejection and throttle, count from
// the start of an instance when live: they are not drawn with kills.

// intake is what a node does about the requests that come to it.
func (l *lottery) intake() string {
	if !l.more {
		return ""
	}
	s := l.pick("", "", fmt.Sprintf(", rate_limit: {rate: %d/s, burst: %d}", 20+l.IntN(200), 1+l.IntN(10)))
	s += l.pick("", "", fmt.Sprintf(", concurrency_limit: {least: %d, most: %d}", 1+l.IntN(4), 5+l.IntN(20)))
	return s + l.pick("", "", fmt.Sprintf(", shedding: {queue: %d}", 1+l.IntN(6)),
		fmt.Sprintf(", shedding: {codel: {target: %dms, interval: %dms}}", 1+l.IntN(5), 5+l.IntN(40)))
}

// bounds are what stands between a call and its attempts.
// What would be of no effect where nothing is idempotent, or a key chooses the
// instance, is drawn all the same, so that the rest of the plan stays what it is.
func (l *lottery) bounds(add func(string, ...any), harmless, keyed bool) {
	if l.one(3) {
		add("hedge: {after: %dms, attempts: %d, always: %t}", 2+l.IntN(15), 2+l.IntN(3), l.one(2) || !harmless)
	} else if l.one(3) {
		add("hedge: {quantile: %d%%, after: %dms, budget: {share: %d%%, minimum: 1/s}, always: %t}", 50+l.IntN(50), l.IntN(10), 5+l.IntN(50), !harmless)
	}
	if l.one(3) {
		add("bulkhead: {calls: %d, wait: %dms, queue: %d}", 1+l.IntN(6), l.IntN(12), 1+l.IntN(5))
	}
	if l.one(4) {
		add("rate_limit: {rate: %d/s, burst: %d}", 20+l.IntN(200), 1+l.IntN(10))
	}
	if l.one(3) {
		add("fallback: {respond: %d%s}", l.IntN(3000), l.pick("", ", on: [timeout, rejected-limit]"))
	}
	if l.one(4) {
		add("concurrency_limit: {least: %d, most: %d}", 1+l.IntN(4), 5+l.IntN(20))
	}
	if !l.kills && l.one(4) {
		add("throttle: {k: 1.5, over: 300ms}")
	}
	if !l.kills && l.one(3) {
		add("ejection: {consecutive: %d, every: %dms, for: %dms, most: %d%%, requests: 3, instances: 2, deviations: 1}",
			1+l.IntN(4), 20+l.IntN(80), 10+l.IntN(200), 10+l.IntN(90))
	}
	if l.one(4) {
		add("subset: %d", 1+l.IntN(3))
	}
	if l.one(4) {
		if slow := 50 + l.IntN(500); !keyed {
			add("slow_start: %dms", slow)
		}
	}
}
