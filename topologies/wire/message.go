package wire

import (
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Version is the protocol's version. A node of another version is refused at hello.
const Version = 1

// MaxLine bounds one message.
const MaxLine = 16 << 20

// Announcement is the single line of JSON that a node program prints on its
// standard output once both of its sockets listen.
type Announcement struct {
	Serve   string `json:"serve"`   // host:port that serves operations
	Control string `json:"control"` // host:port that takes the control connection
}

// Down is a message from the runner to a node. Exactly one field is set.
type Down struct {
	Configure *Config    `json:"configure,omitempty"`
	Endpoints *Endpoints `json:"endpoints,omitempty"`
	Apply     *Apply     `json:"apply,omitempty"`
	Heal      *Heal      `json:"heal,omitempty"`
	Stop      *Stop      `json:"stop,omitempty"`
}

// Up is a message from a node to the runner. Exactly one field is set.
type Up struct {
	Hello   *Hello   `json:"hello,omitempty"`
	Ready   *Ready   `json:"ready,omitempty"`
	Ack     *Ack     `json:"ack,omitempty"`
	Event   *Event   `json:"event,omitempty"`
	Metrics *Metrics `json:"metrics,omitempty"`
}

// Hello is the first message of a control connection.
type Hello struct {
	Version int       `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"` // when main began
}

// Ready says that the configuration stands and requests are served.
type Ready struct{}

// Ack answers an Apply, Heal or Stop by its id; Error is empty where it took
// effect. A Stop is answered when the drain begins; the last Metrics and the end
// of the connection follow. An Ack without an id complains of a message that
// could not be understood, or of a Configure that was refused, which also ends
// the connection.
type Ack struct {
	ID    string `json:"id"`
	Error string `json:"error,omitempty"`
}

// Apply makes an effect hold on the node until the Heal with the same id, or
// until Lease has gone by, whichever is first: a runner that dies leaves no fault behind.
type Apply struct {
	ID     string        `json:"id"`
	Effect Effect        `json:"effect"`
	Lease  time.Duration `json:"lease,omitempty"` // 0: no lease
}

// Heal ends an effect. Healing one that is not there is no error.
type Heal struct {
	ID string `json:"id"`
}

// Stop asks the node to take no new requests, finish those it has within
// Drain, and exit.
type Stop struct {
	ID    string        `json:"id"`
	Drain time.Duration `json:"drain"`
}

// Endpoints replaces the instances that a node knows of another.
type Endpoints struct {
	Node string     `json:"node"` // the callee
	List []Endpoint `json:"list"`
}

// Endpoint is an instance with its address.
type Endpoint struct {
	ID      policy.EndpointID `json:"id"`
	Name    string            `json:"name"`    // "payments-1"
	Address string            `json:"address"` // host:port
}

// Config is all that a node program must know to serve.
type Config struct {
	Run         string                    `json:"run"`
	Node        string                    `json:"node"`     // "payments"
	Instance    string                    `json:"instance"` // "payments-1"
	Kind        string                    `json:"kind"`     // "service", or a proxy: "gateway", "breaker", "balancer"
	Seed        uint64                    `json:"seed"`
	SpinPerMS   float64                   `json:"spin_per_ms"`          // compute: iterations of work.Spin that take 1 ms of CPU
	Concurrency int                       `json:"concurrency"`          // workers; 0: unbounded
	Queue       int                       `json:"queue"`                // requests that may wait for a worker
	Operations  map[string]work.Operation `json:"operations,omitempty"` // hosted here, by full name
	Remote      map[string]Remote         `json:"remote,omitempty"`     // called elsewhere, by full name
	Routes      []Route                   `json:"routes,omitempty"`     // proxies: first match wins
	Edges       []Edge                    `json:"edges,omitempty"`      // outgoing
}

// Edge is one callee with the policies on the way to it.
type Edge struct {
	To     string            `json:"to"` // node name; unique among the edges of a config
	Policy policy.EdgeConfig `json:"policy"`
}

// Remote says how an operation that is hosted elsewhere is asked for. A proxy
// passes on the headers and the body that came, and has no use for these.
type Remote struct {
	To         string            `json:"to"` // the edge's node
	Method     string            `json:"method"`
	Path       string            `json:"path"` // with its query
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
	Expect     []int             `json:"expect,omitempty"` // the statuses of success; empty: below 400, for a proxy below 500
	Idempotent bool              `json:"idempotent,omitempty"`
}

// Route sends requests that a proxy receives along an edge. An empty Method
// or Path matches all; empty ones of the Remote pass the request's own on. The
// query always passes on.
type Route struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Remote Remote `json:"remote"`
}

// Event is something that happened on a node: a breaker's transition, an
// effect that began or ended.
type Event struct {
	At       time.Time `json:"at"`             // the instant it was due
	Kind     string    `json:"kind"`           // "breaker"; "effect", which goes to "begun" and "healed"
	Name     string    `json:"name,omitempty"` // effect: the fault that it belongs to
	Edge     string    `json:"edge,omitempty"` // the callee, for what belongs to an edge
	Endpoint string    `json:"endpoint,omitempty"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// Metrics is a node's state, sent once a second and once more before it stops. Counters count from the start.
type Metrics struct {
	At         time.Time          `json:"at"`
	CPU        time.Duration      `json:"cpu"`       // CPU time of the process, user and system
	Memory     unit.Bytes         `json:"memory"`    // resident set
	Served     uint64             `json:"served"`    // answered with success
	Failed     uint64             `json:"failed"`    // answered with a failure other than the next
	Rejected   uint64             `json:"rejected"`  // by a full queue
	InFlight   int                `json:"in_flight"` // holding a worker
	Queued     int                `json:"queued"`
	Edges      []EdgeMetrics      `json:"edges,omitempty"`
	Operations []OperationMetrics `json:"operations,omitempty"`
}

// EdgeMetrics is the state of one outgoing edge.
type EdgeMetrics struct {
	To       string                  `json:"to"`
	Calls    uint64                  `json:"calls"`
	Attempts uint64                  `json:"attempts"`
	Failed   map[policy.Cause]uint64 `json:"failed,omitempty"`  // calls, by cause
	Breaker  string                  `json:"breaker,omitempty"` // worst state among the edge's breakers; "" without one
	Latency  time.Duration           `json:"latency"`           // sum over the attempts that ended
}

// OperationMetrics counts one hosted operation; the sums divided by Count are means.
type OperationMetrics struct {
	Name    string        `json:"name"`
	Count   uint64        `json:"count"`
	Failed  uint64        `json:"failed"`
	Service time.Duration `json:"service"` // sum of the time with a worker
	Wait    time.Duration `json:"wait"`    // sum of the time queued for one
}
