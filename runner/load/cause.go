package load

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"windtunnel/topologies/policy"
)

// causeOf says why a request without a whole reply failed. It goes by the
// errors in the chain, never by their texts, and asks for the special before
// the general: a name server's timeout is dns, and a full table of local ports
// comes as a failed dial but is the generator's own failure.
func causeOf(err error) policy.Cause {
	var name *net.DNSError
	var timed net.Error
	switch {
	case errors.As(err, &name):
		return policy.DNS
	case isAny(err, syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM):
		return policy.Unsent
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return policy.Timeout
	case isAny(err, syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH):
		return policy.Refused
	case isAny(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed):
		return policy.Reset
	default:
		return policy.Other
	}
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
