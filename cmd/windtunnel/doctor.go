package main

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"windtunnel/runner/backend"
	"windtunnel/runner/backend/docker"
	"windtunnel/runner/backend/process"
	"windtunnel/runner/machine"
	"windtunnel/runner/record"
	"windtunnel/topologies/work"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can do: Docker, limits, clock, cores",
		Args:  exactly(0, "no argument"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

// finding is one line of the doctor's report.
type finding struct {
	what, found, advice string
	fatal               bool // not even the process backend works
}

func (a *app) doctor(ctx context.Context) error {
	findings := append(machineFindings(), nodeFinding(ctx), limitsFinding(ctx), dockerFinding(ctx), clockFinding(), computeFinding(), filesFinding())
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fatal := false
	for _, f := range findings {
		fatal = fatal || f.fatal
		fmt.Fprintf(table, "%s\t%s\n", f.what, f.found)
		if f.advice != "" {
			fmt.Fprintf(table, "\t  → %s\n", f.advice)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if fatal {
		return &verdictError{exitEnvironment}
	}
	return nil
}

func machineFindings() []finding {
	e := record.ThisEnvironment()
	cores := finding{what: "cores", found: fmt.Sprintf("%d, %s", e.Cores, e.CPU)}
	if e.Cores < 4 {
		cores.advice = "few: the load generator and the system under test share them; keep the load moderate and compare on one machine"
	}
	return []finding{cores,
		{what: "memory", found: fmt.Sprintf("%.1f GiB", float64(e.MemoryBytes)/(1<<30))},
		{what: "system", found: fmt.Sprintf("%s/%s, kernel %s, %s", e.OS, e.Arch, e.Kernel, e.Go)}}
}

func nodeFinding(ctx context.Context) finding {
	path, err := backend.NodeProgram(ctx)
	if err != nil {
		return finding{what: "node program", found: err.Error(), fatal: true}
	}
	return finding{what: "node program", found: path}
}

func limitsFinding(ctx context.Context) finding {
	why := process.CannotLimit(ctx)
	if why == "" {
		return finding{what: "limits of processes", found: "CPU and memory are enforced through cgroups"}
	}
	return finding{what: "limits of processes", found: why,
		advice: "comparisons on processes will be inconclusive where a topology sets limits; use --on docker, or run as root"}
}

func dockerFinding(ctx context.Context) finding {
	info, err := docker.Available(ctx)
	if err != nil {
		return finding{what: "docker", found: "not to be had: " + err.Error(), advice: "--on process needs none"}
	}
	f := finding{what: "docker", found: fmt.Sprintf("%s (API %s) on %s, %s, cgroup v%s, %d cores",
		info.Version, info.API, info.System, info.Storage, info.Cgroup, info.Cores)}
	if info.Missing != "" {
		f.advice = "limits are not all enforced: " + info.Missing
	}
	return f
}

// clockFinding measures how late a sleep of a millisecond ends here: the
// generator and `wait` steps can be no more exact than that.
func clockFinding() finding {
	const sleeps = 100
	late := make([]time.Duration, sleeps)
	for i := range late {
		begin := time.Now()
		time.Sleep(time.Millisecond)
		late[i] = time.Since(begin) - time.Millisecond
	}
	slices.Sort(late)
	f := finding{what: "clock", found: fmt.Sprintf("a sleep of 1ms ends %v late (median of %d), %v at worst",
		late[sleeps/2].Round(time.Microsecond), sleeps, late[sleeps-1].Round(time.Microsecond))}
	if late[sleeps/2] > 2*time.Millisecond {
		f.advice = "this machine is busy, or its timer is coarse: latencies of a few milliseconds are not to be trusted"
	}
	return f
}

func computeFinding() finding {
	kept, _ := machine.Calibrate() // an error means that it could not be kept, not that there is none
	fresh := work.CalibrateSpin()
	change := fresh/kept.SpinPerMS - 1
	f := finding{what: "compute", found: fmt.Sprintf("%.0f iterations take 1ms of CPU; measured again now: %+.1f %%", kept.SpinPerMS, 100*change)}
	if change > 0.1 || change < -0.1 {
		f.advice = "the CPU's speed changes: runs minutes apart do not compare; interleave them, as compare does"
	}
	return f
}

func filesFinding() finding {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return finding{what: "open files", found: "unknown"}
	}
	f := finding{what: "open files", found: fmt.Sprintf("up to %d", limit.Max)}
	if limit.Max < 8192 {
		f.advice = "connections use files: raise `ulimit -n` for loads with many requests in flight"
	}
	return f
}
