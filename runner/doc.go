// Package runner turns a scenario and a topology into a Plan and says what
// carries one out: an Engine, on a Backend where it is live. The engines and
// backends are packages below.
//
//	plan, problems := runner.NewPlan(…)
//	engine := live.Engine{Backend: process.Backend{}}
//	err := engine.Run(ctx, plan, recorder)
package runner
