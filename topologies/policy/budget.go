package policy

import (
	"math"
	"time"
)

// Budget bounds retries, after Finagle's RetryBudget: in any TTL they are at
// most Share of the calls of that while and PerSecond·TTL more. The second part
// is there from the start, so a cold edge may retry too. Retries are paid from
// it and are no calls themselves: a storm of retries earns no retries.
type Budget struct {
	deposit, reserve int64 // in millionths of a retry, so that sums never drift
	balance          sliding
}

// retryPrice is one retry in the unit of a Budget.
const retryPrice = 1_000_000

// NewBudget returns a budget without calls yet. A zero TTL is 10 s; a zero
// Share or PerSecond grants nothing.
func NewBudget(cfg BudgetConfig) *Budget {
	if cfg.TTL <= 0 {
		cfg.TTL = 10 * time.Second
	}
	return &Budget{
		deposit: int64(math.Round(float64(cfg.Share) * retryPrice)),
		reserve: int64(math.Round(float64(cfg.PerSecond) * cfg.TTL.Seconds() * retryPrice)),
		balance: newSliding(cfg.TTL),
	}
}

// Deposit tells the budget of a call.
func (b *Budget) Deposit(now Instant) { b.balance.add(now, b.deposit) }

// Withdraw asks for one retry.
func (b *Budget) Withdraw(now Instant) bool {
	if b.balance.sum(now)+b.reserve < retryPrice {
		return false
	}
	b.balance.add(now, -retryPrice)
	return true
}
