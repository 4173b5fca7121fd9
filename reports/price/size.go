package price

import (
	"windtunnel/topologies/unit"
)

// Size is what one instance or machine has.
type Size struct {
	CPU    unit.CPU   `yaml:"cpu" doc:"cores"`
	Memory unit.Bytes `yaml:"memory" doc:"bytes"`
}

var gibibyte = Whole(1 << 30)

// cores returns its CPU exactly as it was written.
func (s Size) cores() Number { return decimal(float64(s.CPU)) }

// gibibytes returns its memory in GiB. What providers call a GB is 2³⁰ bytes:
// AWS divides by 1,024 in its worked examples.
func (s Size) gibibytes() Number { return Whole(int64(s.Memory)).Over(gibibyte) }

// billed returns the size for which the book bills an instance with the limits
// of s, and whether the book has one so large: where it has not, the limits
// themselves are billed. It never shrinks as a limit grows.
func (b *Book) billed(s Size) (Size, bool) {
	if s.CPU == 0 {
		s.CPU = b.Unlimited.CPU
	}
	if s.Memory == 0 {
		s.Memory = b.Unlimited.Memory
	}
	s.CPU, s.Memory = max(s.CPU, b.Least.CPU), max(s.Memory, b.Least.Memory)
	if b.Step.CPU > 0 {
		s.CPU = unit.CPU(s.cores().upTo(b.Step.cores()).Float())
	}
	s.Memory = multiple(s.Memory, b.Step.Memory)
	if len(b.Sizes) == 0 {
		return s, true
	}
	for _, row := range b.Sizes {
		memory := row.From + multiple(max(0, s.Memory-row.From), row.Step)
		if s.CPU <= row.CPU && memory <= row.To {
			return Size{row.CPU, memory}, true
		}
	}
	return s, false
}

// multiple returns the smallest multiple of step that is not less than size.
func multiple(size, step unit.Bytes) unit.Bytes {
	if step <= 0 {
		return size
	}
	return (size + step - 1) / step * step
}
