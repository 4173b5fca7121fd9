package view

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// Options say where a Screen is and what its keys do.
type Options struct {
	In, Out   *os.File // the terminal
	TermType  string   // the value of TERM
	NoColor   bool
	Board     func() *Board // what is to be shown now; called by one goroutine
	End       func()        // q was pressed
	Interrupt func()        // Ctrl-C was: a terminal in raw mode makes no signal of it
}

// Screen holds a terminal until it is closed.
type Screen struct {
	program *tea.Program
	in      *os.File
	before  *term.State // of the terminal
	ended   chan struct{}
	err     error // of the program; read after ended
	once    sync.Once
}

// every is how often the picture is made anew.
const every = 200 * time.Millisecond

// patience bounds the wait for a terminal that takes nothing any more, such as one
// that Ctrl-S has stopped.
const patience = 2 * time.Second

// Open takes the terminal over. Close it on every way out.
func Open(o Options) (*Screen, error) {
	before, err := term.GetState(o.In.Fd())
	if err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	profile := colorprofile.ANSI
	if o.NoColor {
		profile = colorprofile.ASCII
	}
	s := &Screen{in: o.In, before: before, ended: make(chan struct{})}
	var failed error // written while the program runs
	s.program = tea.NewProgram(model{o: o, failed: &failed}, tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithColorProfile(profile),
		tea.WithEnvironment([]string{"TERM=" + o.TermType, "SSH_TTY=", "TERM_PROGRAM=Apple"}), // asks the terminal nothing: who ends soon would not read the answer
		tea.WithoutSignalHandler(), tea.WithFPS(int(time.Second/every)*2))
	go func() {
		defer close(s.ended)
		_, err := s.program.Run()
		s.err = errors.Join(err, failed)
	}()
	return s, nil
}

// Ended is closed when the terminal is as it was before, for whatever reason.
func (s *Screen) Ended() <-chan struct{} { return s.ended }

// Close gives the terminal back, and says what was wrong with showing anything.
// It is safe twice and at once.
func (s *Screen) Close() error {
	s.once.Do(func() {
		go s.program.Quit() // which waits for a terminal that takes nothing
		select {
		case <-s.ended:
		case <-time.After(patience): // it quits by itself once the terminal goes on
		}
		_ = term.Restore(s.in.Fd(), s.before)
	})
	select {
	case <-s.ended:
		return s.err
	default:
		return errors.New("the terminal takes nothing")
	}
}

// model is what the program shows: the board, at every tick.
type model struct {
	o             Options
	width, height int
	board         *Board
	help          bool
	failed        *error
}

type tick struct{}

func ticking() tea.Cmd { return tea.Tick(every, func(time.Time) tea.Msg { return tick{} }) }

// Init implements tea.Model.
func (m model) Init() tea.Cmd { return ticking() }

// Update implements tea.Model.
// A fault in what is to be shown ends the view in good order.
func (m model) Update(msg tea.Msg) (next tea.Model, do tea.Cmd) {
	defer func() {
		if p := recover(); p != nil {
			*m.failed = fmt.Errorf("panic: %v", p)
			m.board = nil
			next, do = m, tea.Quit
		}
	}()
	switch msg := msg.(type) {
	case tick:
		m.board = m.o.Board()
		return m, ticking()
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q":
			m.o.End()
		case "?", "h":
			m.help = !m.help
		case "esc":
			m.help = false
		case "ctrl+c":
			m.o.Interrupt()
		}
	}
	return m, nil
}

// View implements tea.Model.
func (m model) View() tea.View {
	v := tea.View{AltScreen: true}
	if m.board != nil {
		v.SetContent(Frame(m.board, m.width, m.height, m.help))
	}
	return v
}
