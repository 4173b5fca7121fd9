// Package work is the vocabulary of what an operation does: steps, the
// distributions of their durations, and the identities from which every
// random draw is hashed. The loader fills it, the node program and the
// simulator run it; it knows neither files nor clocks.
//
//	id := work.Root(seed).Child(arrival)      // travels with the request
//	for i, step := range operation.Steps {
//		spend(step.For.Draw(id.Child(uint64(i))))
//	}
package work
