package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"windtunnel/runner"
	"windtunnel/runner/backend"
	"windtunnel/runner/backend/docker"
	"windtunnel/runner/backend/process"
)

func (a *app) cleanCommand() *cobra.Command {
	var all, dryRun, withImages bool
	c := &cobra.Command{
		Use:   "clean",
		Short: "Remove what earlier runs left: processes, containers, networks",
		Long: "Every way out of a run removes what it started, a kill -9 of windtunnel included: its\n" +
			"watchdog sees to that. clean is for what not even a watchdog survives, such as a kill of both.\n" +
			"Runs that still go on are left alone unless --all is given.",
		Args: exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.clean(cmd.Context(), all, dryRun, withImages) },
	}
	c.Flags().BoolVar(&all, "all", false, "runs that still go on too")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be removed")
	c.Flags().BoolVar(&withImages, "images", false, "the images of the node program too; the next Docker run builds one anew")
	return c
}

// place is somewhere that a run can leave things.
type place struct {
	leftovers func(context.Context) ([]backend.Leftover, error)
	sweep     func(ctx context.Context, run string) (int, error)
}

func (a *app) clean(ctx context.Context, all, dryRun, withImages bool) error {
	places := []place{{process.Leftovers, process.Sweep}}
	if _, err := docker.Available(ctx); err == nil {
		places = append(places, place{docker.Leftovers, docker.Sweep})
	}
	var failed []error
	removed := 0
	for _, p := range places {
		n, err := a.cleanPlace(ctx, p, all, dryRun)
		removed += n
		failed = append(failed, err)
	}
	if withImages && len(places) > 1 && !dryRun {
		tags, err := docker.RemoveImages(ctx)
		for _, tag := range tags {
			fmt.Fprintln(a.stdout, "removed: image", tag)
		}
		removed += len(tags)
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return &runner.EnvironmentError{Doing: "clean", Err: err}
	}
	if removed == 0 {
		fmt.Fprintln(a.stdout, "nothing is left of any run that is over")
	}
	return nil
}

func (a *app) cleanPlace(ctx context.Context, p place, all, dryRun bool) (int, error) {
	leftovers, err := p.leftovers(ctx)
	if err != nil {
		return 0, err
	}
	runs, count := map[string]bool{}, 0
	for _, l := range leftovers {
		if l.Owned && !all {
			fmt.Fprintf(a.stdout, "kept: %s %s of run %s, which goes on\n", l.Kind, l.Name, l.Run)
			continue
		}
		count++
		runs[l.Run] = true
		verb := "removed"
		if dryRun {
			verb = "would remove"
		}
		fmt.Fprintf(a.stdout, "%s: %s %s of run %s\n", verb, l.Kind, l.Name, l.Run)
	}
	if dryRun {
		return count, nil
	}
	for run := range runs {
		// A sweep may leave what is just ending: a second one finds it gone.
		for range 10 {
			left, err := p.sweep(ctx, run)
			if err != nil {
				return count, err
			}
			if left == 0 {
				break
			}
		}
	}
	return count, nil
}
