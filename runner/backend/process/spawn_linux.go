package process

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawner starts processes from one thread of its own. Two things need that:
// the kernel's word to kill a child when its parent is gone (PR_SET_PDEATHSIG) means
// the parent's thread, and a v1 control group is given to a child before its
// program begins by forking from a thread that is in the group:
//
//	thread ─ tasks of payments-1 ─ fork+exec ─ tasks of windtunnel's own
//
// Moving one thread costs 0.1 ms, against some ms for a whole process. The forks
// are one after another, as Go's own lock around fork makes them in any case.
type spawner struct {
	jobs chan func()
	over chan struct{}
	away *group // the group that the thread could not leave; nil: it is at home
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func()), over: make(chan struct{})}
	go s.run()
	return s
}

func (s *spawner) run() {
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	if unix.Gettid() == os.Getpid() {
		// The first thread stands for the whole process: memory that windtunnel
		// takes would be charged to the instance's group. While it is locked
		// here, another goroutine gets another thread.
		next := make(chan struct{})
		go func() { defer close(next); s.run() }()
		<-next
		runtime.UnlockOSThread()
		return
	}
	defer close(s.over)
	for job := range s.jobs {
		job()
	}
}

// close ends the thread, and thereby what it started. It is called once, after the last start.
func (s *spawner) close() {
	close(s.jobs)
	<-s.over
}

// start starts a program in a process group of its own, inside g where there is one.
func (s *spawner) start(g *group, path string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	attr.Sys = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if g != nil && g.dir != nil {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(g.dir.Fd())
	}
	var process *os.Process
	var err error
	done := make(chan struct{})
	s.jobs <- func() {
		defer close(done)
		process, err = s.startHere(g, path, argv, attr)
	}
	<-done
	return process, err
}

func (s *spawner) startHere(g *group, path string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	if err := s.goHome(); err != nil {
		return nil, err
	}
	if g != nil && len(g.enter) > 0 {
		s.away = g
		if err := moveThread(g.enter); err != nil {
			return nil, errors.Join(err, s.goHome())
		}
	}
	process, err := os.StartProcess(path, argv, attr)
	if home := s.goHome(); home != nil && err == nil {
		// It runs in the right group; the next start will say that it cannot.
		return process, nil
	}
	return process, err
}

// goHome takes the thread back to windtunnel's own groups.
func (s *spawner) goHome() error {
	if s.away == nil {
		return nil
	}
	if err := moveThread(s.away.leave); err != nil {
		return err
	}
	s.away = nil
	return nil
}

func moveThread(tasks []string) error {
	tid := strconv.Itoa(unix.Gettid())
	for _, file := range tasks {
		if err := os.WriteFile(file, []byte(tid), 0); err != nil {
			return fmt.Errorf("change control group: %w", err)
		}
	}
	return nil
}
