package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"windtunnel/runner/record"
)

// CalibrationFormat is the version of the calibration file that this program
// writes. Format 1 had no woken starts, and did not say which operations and edges
// it had seen.
const CalibrationFormat = 2

// Calibration is what live runs told of the costs of a live system, and where
// that was found out: elsewhere it may not hold. See Calibrate.
type Calibration struct {
	Format   int      `json:"format"`
	FittedOn FittedOn `json:"fitted_on"`
	Fitted   Costs    `json:"costs"`
	// Agreement sets the simulator with these costs beside the runs.
	Agreement []Agreement `json:"agreement"`
}

// Agreement is one entry of one run: times in milliseconds from the intended
// send, of the requests that went well in both.
type Agreement struct {
	Topology string     `json:"topology"`
	Scenario string     `json:"scenario"`
	Entry    string     `json:"entry"`
	Requests int        `json:"requests"`
	Live     [3]float64 `json:"live_p50_p95_p99_ms"`
	Sim      [3]float64 `json:"simulated_p50_p95_p99_ms"`
}

// FittedOn is what a calibration was fitted on.
type FittedOn struct {
	Runs        int                `json:"runs"`
	Requests    int                `json:"requests"` // measured, without warm-up, faults and failures
	Scenarios   []string           `json:"scenarios"`
	Topologies  []string           `json:"topologies"`
	Kinds       []string           `json:"kinds"`      // of nodes
	Operations  []string           `json:"operations"` // that were asked for
	Edges       []string           `json:"edges"`      // that were called along: "checkout > payments"
	Backend     string             `json:"backend"`
	Environment record.Environment `json:"environment"`
	Rate        Range              `json:"rate"`       // requests a second, by phase
	HostBusy    float64            `json:"host_busy"`  // the largest share of the host's cores that a run used over 5 s
	LimitBusy   float64            `json:"limit_busy"` // and of its CPU limit, an instance
	Foreign     float64            `json:"foreign"`    // cores that were busy with something else, mean
	Steal       float64            `json:"steal"`      // cores that the hypervisor kept, mean
}

// Range is the least and the most of something; the zero Range is of nothing.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// String is "40 to 200", or "40" where both are the same.
func (r Range) String() string {
	if low, high := fmt.Sprintf("%.4g", r.Low), fmt.Sprintf("%.4g", r.High); low != high {
		return low + " to " + high
	}
	return fmt.Sprintf("%.4g", r.Low)
}

func (r *Range) include(v float64) {
	if *r == (Range{}) {
		*r = Range{v, v}
	}
	r.Low, r.High = min(r.Low, v), max(r.High, v)
}

// Costs returns the costs that were fitted; none where there is no calibration.
func (c *Calibration) Costs() Costs {
	if c == nil {
		return Costs{}
	}
	return c.Fitted
}

// Name says for a record which calibration it is: what it was fitted on, and a
// digest of the costs. It is empty where there is none.
func (c *Calibration) Name() string {
	if c == nil {
		return ""
	}
	text, err := json.Marshal(c.Fitted)
	if err != nil {
		text = []byte(err.Error()) // costs are plain numbers
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%d runs of %s on %s, %s", c.FittedOn.Runs, strings.Join(c.FittedOn.Scenarios, " "), c.FittedOn.Backend, hex.EncodeToString(sum[:6]))
}

// Save writes the calibration file.
func (c *Calibration) Save(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	return nil
}

// LoadCalibration reads a calibration file. What is none, or has costs that
// nothing can have, is refused with what is wrong with it.
func LoadCalibration(path string) (*Calibration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	c, err := parseCalibration(text)
	if err != nil {
		return nil, fmt.Errorf("read calibration %s: %w", path, err)
	}
	return c, nil
}

func parseCalibration(text []byte) (*Calibration, error) {
	var head struct {
		Format   int             `json:"format"`
		FittedOn json.RawMessage `json:"fitted_on"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("that is none: %w", err)
	}
	switch {
	case head.FittedOn == nil:
		return nil, errNoCalibration
	case head.Format != CalibrationFormat:
		return nil, fmt.Errorf("format %d, this windtunnel reads %d: fit it again with windtunnel calibrate", head.Format, CalibrationFormat)
	}
	c := &Calibration{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		return nil, fmt.Errorf("that is none: %w", err)
	}
	if f := &c.FittedOn; f.Runs < 1 || f.Requests < 1 || f.Backend == "" || len(f.Kinds) == 0 {
		return nil, errNoCalibration
	}
	return c, c.Fitted.check()
}

var errNoCalibration = errors.New("that is none: it does not say what it was fitted on")
