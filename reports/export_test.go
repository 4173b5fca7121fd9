package reports

import "windtunnel/reports/price"

// For the tests that print sections, which package render does, and it imports this one.

// CostSection is the section of one run's cost.
func CostSection(c *price.Cost) Section { return costSection(c) }

// Section is the section that compares costs.
func (c *CostComparison) Section() Section { return c.section() }
