package sim

import (
	"errors"

	"windtunnel/runner/record"
)

// Calibrate fits the costs of a live system to records of live runs, which must
// have ended and be of one machine and one backend.
func Calibrate(runs []*record.Run) (*Calibration, error) {
	if len(runs) == 0 {
		return nil, errors.New("calibrate: there are no runs")
	}
	return &Calibration{Format: CalibrationFormat}, nil
}
