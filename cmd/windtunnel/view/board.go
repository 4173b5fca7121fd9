package view

import (
	"windtunnel/cmd/windtunnel/follow"
	"windtunnel/reports"
)

// Board is all that is to be shown.
type Board struct {
	Of     int             // runs of the command
	Runs   []*follow.State // those that have begun, by their number
	Ending bool            // no more is asked for, and what goes on is brought to its end
}

// main is the run that is shown at large: the first that goes on, or else the last.
func (b *Board) main() *follow.State {
	for _, r := range b.Runs {
		if r.Stage != follow.Over {
			return r
		}
	}
	if len(b.Runs) == 0 {
		return nil
	}
	return b.Runs[len(b.Runs)-1]
}

// mark is what became of a run, in one sign.
func mark(r *follow.State) piece {
	switch {
	case r.Stage != follow.Over:
		return piece{"●", accent}
	case r.Verdict == reports.Pass:
		return piece{"✓", good}
	case r.Verdict == reports.Fail:
		return piece{"✗", bad}
	}
	return piece{"?", doubtful}
}

// setting names the parameters that a run was given.
func setting(s *follow.State) string {
	r := reports.Result{Params: s.Params}
	return r.Setting()
}
