package sim

import (
	"fmt"
	"strings"
)

// hosting draws how a node hosts components: as a service of a fixed number of
// instances, as one with a scaler, or as a function.
func (s *swarmling) hosting(name string) string {
	switch s.IntN(5) {
	case 0, 1:
		return s.function(name)
	case 2:
		return ", kind: service" + s.limits() + ", scaler: " + s.scaler(1)
	default:
		return ", kind: service" + s.common()
	}
}

// function draws one with all that its front and its instances can be told. Its
// front is a node that faults may hit, but not kill.
func (s *swarmling) function(name string) string {
	s.nodes = append(s.nodes, name+"-front")
	var b strings.Builder
	b.WriteString(", kind: function")
	say := func(share float64, format string, args ...any) {
		if s.some(share) {
			fmt.Fprintf(&b, ", "+format, args...)
		}
	}
	say(0.7, "concurrency: %d", pick(s, 1, 1, 2, 8))
	say(0.5, "queue: %d", pick(s, 1, 5, 100))
	say(0.6, "queue_timeout: %dms", pick(s, 0, 1, 20, 300))
	say(0.8, "routing: %s", pick(s, "most-recent", "newest", "least-loaded"))
	budget := 0
	say(0.5, "init: [%s]", strings.Join(s.beginnings(&budget), ", "))
	say(0.3, "image_size: %dMi", 1+s.IntN(40))
	say(0.3, "paused: %d", 1+s.IntN(3))
	say(0.3, "cpu: %.2f", 0.05+s.Float64())
	say(0.8, "scaler: %s", s.scaler(0))
	return b.String()
}

// beginnings draws the steps of an initialisation, which asks nobody.
func (s *swarmling) beginnings(budget *int) []string {
	var steps []string
	for range 1 + s.IntN(2) {
		step := s.step("", nil, 3, budget)
		if !strings.Contains(step, "respond") {
			steps = append(steps, step)
		}
	}
	return steps
}

// scaler draws one that decides often within a second or two, and keeps at least so many.
func (s *swarmling) scaler(least int) string {
	minimum := max(least, s.IntN(3))
	bounds := fmt.Sprintf("min: %d", minimum)
	if s.some(0.6) {
		bounds += fmt.Sprintf(", max: %d", minimum+1+s.IntN(6))
	}
	switch s.IntN(6) {
	case 0:
		return fmt.Sprintf("{fixed: %d}", least+s.IntN(4))
	case 1:
		return fmt.Sprintf("{kpa: {target: %g, stable_window: 6s, panic_window: %d%%, scale_to_zero_grace: %ds, retention: %ds, initial: %d, target_burst: %d, %s}}",
			pick(s, 0, 1, 3.5), 1+s.IntN(50), s.IntN(3), s.IntN(3), minimum, pick(s, -1, 0, 211), bounds)
	case 2:
		target := pick(s, "20%", "80%", "1", "4")
		return fmt.Sprintf("{hpa: {target: %s, sync: 1s, stabilization: %ds, %s}}", target, s.IntN(3), bounds)
	case 3:
		steps := []string{fmt.Sprintf("{at: 0s, count: %d}", least+s.IntN(3))}
		at := 0
		for range s.IntN(3) {
			at += 1 + s.IntN(800)
			steps = append(steps, fmt.Sprintf("{at: %dms, count: %d}", at, least+s.IntN(5)))
		}
		every := ""
		if s.some(0.3) {
			every = fmt.Sprintf(", every: %dms", at+1+s.IntN(900))
		}
		return fmt.Sprintf("{schedule: {steps: [%s]%s}}", strings.Join(steps, ", "), every)
	default:
		burst := ""
		if s.some(0.4) {
			burst = fmt.Sprintf(", burst: %d, per: %dms", 1+s.IntN(4), 1+s.IntN(2000))
		}
		return fmt.Sprintf("{lambda: {keep_alive: %dms%s, %s}}", pick(s, 0, 1, 50, 400, 3000), burst, bounds)
	}
}
