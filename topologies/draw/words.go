package draw

import (
	"fmt"
	"strings"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// between parts the words of a label.
const between = " · "

// PolicyWords says what an edge does about its calls, its bounds in time first:
// `timeout 300ms · retry 3 budget 20% · breaker 50%/100 · p2c`.
// What is not set is not said, nor is round-robin, which is how an edge
// balances when nothing is said. An edge without policies gives "".
func PolicyWords(c policy.EdgeConfig) string {
	var words []string
	if c.Deadline > 0 {
		words = append(words, fmt.Sprintf("deadline %s", c.Deadline))
	}
	if c.Timeout > 0 {
		words = append(words, fmt.Sprintf("timeout %s", c.Timeout))
	}
	words = append(words, boundWords(c)...)
	if c.Retry != nil {
		words = append(words, retryWords(*c.Retry))
	}
	if c.Hedge != nil {
		words = append(words, hedgeWords(*c.Hedge))
	}
	if c.Breaker != nil {
		words = append(words, breakerWords(*c.Breaker))
	}
	return strings.Join(append(words, instanceWords(c)...), between)
}

// boundWords say what stands between a call and its attempts.
func boundWords(c policy.EdgeConfig) []string {
	var words []string
	if c.Fallback != nil {
		words = append(words, "fallback")
	}
	if c.Cache != nil {
		words = append(words, cacheWords(*c.Cache))
	}
	if c.RateLimit != nil {
		words = append(words, fmt.Sprintf("rate limit %s", c.RateLimit.Rate))
	}
	if c.Bulkhead != nil {
		words = append(words, fmt.Sprintf("bulkhead %d", c.Bulkhead.Calls))
	}
	if c.Throttle != nil {
		words = append(words, "throttle")
	}
	if c.Limit != nil {
		words = append(words, "concurrency limit")
	}
	return words
}

// cacheWords say where replies are kept, or for how long: `cache 30s`, `cache in kept`.
func cacheWords(c policy.EdgeCacheConfig) string {
	if c.In != "" {
		return "cache in " + c.In
	}
	return fmt.Sprintf("cache %s", c.TTL)
}

// instanceWords say how an attempt finds its instance.
func instanceWords(c policy.EdgeConfig) []string {
	var words []string
	if c.Balance != "" && c.Balance != "round-robin" {
		words = append(words, c.Balance)
	}
	if c.Subset > 0 {
		words = append(words, fmt.Sprintf("subset %d", c.Subset))
	}
	if c.SlowStart > 0 {
		words = append(words, fmt.Sprintf("slow start %s", c.SlowStart))
	}
	if c.Health != nil {
		words = append(words, fmt.Sprintf("health every %s", c.Health.Interval))
	}
	if c.Ejection != nil {
		words = append(words, "ejection")
	}
	if d := DiscoveryWords(c.Discovery); c.Discovery != nil && d != "platform" {
		words = append(words, d)
	}
	return words
}

// DiscoveryWords say how instances are found: `dns 5s`, `registry names`, `registry names each 5s`.
func DiscoveryWords(d policy.Discovery) string {
	switch d := d.(type) {
	case *policy.StaticDiscovery:
		return "static list"
	case *policy.DNSDiscovery:
		return fmt.Sprintf("dns %s", d.TTL)
	case *policy.RegistryDiscovery:
		if d.Poll > 0 {
			return fmt.Sprintf("registry %s each %s", d.Node, d.Poll)
		}
		return "registry " + d.Node
	}
	return "platform"
}

// hedgeWords say when a hedge is sent: `hedge after 50ms`, `hedge after 95%`.
func hedgeWords(c policy.HedgeConfig) string {
	if c.Quantile > 0 {
		return fmt.Sprintf("hedge after %s", c.Quantile)
	}
	return fmt.Sprintf("hedge after %s", c.After)
}

func retryWords(c policy.RetryConfig) string {
	words := fmt.Sprintf("retry %d", c.Attempts)
	if c.Budget != nil {
		words += fmt.Sprintf(" budget %s", c.Budget.Share)
	}
	if c.Throttle != nil {
		words += " throttled"
	}
	if c.Always {
		words += " always"
	}
	return words
}

// breakerWords says when a breaker opens: `breaker 50%/100` at half of the last
// hundred calls, `breaker 50%/10s` at half of those of ten seconds, `breaker 5
// in a row`.
func breakerWords(c policy.BreakerConfig) string {
	words := "breaker"
	switch {
	case c.Failures.Count > 0:
		words += fmt.Sprintf(" %d in a row", c.Failures.Count)
	case c.Failures.Share > 0:
		words += " " + c.Failures.Share.String()
		if c.Over != (unit.CountOrTime{}) {
			over, _ := c.Over.MarshalText() // it cannot fail
			words += "/" + string(over)
		}
	}
	if c.Slow != nil {
		words += fmt.Sprintf(" slow %s/%s", c.Slow.Share, c.Slow.Over)
	}
	if c.Per == "instance" {
		words += " per instance"
	}
	return words
}
