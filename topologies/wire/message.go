package wire

import (
	"time"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Version is the protocol's version. A node of another version is refused at hello.
const Version = 6

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
	Retire    *Retire    `json:"retire,omitempty"`
	Refuse    *Refuse    `json:"refuse,omitempty"`
	Settle    *Settle    `json:"settle,omitempty"`
	Leave     *Leave     `json:"leave,omitempty"`
	Stop      *Stop      `json:"stop,omitempty"`
	Collect   *Collect   `json:"collect,omitempty"`
}

// Up is a message from a node to the runner. Exactly one field is set.
type Up struct {
	Hello   *Hello   `json:"hello,omitempty"`
	Ready   *Ready   `json:"ready,omitempty"`
	Ack     *Ack     `json:"ack,omitempty"`
	Event   *Event   `json:"event,omitempty"`
	Metrics *Metrics `json:"metrics,omitempty"`
	Demand  *Demand  `json:"demand,omitempty"`
	// Invocations are those that ended since the last message of them.
	Invocations []Invocation `json:"invocations,omitempty"`
	Spans       *Spans       `json:"spans,omitempty"`
}

// Hello is the first message of a control connection.
type Hello struct {
	Version int       `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"` // when main began
}

// Ready says that the configuration stands and requests are served.
type Ready struct {
	Init time.Duration `json:"init,omitempty"` // what the initialisation of a function's instance took
}

// Ack answers an Apply, Heal, Retire, Settle, Leave or Stop by its id; Error is empty where it took
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

// Retire asks a front to send an instance of its function no more requests. It
// is answered once the instance has none. With Idle set it is answered at once,
// with an error where the instance has requests, and goes on as it was.
type Retire struct {
	ID       string            `json:"id"`
	Endpoint policy.EndpointID `json:"endpoint"`
	Idle     bool              `json:"idle,omitempty"`
}

// Settle asks a node to say when it is entered in its registries and has asked
// once more for the instances of each node that it discovers. With Once set it
// is to say when it has asked for those once, whatever came of it; with Anew as
// well, whatever it has been answered before.
type Settle struct {
	ID   string `json:"id"`
	Once bool   `json:"once,omitempty"`
	Anew bool   `json:"anew,omitempty"`
}

// Leave asks a node to take itself off its registries, and to go on serving. It
// is answered when it has, or could not.
type Leave struct {
	ID string `json:"id"`
}

// Refuse asks a front to turn away, with 429, the requests that came last of
// those that wait.
type Refuse struct {
	Count int `json:"count"`
}

// Demand is what a function's front is asked for. It is sent at once when a
// request finds no free instance, and a little later after other changes.
type Demand struct {
	InFlight int           `json:"in_flight"`
	Queued   int           `json:"queued"`
	Load     time.Duration `json:"load"`           // integral of both over time, since the front's start
	Idle     []Idle        `json:"idle,omitempty"` // the longest idle first
}

// Idle is an instance without a request.
type Idle struct {
	Endpoint policy.EndpointID `json:"endpoint"`
	For      time.Duration     `json:"for"`
}

// Invocation is one request that an instance of a function was sent; or, with Left
// set, one whose wait for an instance ended before there was any for it.
type Invocation struct {
	Began    time.Time         `json:"began"` // when it was sent to the instance; of one that left, when it came
	Endpoint policy.EndpointID `json:"endpoint"`
	Duration time.Duration     `json:"duration"`       // of the operation, as the instance tells it; where it told nothing, until the front knew
	Cold     time.Duration     `json:"cold,omitempty"` // what it had waited for the instance to start
	Cause    policy.Cause      `json:"cause,omitempty"`
	Left     bool              `json:"left,omitempty"`
}

// Endpoints replaces the instances that a node knows of another.
type Endpoints struct {
	Node string     `json:"node"` // the callee
	List []Endpoint `json:"list"`
}

// Endpoint is an instance with its address.
type Endpoint struct {
	ID      policy.EndpointID `json:"id"`
	Name    string            `json:"name"`             // "payments-1"
	Address string            `json:"address"`          // host:port
	Weight  float64           `json:"weight,omitempty"` // relative share for balancers that weigh; 0 counts as 1
}

// Config is all that a node program must know to serve.
type Config struct {
	Run         string                    `json:"run"`
	Node        string                    `json:"node"`     // "payments"
	Instance    string                    `json:"instance"` // "payments-1"
	Kind        string                    `json:"kind"`     // "service", "function", "registry", "dns", or a proxy: "gateway", "breaker", "balancer", "cache", "front"
	Seed        uint64                    `json:"seed"`
	SpinPerMS   float64                   `json:"spin_per_ms"`          // compute: iterations of work.Spin that take 1 ms of CPU
	Concurrency int                       `json:"concurrency"`          // workers; 0: unbounded
	Queue       int                       `json:"queue"`                // requests that may wait for a worker
	Intake      policy.IntakeConfig       `json:"intake,omitzero"`      // what else is done about requests that come
	Number      int                       `json:"number,omitempty"`     // of the instance among its node's, from 1
	Keyed       bool                      `json:"keyed,omitempty"`      // a request without a key gets its identity as one
	Operations  map[string]work.Operation `json:"operations,omitempty"` // hosted here, by full name
	Remote      map[string]Remote         `json:"remote,omitempty"`     // called elsewhere, by full name
	Routes      []Route                   `json:"routes,omitempty"`     // proxies: first match wins
	Gateway     *gateway.Config           `json:"gateway,omitempty"`    // of a gateway: who may ask what; its routes lead to what Remote names
	Edges       []Edge                    `json:"edges,omitempty"`      // outgoing
	Front       *Front                    `json:"front,omitempty"`      // the node is the front of a function
	Cache       *policy.CacheConfig       `json:"cache,omitempty"`      // the node keeps what others fill in
	Init        []work.Step               `json:"init,omitempty"`       // before an instance of a function serves
	Self        Endpoint                  `json:"self,omitzero"`        // the instance as the others reach it
	Registries  []Registration            `json:"registries,omitempty"` // where it enters itself
	Registry    *policy.RegistryConfig    `json:"registry,omitempty"`   // the node is one
	Zone        map[string]time.Duration  `json:"zone,omitempty"`       // the node is a DNS server: the nodes that it has names of, with their TTL
}

// Registration is a registry in which an instance enters itself.
type Registration struct {
	Node      string        `json:"node"`      // to which there is an edge
	Heartbeat time.Duration `json:"heartbeat"` // how often it says there that it lives
}

// Found is a registry's or a name server's answer about the instances of a node.
type Found struct {
	List    []Endpoint    `json:"list"`
	Index   uint64        `json:"index,omitempty"`
	Partial bool          `json:"partial,omitempty"`
	TTL     time.Duration `json:"ttl,omitempty"`
}

// Discovery is how a node learns which instances the callee of an edge has.
type Discovery struct {
	By   string            `json:"by"`             // "platform", "static", "dns", "registry"
	Node string            `json:"node,omitempty"` // who is asked, to which there is an edge; empty: the runner tells
	View policy.ViewConfig `json:"view,omitzero"`  // when
}

// Front says whose invoker the node is.
type Front struct {
	To     string             `json:"to"` // the function's node, to which there is an edge
	Policy policy.FrontConfig `json:"policy"`
}

// Edge is one callee with the policies on the way to it.
type Edge struct {
	To        string            `json:"to"` // node name; unique among the edges of a config
	Policy    policy.EdgeConfig `json:"policy"`
	Health    string            `json:"health,omitempty"`    // where its instances are probed; empty: they are not
	Discovery *Discovery        `json:"discovery,omitempty"` // nil: the runner tells, and nobody asks who got what
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

// Event is something that happened on a node: a transition of a machine, an
// effect that began or ended.
type Event struct {
	At       time.Time `json:"at"`             // the instant it was due
	Kind     string    `json:"kind"`           // the machine: "breaker", "ejection", …; "effect", which goes to "begun" and "healed"
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
	Latency    LatencyCounts      `json:"latency,omitempty"` // of what was served, from the arrival to the reply, since the last metrics; a registry, which holds answers back, tells none
	Edges      []EdgeMetrics      `json:"edges,omitempty"`
	Operations []OperationMetrics `json:"operations,omitempty"`
	Cache      *CacheMetrics      `json:"cache,omitempty"` // of a cache node that others fill
}

// EdgeMetrics is the state of one outgoing edge.
type EdgeMetrics struct {
	To        string                  `json:"to"`
	Calls     uint64                  `json:"calls"`
	Attempts  uint64                  `json:"attempts"`
	Hedges    uint64                  `json:"hedges,omitempty"`    // of the attempts
	Rejected  uint64                  `json:"rejected,omitempty"`  // calls that this edge's own machines turned away, whatever became of them
	Fallbacks uint64                  `json:"fallbacks,omitempty"` // calls that failed and were answered by the fallback
	Failed    map[policy.Cause]uint64 `json:"failed,omitempty"`    // other calls that failed, by cause
	Breaker   string                  `json:"breaker,omitempty"`   // worst state among the edge's breakers; "" without one
	Latency   time.Duration           `json:"latency"`             // sum over the attempts that ended
	Cache     *CacheMetrics           `json:"cache,omitempty"`     // of the edge's own cache
	ViewAge   time.Duration           `json:"view_age,omitempty"`  // the greatest age of what it knows of the callee, since the last metrics; 0: it does not ask
	Targets   []TargetCount           `json:"targets,omitempty"`   // of an edge with a Discovery, since the last metrics
}

// CacheMetrics is the state of one cache.
type CacheMetrics struct {
	policy.CacheCounters
	Values int        `json:"values"` // kept now
	Bytes  unit.Bytes `json:"bytes"`
}

// TargetCount counts the attempts to one instance in one slice of time, of
// policy.TargetSlice.
type TargetCount struct {
	Endpoint policy.EndpointID `json:"endpoint"`
	Begin    time.Time         `json:"begin"`
	Last     time.Time         `json:"last"` // when the last of them was sent
	Attempts uint64            `json:"attempts"`
}

// OperationMetrics counts one hosted operation; the sums divided by Count are means.
type OperationMetrics struct {
	Name    string        `json:"name"`
	Count   uint64        `json:"count"`
	Failed  uint64        `json:"failed"`
	Service time.Duration `json:"service"` // sum of the time with a worker
	Wait    time.Duration `json:"wait"`    // sum of the time queued for one
}
