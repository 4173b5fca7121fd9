// Stub is a server for the tests of the docker backend. It stands in for the
// node program (-serve, -control) and for a user's own server (PORT).
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

var kept [][]byte

func main() {
	serve := flag.String("serve", "", "address to serve on; empty: PORT")
	control := flag.String("control", "", "address of control connections")
	exit := flag.Int("exit", -1, "write some lines and exit with this code")
	late := flag.Duration("late", 0, "how long to wait before listening")
	deaf := flag.Bool("deaf", false, "never listen")
	flag.Parse()
	if *exit >= 0 {
		for n := 1; n <= 30; n++ {
			fmt.Fprintf(os.Stderr, "line %d\n", n) // two streams would mix in any order
		}
		fmt.Fprint(os.Stderr, "cannot go on")
		os.Exit(*exit)
	}
	if *deaf {
		fmt.Println("deaf")
		time.Sleep(time.Hour)
	}
	time.Sleep(*late)
	if *serve == "" {
		*serve = ":" + os.Getenv("PORT")
	}
	if *control != "" {
		listener, err := net.Listen("tcp", *control)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go greet(listener)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/whoami", whoami)
	http.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getenv(r.FormValue("name"))) })
	http.HandleFunc("/burn", burn)
	http.HandleFunc("/grab", grab)
	http.HandleFunc("/get", get)
	listener, err := net.Listen("tcp", *serve)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *control != "" {
		fmt.Printf("{\"serve\": %q, \"control\": %q}\n", *serve, *control)
	}
	fmt.Println("serving on", *serve)
	fmt.Fprintln(os.Stderr, http.Serve(listener, nil))
	os.Exit(1)
}

// greet says hello on every control connection and keeps it open.
func greet(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		fmt.Fprintln(conn, "hello")
		go bufio.NewReader(conn).ReadString('\n')
	}
}

// whoami tells the user, and whether the root can be written to.
func whoami(w http.ResponseWriter, r *http.Request) {
	name, _ := os.Hostname()
	err := os.WriteFile("/written", nil, 0o644)
	fmt.Fprintf(w, "%d %s %v", os.Getuid(), name, err == nil)
}

// burn spins for some milliseconds of wall time and tells the CPU time that it got.
func burn(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.FormValue("ms"))
	before := cpu()
	for end := time.Now().Add(time.Duration(ms) * time.Millisecond); time.Now().Before(end); {
	}
	fmt.Fprint(w, cpu()-before)
}

func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// grab takes memory and touches it.
func grab(w http.ResponseWriter, r *http.Request) {
	mib, _ := strconv.Atoi(r.FormValue("mib"))
	block := make([]byte, mib<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	kept = append(kept, block)
	fmt.Fprint(w, len(block))
}

// get asks another server.
func get(w http.ResponseWriter, r *http.Request) {
	client := http.Client{Timeout: 2 * time.Second}
	reply, err := client.Get(r.FormValue("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	reply.Body.Close()
	fmt.Fprint(w, reply.StatusCode)
}
