package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
)

// surroundings is where the daemon is, seen from this process. From it follows
// how instances are reached: by the addresses of their containers, or by ports
// that the daemon publishes for them.
type surroundings struct {
	goos     string   // of this process
	host     *url.URL // the daemon's address
	system   string   // the daemon's operating system
	rootless bool     // its bridges are in a network namespace of their own
}

func (d *daemon) surroundings() (surroundings, error) {
	host, err := url.Parse(d.api.DaemonHost())
	if err != nil {
		return surroundings{}, fmt.Errorf("parse the Docker daemon's address: %w", err)
	}
	rootless := slices.ContainsFunc(d.info.SecurityOptions, func(s string) bool { return strings.Contains(s, "name=rootless") })
	return surroundings{goos: runtime.GOOS, host: host, system: d.info.OperatingSystem, rootless: rootless}, nil
}

// ownAddresses are this machine's at the moment: a new network adds one.
func ownAddresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this machine's addresses: %w", err)
	}
	var own []netip.Addr
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr())
		}
	}
	return own, nil
}

// near says whether the daemon's bridges can be this machine's at all: not with
// a daemon in a virtual machine, in a namespace of its own, or far away.
func (s surroundings) near() bool {
	return s.goos == "linux" && s.host.Scheme == "unix" && s.system != "Docker Desktop" && !s.rootless
}

// direct says whether containers behind a gateway are reached by their own
// addresses: the daemon is near, and the gateway is an address of this machine.
// It is not one where this process is itself in a container and has only
// the daemon's socket.
func (s surroundings) direct(gateway netip.Addr, own []netip.Addr) bool {
	return s.near() && slices.Contains(own, gateway)
}

// publishAt returns the address that ports are published on and reached at:
// loopback, or for a daemon on another machine that machine's address as this
// one knows it, never all of its addresses.
func (s surroundings) publishAt(ctx context.Context) (netip.Addr, error) {
	switch s.host.Scheme {
	case "unix", "npipe":
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	case "tcp", "http", "https":
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", s.host.Hostname())
		if err != nil {
			return netip.Addr{}, fmt.Errorf("look up the Docker daemon's host: %w", err)
		}
		return found[0].Unmap(), nil
	default:
		return netip.Addr{}, fmt.Errorf("published ports are out of reach through %s: run windtunnel on the daemon's machine", s.host)
	}
}
