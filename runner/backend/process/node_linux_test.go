package process

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"windtunnel/topologies/wire"
)

// The node program itself, found or built as a user's windtunnel would.
func TestRealNodeProgram(t *testing.T) {
	p := newPlan(service("payments"))
	made, err := Backend{}.Deploy(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := made.(*Deployment)
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	in := start(t, d, "payments", 1)
	if took := in.Phases.Listening.Sub(in.Phases.Scheduled); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	conn, err := net.Dial("tcp", in.Control)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var up wire.Up
	if err := json.Unmarshal(line, &up); err != nil || up.Hello == nil || up.Hello.PID != d.pidOf(in.Name) || up.Hello.Version != wire.Version {
		t.Errorf("it says %s, %v", line, err)
	}
	if started := up.Hello.Started; started.Before(in.Phases.Scheduled) || started.After(in.Phases.Listening) {
		t.Errorf("main began %v, not between %+v", started, in.Phases)
	}

	// Its lifeline: it ends by itself when windtunnel's end of the pipe does.
	d.mu.Lock()
	pipes := d.instances[in.Name].pipes
	d.mu.Unlock()
	_ = pipes[len(pipes)-1].Close()
	<-in.Exited
	until(t, "the log tells it", func() bool { return lastLine(in) == "[windtunnel: ended: exit status 3]" })
}
