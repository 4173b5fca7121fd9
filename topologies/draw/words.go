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
	if c.Retry != nil {
		words = append(words, retryWords(*c.Retry))
	}
	if c.Breaker != nil {
		words = append(words, breakerWords(*c.Breaker))
	}
	if c.Balance != "" && c.Balance != "round-robin" {
		words = append(words, c.Balance)
	}
	return strings.Join(words, between)
}

func retryWords(c policy.RetryConfig) string {
	words := fmt.Sprintf("retry %d", c.Attempts)
	if c.Budget != nil {
		words += fmt.Sprintf(" budget %s", c.Budget.Share)
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
	if c.Per == "instance" {
		words += " per instance"
	}
	return words
}
