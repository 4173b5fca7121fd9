// Package reports turns run directories into findings: it analyses one run,
// compares several, and lays both out as a Document that package render prints
// in one format or another.
//
//	run, err := record.Load(dir)
//	analysis, err := reports.Analyze(run, reports.Options{})
//	err = record.WriteResult(dir, &analysis.Result)   // run.json, written last
//	err = render.Write(os.Stdout, "terminal", analysis.Document(), render.Options{Width: 100})
//
// Every quantile is exact, from the sorted samples that it is about. Latency
// counts from the intended send. Latency of successes and of failures is kept
// apart, and warm-up is left out of the phase "all".
package reports
