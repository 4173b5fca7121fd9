package reports

import (
	"strings"

	"windtunnel/reports/price"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// The entry and the phase that every result has.
const (
	Total = "total" // all entries
	All   = "all"   // all phases but warm-up
)

// Verdict is how a run ended.
type Verdict string

// The verdicts of a run.
const (
	Pass         Verdict = "pass"         // every check holds, and the measurement can be trusted
	Fail         Verdict = "fail"         // a check does not hold
	Inconclusive Verdict = "inconclusive" // there is nothing to judge, or it cannot be trusted
	Partial      Verdict = "partial"      // the run was cut off, or its record is damaged
)

// Result is the content of run.json. The paths that DESIGN 2.3 names are
// promised to stay; all others may gain fields. Durations are in milliseconds
// where the name ends in _ms, shares go from 0 to 1, rates are per second.
type Result struct {
	Format      int     `json:"format"` // of the run directory, record.Format
	Run         string  `json:"run"`
	Engine      string  `json:"engine"` // live, simulated
	Backend     string  `json:"backend"`
	Scenario    string  `json:"scenario"`
	Topology    string  `json:"topology"`
	Application string  `json:"application,omitempty"`
	Seed        uint64  `json:"seed"`
	Began       string  `json:"began"` // UTC, RFC 3339
	Verdict     Verdict `json:"verdict"`
	// Reasons say why the verdict is not pass; empty where it is.
	Reasons   []string        `json:"reasons"`
	Checks    []CheckResult   `json:"checks"` // in the scenario's order
	Generator GeneratorResult `json:"generator"`
	// Results holds a Measured by entry, then phase.
	Results map[string]map[string]*Measured `json:"results"`
	Entries []string                        `json:"entries"` // in the order of reports, total first, timers last
	// Timers are the entries that no visitor asks: they are no part of total.
	Timers []string      `json:"timers,omitempty"`
	Phases []PhaseResult `json:"phases"` // in order of time, without all
	// WarmUp says where the warm-up ends; left out where no phase is measured.
	WarmUp *WarmUpResult `json:"warm_up,omitempty"`
	Faults []FaultResult `json:"faults"` // in order of time
	Nodes  []NodeResult  `json:"nodes"`
	Edges  []EdgeResult  `json:"edges"`
	// Caches are those that were looked into; left out where there was none.
	Caches []CacheResult `json:"caches,omitempty"`
	// Functions are the functions, and the services that a scaler decides over.
	Functions []FunctionResult `json:"functions"`
	// Discovery are the edges of which the topology says how instances are found.
	Discovery []DiscoveryResult `json:"discovery,omitempty"`
	// Amplification is attempts for each call between nodes; 1 where nothing was tried twice.
	Amplification float64 `json:"amplification"`
	// Cost is what the run and a month of its load would cost; left out where nothing is priced.
	Cost *price.Cost `json:"cost,omitempty"`
	// Warnings are doubts about the numbers, in plain words.
	Warnings    []string           `json:"warnings"`
	Unenforced  []string           `json:"limits_not_enforced"`
	Params      map[string]string  `json:"params,omitempty"`
	Set         []string           `json:"set,omitempty"` // settings of a suite's case, as after --set
	Environment record.Environment `json:"environment"`
	SpinPerMS   float64            `json:"spin_per_ms,omitempty"`
	Sampling    record.Sampling    `json:"sampling,omitzero"` // of the requests in the record
	Command     []string           `json:"command,omitempty"`
	Digest      string             `json:"digest,omitempty"` // SHA-256 of resolved.yaml
	Version     string             `json:"version,omitempty"`
}

// Setting names the parameters and settings that the run was given, in one
// line: "rate=100/s phases.steady.for=2s".
func (r *Result) Setting() string {
	return strings.TrimSpace(joinParams(r.Params) + " " + strings.Join(r.Set, " "))
}

// CheckResult is a check with what was found.
type CheckResult struct {
	That     string   `json:"that"`     // as written
	Unit     string   `json:"unit"`     // of observed, low and high: ms, share, /s, count, bytes, cores, ratio
	Observed *float64 `json:"observed"` // null: nothing was, or it lies beyond the run
	Low      *float64 `json:"low"`      // a 95 % interval within this run; null: unbounded or none
	High     *float64 `json:"high"`
	Samples  int      `json:"samples"`
	Verdict  Verdict  `json:"verdict"`
	Reason   string   `json:"reason,omitempty"` // why it did not pass
	Place    string   `json:"place,omitempty"`  // where it is written: "outage.yaml:14:5"
}

// Measured is what became of the requests of one entry in one phase or window.
// Offered is OK plus all that Failed, the unsent among them.
type Measured struct {
	Seconds     float64 `json:"seconds"`
	Offered     int     `json:"offered"`
	Sent        int     `json:"sent"`
	OK          int     `json:"ok"`
	Failed      Causes  `json:"failed"`
	ErrorShare  float64 `json:"error_share"`  // all that failed, of all offered
	OfferedRate float64 `json:"offered_rate"` // per second
	Rate        float64 `json:"rate"`         // sent, per second
	OKRate      float64 `json:"ok_rate"`
	// LatencyMS is of the successes and FailedLatencyMS of the failures that
	// were sent, both from the intended send; null where there were none.
	LatencyMS       *Quantiles `json:"latency_ms"`
	FailedLatencyMS *Quantiles `json:"failed_latency_ms"`
	Amplification   float64    `json:"amplification"`
}

// Causes counts failures; causes that did not occur are left out.
type Causes map[policy.Cause]int

// Sum returns the failures of all causes.
func (c Causes) Sum() int {
	n := 0
	for _, count := range c {
		n += count
	}
	return n
}

// Quantiles sum up a distribution. Each quantile is the smallest sample that at
// least that part of the samples does not exceed.
type Quantiles struct {
	Count int     `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

// GeneratorResult says how well the load was made, over the phase all.
type GeneratorResult struct {
	LatenessMS    *Quantiles `json:"lateness_ms"`     // sent − intended; null where nothing was sent
	MaxLatenessMS float64    `json:"max_lateness_ms"` // a p99 above it makes the run inconclusive; 0: no limit
	MaxSteal      float64    `json:"max_steal"`       // a larger share of the machine's cores makes the run inconclusive
	Dropped       int        `json:"dropped"`         // arrivals that were never sent
	LateShare     float64    `json:"late_share"`      // of the sent, those later than the limit
	CPU           float64    `json:"cpu_cores"`       // of windtunnel itself, mean; 0: not measured
	HostCPU       float64    `json:"host_cpu_cores"`  // of all processes of the machine
	Steal         float64    `json:"steal_cores"`     // kept from the machine by its hypervisor
	Saturated     bool       `json:"saturated"`
}

// PhaseResult is a phase as it was.
type PhaseResult struct {
	record.Phase
	Measured bool `json:"measured"` // part of the phase all
}

// FaultResult is what a fault did.
type FaultResult struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Target string `json:"target"`
	// NotApplicable says why the topology cannot have the fault; then the rest is empty.
	NotApplicable string   `json:"not_applicable,omitempty"`
	BegunMS       *float64 `json:"begun_ms"`  // null: the run did not come to it
	HealedMS      *float64 `json:"healed_ms"` // null: not within the run
	// Before, During and After hold a Measured by entry. Before begins with the
	// end of the warm-up or of the recovery from the fault before; After ends
	// with the next fault or the run.
	Before   map[string]*Measured `json:"before,omitempty"`
	During   map[string]*Measured `json:"during,omitempty"`
	After    map[string]*Measured `json:"after,omitempty"`
	Recovery map[string]Recovery  `json:"recovery,omitempty"` // by entry
}

// Recovery is the time from a fault's heal to the start of the first 3 s in
// which the share of successes is at least 99 % of the share before the fault
// and p95 at most 1.5 times.
type Recovery struct {
	MS        *float64 `json:"ms"`         // null: see Reason
	WatchedMS float64  `json:"watched_ms"` // how long after the heal such 3 s could have begun
	Reason    string   `json:"reason,omitempty"`
	Relapse   *Relapse `json:"relapse,omitempty"` // it failed again afterwards; left out where it did not
}

// NodeResult is a node over the phase all; instances and breakers over the whole run.
type NodeResult struct {
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Hosts       []string `json:"hosts,omitempty"`
	Replicas    int      `json:"replicas"`
	CPULimit    float64  `json:"cpu_limit_cores"`    // of each instance; 0: none
	MemoryLimit int64    `json:"memory_limit_bytes"` // of each instance; 0: none
	Sampled     bool     `json:"sampled"`            // false: CPU, memory and counters are not known
	CPU         float64  `json:"cpu_cores"`          // mean, all instances added up
	CPUMax      float64  `json:"cpu_max_cores"`      // the largest over one second
	Memory      int64    `json:"memory_max_bytes"`   // the largest at one time, all instances added up
	Served      uint64   `json:"served"`
	Failed      uint64   `json:"failed"`
	Rejected    uint64   `json:"rejected"`              // by a full queue
	Scaler      string   `json:"scaler,omitempty"`      // in words; "": a fixed number of instances
	Provisioned int      `json:"provisioned,omitempty"` // instances that a function keeps at all times; 0 elsewhere, and in older records
	Peak        int      `json:"instances_peak"`        // that served at one time, of a scaled node; 0 elsewhere
	Started     int      `json:"instances_started"`
	Stopped     int      `json:"instances_stopped"`
}

// EdgeResult is an edge over the phase all; its breakers and ejections over the whole run.
type EdgeResult struct {
	From          string  `json:"from"`
	To            string  `json:"to"`
	Policy        string  `json:"policy,omitempty"`
	Calls         uint64  `json:"calls"`
	Attempts      uint64  `json:"attempts"`
	Failed        uint64  `json:"failed"`              // calls
	Rejected      uint64  `json:"rejected,omitempty"`  // calls that a breaker, limit or bulkhead of the edge turned away
	Hedges        uint64  `json:"hedges,omitempty"`    // of the attempts, those sent beside others in flight
	Fallbacks     uint64  `json:"fallbacks,omitempty"` // calls that failed and were answered by the fallback
	Amplification float64 `json:"amplification"`
	LatencyMS     float64 `json:"attempt_latency_mean_ms"` // 0: no attempt ended
	Openings      int     `json:"breaker_openings"`
	Ejections     int     `json:"ejections,omitempty"` // of callees' instances, by all callers
	OpenMS        float64 `json:"breaker_open_ms"`     // all breakers of the edge added up
}

// CacheResult is a cache over the phase all, those of all instances added up.
type CacheResult struct {
	Node      string  `json:"node"`         // where it is
	To        string  `json:"to,omitempty"` // the callee whose answers it keeps; "": callers fill it in
	Lookups   uint64  `json:"lookups"`
	Hits      uint64  `json:"hits"`      // answered with a fresh reply
	Stale     uint64  `json:"stale"`     // answered with a reply past its time
	Misses    uint64  `json:"misses"`    // that had the callee asked
	Coalesced uint64  `json:"coalesced"` // that waited for the answer to another
	Refreshes uint64  `json:"refreshes"` // times that the callee was asked beside an answer
	Evictions uint64  `json:"evictions"` // replies dropped for want of room
	HitRate   float64 `json:"hit_rate"`  // hits and stale, of the lookups
	Values    int     `json:"values_max"`
}
