package live

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/load"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// loadOptions says what the generator must send, where, and when.
func (r *run) loadOptions(began time.Time) (load.Options, error) {
	s := r.plan.Scenario
	o := load.Options{
		Seed: r.plan.Seed, Began: began, Targets: map[string]load.Target{},
		Timers: r.plan.Timers(), Timeout: s.Generator.Timeout, MaxConnections: s.Generator.MaxConnections, MaxInFlight: s.Generator.MaxInFlight,
		Enough: r.wanted,
	}
	for i, p := range s.Phases {
		o.Phases = append(o.Phases, load.Phase{Name: p.Name, Begin: s.Begin(i), For: p.For, Load: p.Load})
	}
	for _, e := range r.plan.Graph.Doors() {
		target, err := r.target(e)
		if err != nil {
			return o, &runner.EnvironmentError{Doing: "prepare entry " + e.Name, Err: err}
		}
		o.Targets[e.Name] = target
	}
	for _, m := range r.plan.Mix() {
		o.Mix = append(o.Mix, load.Share{Entry: m.Entry, Weight: m.Weight})
	}
	return o, nil
}

// target says how one entry is asked for.
func (r *run) target(e topologies.EntryPoint) (load.Target, error) {
	node := r.nodes[e.Node]
	t := load.Target{Entry: e.Name, Scheme: "http", Method: e.Request.Method, Path: e.Request.Path,
		Body: []byte(e.Request.Body), Expect: e.Request.Expect, Header: http.Header{}, Address: r.address(e.Node), Key: e.Keys(), Untraced: r.traces.keeper == nil}
	for name, value := range e.Request.Headers {
		t.Header.Set(name, value)
	}
	if e.Priority == policy.Low || e.Priority == policy.High {
		t.Header.Set(wire.HeaderPriority, string(e.Priority))
	}
	if e.Request.Host != "" {
		t.Header.Set("Host", e.Request.Host)
	}
	external, ok := node.spec.Spec.(*topologies.External)
	if !ok {
		return t, nil
	}
	base, err := url.Parse(external.URL)
	if err != nil {
		return t, fmt.Errorf("parse url: %w", err)
	}
	t.Scheme = base.Scheme
	t.Path = strings.TrimSuffix(base.Path, "/") + t.Path
	if t.Scheme == "https" {
		t.TLS, err = tlsConfig(external.TLS)
	}
	return t, err
}

func tlsConfig(spec topologies.TLS) (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: spec.Insecure, ServerName: spec.Name} //nolint:gosec // the user asked for it
	if spec.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(spec.CA)
	if err != nil {
		return nil, fmt.Errorf("read ca: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read ca: %s holds no PEM certificate", spec.CA)
	}
	return c, nil
}

// address spreads requests from outside over a node's instances, in turn. A
// dead one keeps its turn until it is replaced: the outside does not know.
func (r *run) address(name string) func(seq uint64) string {
	n := r.nodes[name]
	if external, ok := n.spec.Spec.(*topologies.External); ok {
		fixed := hostPort(external.URL)
		return func(uint64) string { return fixed }
	}
	return func(seq uint64) string {
		r.mu.Lock()
		defer r.mu.Unlock()
		if n.fleet != nil {
			return n.fleet.entrance(seq)
		}
		s := n.slots[seq%uint64(len(n.slots))]
		return s.instance.Address
	}
}

// hostPort returns the host and port of a URL, with the scheme's port where it names none.
func hostPort(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
