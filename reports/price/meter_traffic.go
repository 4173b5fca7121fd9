package price

func init() {
	registerMeter("requests", "requests that the node takes in", Meter{of: things,
		traffic: func(_ *Book, _ *Line, n *Node) Number { return Whole(n.Requests) }})
	registerMeter("messages", "messages that are published to the node\n"+
		"With `each` for the sending, receiving and deleting that one message takes.", Meter{of: things,
		traffic: func(_ *Book, _ *Line, n *Node) Number { return Whole(n.Messages) }})
	registerMeter("load-balancer-capacity", "AWS load balancer capacity units over time: the larger of new connections and bytes\n"+
		"One unit takes 25 new connections a second, or 1 GB an hour\n"+
		"(https://aws.amazon.com/elasticloadbalancing/pricing/). Its other two dimensions stay below these where a\n"+
		"connection lives at most 2 minutes and there are at most 10 rules.", Meter{of: elapsed, traffic: capacityUnits})
}

// Bounds of one capacity unit.
var (
	unitConnections = Whole(25)                              // new ones per second
	unitBytes       = Whole(1_000_000_000).Over(Whole(3600)) // per second
)

// capacityUnits returns the capacity that the node's traffic takes, in unit·s.
// The provider takes the largest dimension of each hour; where all of them grow
// with the requests, that is the largest over the whole time.
func capacityUnits(_ *Book, l *Line, n *Node) Number {
	connections := Whole(n.Requests).Over(Whole(max(1, l.ConnectionRequests)))
	return connections.Over(unitConnections).atLeast(Whole(n.Bytes).Over(unitBytes))
}
