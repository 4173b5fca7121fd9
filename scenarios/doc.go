// Package scenarios is the model of an experiment: phases of load over the
// entries of an application, a timeline of faults, and checks. A scenario names
// components rather than nodes, so that it runs on every topology.
//
// Load is how a command gets at what it runs: it finds the documents, fills in
// parameters and settings, and says everything that is wrong at once.
//
//	loaded, problems := scenarios.Load(scenarios.Query{
//		Scenarios:  []string{"payments-outage"},
//		Topologies: []string{"shop-monolith", "shop-microservices"},
//	})
//	for _, l := range loaded {
//		run(l.Scenario, l.Graph)
//	}
package scenarios
