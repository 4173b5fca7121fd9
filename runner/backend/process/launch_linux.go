package process

import (
	"bufio"
	"io"
	"os"
	"time"

	"windtunnel/runner/backend"
)

// launch starts the program. A node program is given a lifeline as its standard
// input, and hear reads its standard output first; what hear leaves, and all else
// that a program writes, goes to the log. A user's command has no hear.
func (in *instance) launch(path string, argv, env []string, hear func(*bufio.Reader)) (created time.Time, err error) {
	var theirs streams
	defer theirs.close()
	logged, err := in.pipe(&theirs.stderr, false)
	if err != nil {
		return created, err
	}
	said := logged
	if hear == nil {
		theirs.stdout = theirs.stderr
		theirs.stdin, err = os.Open(os.DevNull)
	} else if said, err = in.pipe(&theirs.stdout, false); err == nil {
		_, err = in.pipe(&theirs.stdin, true)
	}
	if err != nil {
		return created, err
	}
	attr := &os.ProcAttr{Env: env, Files: []*os.File{theirs.stdin, theirs.stdout, theirs.stderr}}
	if in.own {
		// Where the kernel makes no such file, the environment alone must do.
		if theirs.tag, err = newTag(backend.Marks(in.deployment.plan.Run, in.name)); err == nil {
			attr.Files = append(attr.Files, theirs.tag)
		}
	}
	in.copies.Add(1) // until those below are counted: the program may be at its end, and reaped, before
	defer in.copies.Done()
	if created, err = in.begin(path, argv, attr); err != nil {
		return created, err
	}
	in.copies.Go(func() { _, _ = io.Copy(in.tail, logged) })
	if hear != nil {
		in.copies.Go(func() {
			buffered := bufio.NewReaderSize(said, announceBytes)
			hear(buffered)
			_, _ = io.Copy(in.tail, buffered)
		})
	}
	return created, nil
}

// streams are the child's ends of its standard streams, and its tag.
type streams struct{ stdin, stdout, stderr, tag *os.File }

func (s *streams) close() {
	for _, f := range []*os.File{s.stdin, s.stdout, s.stderr, s.tag} {
		_ = f.Close() // a nil file has nothing to close
	}
}

// pipe makes a pipe between us and the child. Our end is closed by remove.
func (in *instance) pipe(theirs **os.File, toChild bool) (ours *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ours, *theirs = r, w
	if toChild {
		ours, *theirs = w, r
	}
	in.pipes = append(in.pipes, ours)
	return ours, nil
}

// begin forks, unless the instance was stopped meanwhile, and sees to it that the end is noticed.
func (in *instance) begin(path string, argv []string, attr *os.ProcAttr) (time.Time, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopped {
		return time.Time{}, errStopped
	}
	process, err := in.deployment.spawner.start(in.group, path, argv, attr)
	if err != nil {
		return time.Time{}, err
	}
	in.process = process
	go in.reap()
	return time.Now(), nil
}
