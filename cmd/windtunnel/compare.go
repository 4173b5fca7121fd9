package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

func (a *app) compareCommand() *cobra.Command {
	var f runFlags
	var names []string
	var allowDifferent bool
	c := &cobra.Command{
		Use:   "compare RUN... | compare --scenario SCENARIO -t TOPOLOGY -t TOPOLOGY",
		Short: "Compare topologies under the same load and faults: which is better, and by how much",
		Long: "compare reads recorded runs, or does the runs first. Checks are part of the picture: a topology\n" +
			"that breaks its promises is a finding, and compare exits 0.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (len(names) == 0) {
				return usagef("compare takes run directories, or --scenario with -t for each topology")
			}
			if len(args) > 0 {
				return a.compareRecorded(args, f, allowDifferent)
			}
			return a.compareRuns(cmd.Context(), names, f, allowDifferent)
		},
	}
	f.register(c, 1)
	c.Flags().StringArrayVar(&names, "scenario", nil, "the scenario to run on each topology")
	c.Flags().BoolVar(&allowDifferent, "allow-different", false, "compare runs of different engines, backends, hosts or inputs all the same, with a footnote")
	return c
}

func (a *app) compareRuns(ctx context.Context, names []string, f runFlags, allowDifferent bool) error {
	b, err := a.newBatch(names, f)
	if err != nil {
		return err
	}
	if f.dryRun {
		a.describe(b)
		return nil
	}
	all, runErr := a.do(ctx, b, func(*reports.Analysis) error { return nil })
	if len(all) == 0 || runErr != nil {
		return runErr
	}
	return a.showComparison(all, f.outputs, allowDifferent)
}

func (a *app) compareRecorded(dirs []string, f runFlags, allowDifferent bool) error {
	for _, text := range f.checks {
		if _, err := check.Parse(text); err != nil {
			return usagef("--check %s: %v", text, err)
		}
	}
	all, err := analyzeAll(dirs, reports.Options{Checks: f.checks, Strict: f.strict})
	if err != nil {
		return err
	}
	return a.showComparison(all, f.outputs, allowDifferent)
}

func (a *app) showComparison(all []*reports.Analysis, outputs []string, allowDifferent bool) error {
	comparison, err := reports.Compare(all, reports.CompareOptions{AllowDifferent: allowDifferent})
	if err != nil {
		return refusal(err)
	}
	if err := a.print(comparison.Document()); err != nil {
		return err
	}
	if err := writeDocuments(outputs, comparison.Document()); err != nil {
		return err
	}
	if len(comparison.Doubts) > 0 {
		return &verdictError{exitInconclusive}
	}
	return nil
}

// refusal makes a comparison that would mislead inconclusive rather than broken.
func refusal(err error) error {
	var different *reports.DifferentError
	if errors.As(err, &different) {
		return &inconclusiveError{err}
	}
	return err
}

// analyzeAll analyses recorded runs.
func analyzeAll(dirs []string, o reports.Options) ([]*reports.Analysis, error) {
	var all []*reports.Analysis
	for _, dir := range dirs {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%s: there is no such run directory", dir)
		}
		recorded, err := record.Load(dir)
		if err != nil {
			return nil, usagef("%v", err)
		}
		analysis, err := reports.Analyze(recorded, o)
		if err != nil {
			return nil, usagef("%v", err)
		}
		all = append(all, analysis)
	}
	return all, nil
}
