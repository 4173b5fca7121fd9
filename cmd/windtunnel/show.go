package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/cmd/windtunnel/view"
	"windtunnel/runner"
	"windtunnel/runner/live"
	"windtunnel/runner/record"
	"windtunnel/topologies/def"
)

// progressFlags say how a command tells how far its runs are.
type progressFlags struct{ progress, progressFile string }

// The ways to tell it.
const (
	showAuto  = "auto"
	showView  = "view"
	showPlain = "plain"
	showJSON  = "json"
	showNone  = "none"
)

var waysToShow = []string{showAuto, showView, showPlain, showJSON, showNone}

func (f *progressFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.progress, "progress", showAuto, "the `WAY` to tell on stderr how far it is: view, a picture that fills the terminal; plain lines; json, a line a\n"+
		"second and event (see windtunnel schema progress); none. auto: view on a terminal, else plain")
	c.Flags().StringVar(&f.progressFile, "progress-file", "", "write what --progress json tells to a `FILE`, whatever is shown")
}

// show tells how far the runs of a command are, and takes the wish to end them early.
type show struct {
	app      *app
	way      string
	terminal bool // lines may be rewritten
	lines    []*follow.Lines
	file     *os.File           // of --progress-file
	enough   chan struct{}      // closed by the first q
	hurry    context.CancelFunc // by the second: ends the context of watch

	mu     sync.Mutex
	of     int
	runs   []*shownRun // by number
	ending bool
	screen *view.Screen
	opens  *time.Timer // of a simulation that takes long; nil: it is open, or never will be
	closed bool
	later  []func() error // what is to be printed once the terminal is free
}

// watch begins to show what the command runs. The context that it returns ends
// where that is not even to be waited for. Close a.show on every way out.
func (a *app) watch(ctx context.Context, f progressFlags) (context.Context, error) {
	s := &show{app: a, way: f.progress, terminal: a.canRewrite(), enough: make(chan struct{})}
	switch {
	case !slices.Contains(waysToShow, f.progress):
		return ctx, usagef("--progress %s: there is no such way%s; there are %s", f.progress, def.Hint(f.progress, waysToShow), strings.Join(waysToShow, ", "))
	case f.progress == showView && !a.canView():
		return ctx, usagef("--progress view needs a terminal, for stdin and stderr, on which nothing else is written (-v does)")
	case f.progress == showAuto && a.canView():
		s.way = showView
	case f.progress == showAuto:
		s.way = showPlain
	case f.progress == showJSON:
		s.lines = append(s.lines, follow.NewLines(a.stderr))
	}
	if f.progressFile != "" {
		file, err := os.Create(f.progressFile)
		if err != nil {
			return ctx, usagef("--progress-file: %v", err)
		}
		s.file, s.lines = file, append(s.lines, follow.NewLines(file))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s.hurry = func() { cancel(errEnded) }
	a.going.Store(s)
	return ctx, nil
}

// watched is what shows the command's runs; nil before watch.
func (a *app) watched() *show { return a.going.Load() }

// canRewrite says whether stderr is a terminal on which a line may be written
// again, canView whether a picture can be shown on it and keys be read.
func (a *app) canRewrite() bool {
	_, ci := a.env("CI")
	terminal, _ := a.env("TERM")
	return isTerminal(a.stderr) && !ci && terminal != "dumb"
}

func (a *app) canView() bool {
	terminal, _ := a.env("TERM")
	return a.canRewrite() && isTerminal(a.stdin) && terminal != "" && !a.verbose
}

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(f.Fd())
}

// end is what q does: the first time it ends what goes on in good order, the
// second time at once.
func (s *show) end() {
	s.mu.Lock()
	again := s.ending
	s.ending = true
	s.mu.Unlock()
	if again {
		s.hurry()
	} else {
		close(s.enough)
	}
}

// ended is errEnded where q was pressed, and nil where not.
func (s *show) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return errEnded
	}
	return nil
}

// early tells an end that was asked for from other errors of an engine. What the
// surroundings are to blame for stays so.
func (s *show) early(err error) error {
	var environment *runner.EnvironmentError
	if s.ended() != nil && !errors.As(err, &environment) && (errors.Is(err, live.ErrEnough) || errors.Is(err, context.Canceled)) {
		return errEnded
	}
	return err
}

// begin shows one more run. The engine is to record into what it returns.
func (s *show) begin(plan *runner.Plan, id record.Identity, j job, to record.Recorder, dir string) *shownRun {
	r := &shownRun{show: s, recorder: to, began: time.Now(), title: j.title, length: plan.Scenario.Length(), live: id.Engine == record.Live}
	s.mu.Lock()
	s.of = j.of
	if j.number == 1 { // capacity and twin do one thing after the other
		s.runs = nil
	}
	s.runs = append(s.runs, r)
	s.mu.Unlock()
	if s.shows(showView) || len(s.lines) > 0 {
		r.follow(planned(plan, id, j), dir)
	}
	if s.shows(showView) {
		s.open(r.live)
	}
	if s.shows(showPlain) {
		r.tell()
	}
	return r
}

// planned says what is known of a run before it begins.
func planned(plan *runner.Plan, id record.Identity, j job) follow.Plan {
	p := follow.Plan{Identity: id, Title: j.title, Number: j.number, Of: j.of, Doors: map[string]string{}, Hits: map[string][]string{}}
	for _, e := range plan.Graph.Doors() {
		p.Doors[e.Name] = e.Node
	}
	for _, f := range plan.Faults {
		for _, e := range f.Effects {
			p.Hits[f.Name] = append(p.Hits[f.Name], e.Node)
		}
	}
	return p
}

// shows says whether that is the way in which is told how far it is.
func (s *show) shows(way string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.way == way
}

// open takes the terminal over, for a simulation only once it takes long. Where
// that cannot be there are lines.
func (s *show) open(now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.screen != nil:
		return
	case !now:
		if s.opens == nil {
			s.opens = time.AfterFunc(virtualEvery, func() { s.open(true) })
		}
		return
	}
	noColor, _ := s.app.env("NO_COLOR")
	terminal, _ := s.app.env("TERM")
	screen, err := view.Open(view.Options{
		In: s.app.stdin.(*os.File), Out: s.app.stderr.(outlet).file, TermType: terminal, NoColor: noColor != "",
		Board: s.board, End: s.end,
		Interrupt: func() { _ = syscall.Kill(os.Getpid(), syscall.SIGINT) }, // as the terminal itself would
	})
	if err != nil {
		s.way = showPlain
		return
	}
	s.screen = screen
}

// board is what the view is to show.
func (s *show) board() *view.Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &view.Board{Of: s.of, Ending: s.ending}
	for _, r := range s.runs {
		if state := r.state.Load(); state != nil {
			b.Runs = append(b.Runs, state)
		}
	}
	return b
}

// whenClear prints at once, or when the view has left the terminal.
func (s *show) whenClear(print func() error) error {
	if !s.shows(showView) {
		return print()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.later = append(s.later, print)
	return nil
}

// close ends the showing, and prints what has waited for that. It is safe twice.
func (s *show) close() error {
	s.leaveTerminal()
	s.mu.Lock()
	later := s.later
	s.later = nil
	s.mu.Unlock()
	if s.file != nil {
		_ = s.file.Close()
	}
	s.hurry() // nothing goes on
	var errs []error
	for _, print := range later {
		errs = append(errs, print())
	}
	return errors.Join(errs...)
}

// leaveTerminal gives the terminal back, for good. What went wrong with the view
// is told once, and is no reason to end a run.
func (s *show) leaveTerminal() (left bool) {
	s.mu.Lock()
	screen := s.screen
	s.screen, s.closed = nil, true
	if s.opens != nil {
		s.opens.Stop()
	}
	s.mu.Unlock()
	if screen == nil {
		return false
	}
	if err := screen.Close(); err != nil {
		fmt.Fprintln(s.app.stderr, "windtunnel: the view:", err)
	}
	return true
}

// leave is for a signal: the next one may end windtunnel before anything else can.
func (a *app) leave() {
	if s := a.watched(); s != nil && s.leaveTerminal() {
		fmt.Fprintln(a.stderr, "windtunnel: interrupted; ending in good order, and at once if you do it again")
	}
}

// leaveInPanic gives the terminal back where a goroutine of ours ends windtunnel.
func (s *show) leaveInPanic() {
	if p := recover(); p != nil {
		s.leaveTerminal()
		panic(p)
	}
}
