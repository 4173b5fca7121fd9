// Family is a user's own server that is hard to get rid of: it has a child in a
// session of its own, and that one a child in its own. They have no environment, as
// sudo would have it and as programs do that write their title over it, and
// are deaf to the signals that can be ignored.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	generation := len(os.Args)
	if generation < 3 {
		child := exec.Command("/proc/self/exe", append(os.Args[1:], "descendant")...)
		child.Env = []string{}
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if generation > 1 {
		time.Sleep(time.Hour)
	}
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":"+os.Getenv("PORT"),
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })))
}
