package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"windtunnel/fixtures/node"
	"windtunnel/fixtures/node/web"
	"windtunnel/runner/load"
	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// What the gateways are measured with.
const (
	peerWorkers = 2 // threads or processes of each
	peerClients = 64
	peerRounds  = 5
	peerFor     = 2 * time.Second // each measurement
	peerRate    = unit.Rate(2000)
	peerPath    = "/op/shop.browse"
)

// peer is a gateway to be measured, at an address; group is its process group, 0 for none.
type peer struct {
	name, address string
	group         int
}

// figures is what one peer did in one round.
type figures struct {
	rate     float64       // requests per second at 64 connections
	cpu      time.Duration // of its own processes, a request
	p50, p99 time.Duration // at the fixed rate
}

// BenchmarkGatewayPeers sets the node program's gateway beside nginx, HAProxy and
// Caddy: the same upstream, the same number of workers. Each round measures all
// of them, so that what else the machine does meets all alike; medians are told
// with their ranges. What is not installed is left out, and said.
//
//	go test -run '^$' -bench GatewayPeers -benchtime 1x -v ./cmd/windtunnel-node
func BenchmarkGatewayPeers(b *testing.B) {
	path := program(b)
	upstream := launch(b, path)
	serveAs(b, upstream, &wire.Config{Node: "shop", Instance: "shop-1", Kind: "service", Concurrency: 1000, Operations: map[string]work.Operation{
		"shop.browse": {Name: "shop.browse", Steps: []work.Step{{Kind: work.Respond, Bytes: 1024}}}}})
	peers := []peer{{"direct", upstream.Serve, 0}, nodeGateway(b, path, upstream.Serve)}
	for _, p := range []struct {
		name, config string
		args         []string
	}{
		{"haproxy", haproxyConfig, []string{"haproxy", "-f", "CONFIG"}},
		{"nginx", nginxConfig, []string{"nginx", "-c", "CONFIG", "-p", "DIR"}},
		{"caddy", caddyConfig, []string{"caddy", "run", "--adapter", "caddyfile", "--config", "CONFIG"}},
	} {
		started, err := startPeer(b, p.name, p.config, upstream.Serve, p.args)
		if err != nil {
			fmt.Printf("%s is left out: %v\n", p.name, err)
			continue
		}
		peers = append(peers, started)
	}
	for b.Loop() {
		measured := map[string][]figures{}
		for round := range peerRounds {
			for i := range peers {
				p := peers[(i+round)%len(peers)]
				measured[p.name] = append(measured[p.name], p.measure(b))
			}
		}
		tell(peers, measured)
	}
}

// serveAs configures a node program.
func serveAs(b *testing.B, p *process, c *wire.Config, endpoints ...*wire.Endpoints) {
	b.Helper()
	conn, err := net.Dial("tcp", p.Control)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	encoder, decoder := wire.NewEncoder(conn), wire.NewDecoder(conn)
	if err := encoder.Encode(wire.Down{Configure: c}); err != nil {
		b.Fatal(err)
	}
	for {
		var up wire.Up
		if err := decoder.Decode(&up); err != nil {
			b.Fatal(err)
		}
		if up.Ack != nil {
			b.Fatal(up.Ack.Error)
		}
		if up.Ready != nil {
			break
		}
	}
	for _, e := range endpoints {
		if err := encoder.Encode(wire.Down{Endpoints: e}); err != nil {
			b.Fatal(err)
		}
	}
	go func() { // metrics are to be read, or the node waits
		for decoder.Decode(&wire.Up{}) == nil {
			continue
		}
	}()
}

func nodeGateway(b *testing.B, path, upstream string) peer {
	b.Setenv("GOMAXPROCS", strconv.Itoa(peerWorkers))
	p := launch(b, path)
	serveAs(b, p, &wire.Config{Node: "edge", Instance: "edge-1", Kind: "gateway", Concurrency: 1000, Queue: 1000,
		Gateway: &gateway.Config{Name: "edge", Routes: []gateway.Route{{Path: peerPath, Methods: []string{"GET"}, To: "shop.browse"}}},
		Remote:  map[string]wire.Remote{"shop.browse": {To: "shop", Method: "GET", Path: peerPath, Idempotent: true}},
		Edges:   []wire.Edge{{To: "shop", Policy: policy.EdgeConfig{Timeout: 10 * time.Second}}}},
		&wire.Endpoints{Node: "shop", List: []wire.Endpoint{{ID: 1, Name: "shop-1", Address: upstream}}})
	return peer{"windtunnel", p.Serve, -p.Process.Pid}
}

const haproxyConfig = `global
  nbthread WORKERS
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
listen edge
  bind LISTEN
  server shop UPSTREAM maxconn 1000
`

const nginxConfig = `daemon off;
worker_processes WORKERS;
pid DIR/nginx.pid;
error_log DIR/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fcgi; uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
  keepalive_requests 100000000;
  upstream shop { server UPSTREAM; keepalive 256; keepalive_requests 100000000; }
  server {
    listen LISTEN;
    location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`

const caddyConfig = `{
	admin off
	auto_https off
	log {
		output discard
	}
}
http://LISTEN {
	reverse_proxy UPSTREAM {
		transport http {
			keepalive_idle_conns_per_host 256
		}
	}
}
`

// startPeer starts another gateway with a configuration of its own.
func startPeer(b *testing.B, name, config, upstream string, args []string) (peer, error) {
	program, err := exec.LookPath(args[0])
	if err != nil {
		return peer{}, fmt.Errorf("%w (make setup installs it)", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return peer{}, err
	}
	address := l.Addr().String()
	_ = l.Close()
	dir := b.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		return peer{}, err
	}
	fill := strings.NewReplacer("WORKERS", strconv.Itoa(peerWorkers), "LISTEN", address, "UPSTREAM", upstream, "DIR", dir, "CONFIG", filepath.Join(dir, "config"))
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(fill.Replace(config)), 0o600); err != nil {
		return peer{}, err
	}
	for i := range args {
		args[i] = fill.Replace(args[i])
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(peerWorkers), "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return peer{}, err
	}
	b.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	for late := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return peer{name, address, cmd.Process.Pid}, nil
		}
		if time.Now().After(late) {
			return peer{}, fmt.Errorf("it does not listen: %s", said.String())
		}
	}
}

// measure drives one peer, first with all that it can take and then at a fixed rate.
func (p peer) measure(b *testing.B) figures {
	var f figures
	p.flood(b, 200*time.Millisecond) // connections are made
	before := p.cpu(b)
	done := p.flood(b, peerFor)
	f.cpu = time.Duration(float64(p.cpu(b)-before) / float64(done))
	f.rate = float64(done) / peerFor.Seconds()
	f.p50, f.p99 = p.paced(b)
	return f
}

// flood asks over 64 connections as fast as answers come.
func (p peer) flood(b *testing.B, length time.Duration) int64 {
	client := web.NewClient()
	defer client.Close()
	var done, failed atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(length)
	for range peerClients {
		all.Go(func() {
			for time.Now().Before(end) {
				reply := client.Do(&node.Attempt{Request: node.Request{Method: "GET", Path: peerPath, Identity: 1}, Address: p.address})
				if done.Add(1); reply.Status != 200 {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if failed.Load() > 0 {
		b.Fatalf("%s: %d of %d requests failed", p.name, failed.Load(), done.Load())
	}
	return done.Load()
}

// paced asks at a fixed rate and returns latencies since the requests were set on their way.
func (p peer) paced(b *testing.B) (p50, p99 time.Duration) {
	var took []time.Duration
	_, err := load.Run(context.Background(), load.Options{
		Phases:  []load.Phase{{Name: "steady", For: peerFor, Load: &arrival.Constant{PerSecond: peerRate}}},
		Targets: map[string]load.Target{"browse": {Entry: "browse", Path: peerPath, Address: func(uint64) string { return p.address }}},
	}, func(r record.Request) {
		if r.Cause != policy.OK {
			b.Errorf("%s: %s", p.name, r.Cause)
		}
		took = append(took, r.Done-r.Sent)
	})
	if err != nil || len(took) == 0 {
		b.Fatal(err)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}

// cpu is the CPU time that the peer's processes have used.
func (p peer) cpu(b *testing.B) time.Duration {
	var total time.Duration
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		group, _ := strconv.Atoi(fields[2])
		if p.group > 0 && group == p.group || p.group < 0 && pid == -p.group {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			total += time.Duration(user+system) * 10 * time.Millisecond // 100 ticks a second
		}
	}
	return total
}

// tell prints medians with their ranges. What a gateway adds is its latency less
// that of direct requests in the same round.
func tell(peers []peer, measured map[string][]figures) {
	spread := func(values []float64) string {
		slices.Sort(values)
		return fmt.Sprintf("%.4g (%.4g to %.4g)", values[len(values)/2], values[0], values[len(values)-1])
	}
	fmt.Printf("%d rounds, %d connections; latency at %v\n", peerRounds, peerClients, peerRate)
	fmt.Printf("%-12s %-28s %-24s %-28s %s\n", "", "requests/s", "CPU µs/request", "added p50 µs", "added p99 µs")
	for _, p := range peers {
		var rates, cpus, p50s, p99s []float64
		for i, f := range measured[p.name] {
			direct := measured["direct"][i]
			rates, cpus = append(rates, f.rate), append(cpus, float64(f.cpu)/1e3)
			p50s = append(p50s, float64(f.p50-direct.p50)/1e3)
			p99s = append(p99s, float64(f.p99-direct.p99)/1e3)
		}
		fmt.Printf("%-12s %-28s %-24s %-28s %s\n", p.name, spread(rates), spread(cpus), spread(p50s), spread(p99s))
	}
}
