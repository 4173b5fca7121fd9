// Package scenarios is the model of an experiment: phases of load over the
// entries of an application, a timeline of faults, and checks. A scenario names
// components rather than nodes, so that it runs on every topology.
package scenarios
