package follow

import (
	"cmp"
	"fmt"
	"strings"

	"windtunnel/runner/record"
)

// Tone is how an event is to be taken.
type Tone string

// The tones.
const (
	Quiet Tone = "quiet" // of interest to who watches closely
	Plain Tone = ""
	Good  Tone = "good"
	Bad   Tone = "bad"
)

// Words says an event for people, "" where nobody waits for it.
func Words(e record.Event) (text string, tone Tone) {
	switch e.Kind {
	case record.PhaseBegan:
		return "phase " + e.Name, Plain
	case record.FaultBegan:
		return "fault " + e.Name + " begins", Bad
	case record.FaultHealed:
		return "fault " + e.Name + " is healed", Good
	case record.FaultSkipped:
		return "fault " + e.Name + " does not apply here: " + e.Reason, Plain
	case record.BreakerState:
		return fmt.Sprintf("breaker %s: %s → %s", e.Edge, e.From, e.To), breakerTone(e.To)
	case record.PolicyState:
		return fmt.Sprintf("%s %s: %s → %s", e.Name, cmp.Or(e.Edge, e.Instance), e.From, e.To), Plain
	case record.Note:
		line, _, _ := strings.Cut(e.Reason, "\n")
		return line, Plain
	case record.Scale:
		return fmt.Sprintf("%s: %s → %s instances, %s", e.Node, e.From, e.To, e.Reason), Quiet
	case record.InstanceReady:
		return e.Instance + " is ready", Quiet
	case record.InstanceStop:
		return strings.TrimSuffix(e.Instance+" has ended: "+e.Reason, ": "), Quiet
	}
	return "", Plain
}

func breakerTone(to string) Tone {
	switch to {
	case "open":
		return Bad
	case "closed":
		return Good
	}
	return Plain
}
