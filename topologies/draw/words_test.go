package draw

import (
	"testing"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestPolicyWords(t *testing.T) {
	for _, c := range []struct {
		config policy.EdgeConfig
		want   string
	}{
		{policy.EdgeConfig{}, ""},
		{policy.EdgeConfig{Balance: "round-robin"}, ""},
		{policy.EdgeConfig{Balance: "p2c"}, "p2c"},
		{policy.EdgeConfig{Timeout: 300 * time.Millisecond}, "timeout 300ms"},
		{policy.EdgeConfig{Deadline: time.Second, Timeout: 300 * time.Millisecond}, "deadline 1s · timeout 300ms"},
		{policy.EdgeConfig{Retry: &policy.RetryConfig{Attempts: 3}}, "retry 3"},
		{policy.EdgeConfig{Retry: &policy.RetryConfig{Attempts: 2, Budget: &policy.BudgetConfig{Share: 0.1}, Always: true}}, "retry 2 budget 10% always"},
		{policy.EdgeConfig{
			Timeout: 300 * time.Millisecond,
			Retry:   &policy.RetryConfig{Attempts: 3, Budget: &policy.BudgetConfig{Share: 0.2}},
			Breaker: &policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Count: 100}, Per: "edge"},
			Balance: "p2c",
		}, "timeout 300ms · retry 3 budget 20% · breaker 50%/100 · p2c"},
		{policy.EdgeConfig{
			Fallback: &policy.FallbackConfig{}, RateLimit: &policy.RateLimitConfig{Rate: 500}, Bulkhead: &policy.BulkheadConfig{Calls: 20},
			Throttle: &policy.ThrottleConfig{}, Limit: &policy.LimitConfig{},
		}, "fallback · rate limit 500/s · bulkhead 20 · throttle · concurrency limit"},
		{policy.EdgeConfig{
			Retry: &policy.RetryConfig{Attempts: 2, Throttle: &policy.RetryThrottleConfig{}}, Hedge: &policy.HedgeConfig{Quantile: 0.95},
			Subset: 20, SlowStart: time.Minute, Ejection: &policy.EjectionConfig{}, Balance: "peak-ewma",
		}, "retry 2 throttled · hedge after 95% · peak-ewma · subset 20 · slow start 1m0s · ejection"},
		{policy.EdgeConfig{Hedge: &policy.HedgeConfig{After: 50 * time.Millisecond}}, "hedge after 50ms"},
		{policy.EdgeConfig{Cache: &policy.EdgeCacheConfig{CacheConfig: policy.CacheConfig{TTL: 30 * time.Second}}}, "cache 30s"},
		{policy.EdgeConfig{Cache: &policy.EdgeCacheConfig{In: "kept"}, Fallback: &policy.FallbackConfig{}}, "fallback · cache in kept"},
	} {
		if got := PolicyWords(c.config); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestBreakerWords(t *testing.T) {
	for _, c := range []struct {
		config policy.BreakerConfig
		want   string
	}{
		{policy.BreakerConfig{}, "breaker"},
		{policy.BreakerConfig{Failures: unit.CountOrShare{Count: 5}, Over: unit.CountOrTime{Count: 100}}, "breaker 5 in a row"},
		{policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.5}}, "breaker 50%"},
		{policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.125}, Over: unit.CountOrTime{Time: 10 * time.Second}}, "breaker 12.5%/10s"},
		{policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Count: 20}, Per: "instance"}, "breaker 50%/20 per instance"},
		{policy.BreakerConfig{Slow: &policy.SlowConfig{Over: 200 * time.Millisecond, Share: 0.5}}, "breaker slow 50%/200ms"},
	} {
		if got := breakerWords(c.config); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
