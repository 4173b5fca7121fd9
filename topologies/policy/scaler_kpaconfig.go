package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/unit"
)

// KPAConfig scales as knative's pod autoscaler does. Names and defaults are
// those of knative/serving, config/core/configmaps/autoscaler.yaml.
type KPAConfig struct {
	Target           float64       `yaml:"target" json:"target" min:"0" max:"1000000" doc:"requests at once that fill an instance; 0: the node's concurrency, or 100 where that is unbounded. It is never above the node's concurrency"`
	Utilization      unit.Share    `yaml:"utilization" json:"utilization" default:"70%" min:"1%" doc:"the part of target that is aimed at"`
	StableWindow     time.Duration `yaml:"stable_window" json:"stable_window" default:"60s" min:"6s" max:"1h" doc:"what the load is averaged over"`
	PanicWindow      unit.Share    `yaml:"panic_window" json:"panic_window" default:"10%" min:"1%" doc:"what it is averaged over to notice a burst, as a part of the stable window; whole seconds"`
	PanicThreshold   float64       `yaml:"panic_threshold" json:"panic_threshold" default:"2" min:"1.1" max:"10" doc:"panics where the panic window asks for so many times the instances that are ready"`
	MaxScaleUpRate   float64       `yaml:"max_scale_up_rate" json:"max_scale_up_rate" default:"1000" min:"1.01" doc:"at most so many times the instances that are ready, at each decision"`
	MaxScaleDownRate float64       `yaml:"max_scale_down_rate" json:"max_scale_down_rate" default:"2" min:"1.01" doc:"and at least that part of them"`
	ScaleDownDelay   time.Duration `yaml:"scale_down_delay" json:"scale_down_delay" min:"0s" max:"1h" doc:"how long less has to be enough before it is applied"`
	Grace            time.Duration `yaml:"scale_to_zero_grace" json:"scale_to_zero_grace" default:"30s" min:"0s" doc:"how long the last instance stays after the stable window was idle, unless the activator has been in the path for as long"`
	Retention        time.Duration `yaml:"retention" json:"retention" default:"0s" min:"0s" doc:"how long it stays in any case"`
	Initial          int           `yaml:"initial" json:"initial" default:"1" min:"0" max:"100000" doc:"instances at the start, until so many were ready; 0 begins at zero"`
	Activation       int           `yaml:"activation" json:"activation" default:"1" min:"1" max:"100000" doc:"instances at least, where there are any"`
	TargetBurst      int           `yaml:"target_burst" json:"target_burst" default:"211" min:"-1" doc:"requests at once to be ready for: with less to spare, knative's activator stays in the path; -1: always, 0: only at zero"`
	Bounds           `yaml:",inline"`
}

// complete fills in what cannot be zero.
func (c KPAConfig) complete() KPAConfig {
	if c.Utilization == 0 {
		c.Utilization = 0.7
	}
	if c.StableWindow == 0 {
		c.StableWindow = 60 * time.Second
	}
	if c.PanicWindow == 0 {
		c.PanicWindow = 0.1
	}
	if c.PanicThreshold == 0 {
		c.PanicThreshold = 2
	}
	if c.MaxScaleUpRate == 0 {
		c.MaxScaleUpRate = 1000
	}
	if c.MaxScaleDownRate == 0 {
		c.MaxScaleDownRate = 2
	}
	return c
}

// Vet checks that the fields agree.
func (c *KPAConfig) Vet(add func(key, message string)) {
	c.Bounds.Vet(add)
	if c.Initial > c.most() {
		add("initial", fmt.Sprintf("%d instances at the start are above the `max` of %d", c.Initial, c.most()))
	}
	if c.Activation > c.most() {
		add("activation", fmt.Sprintf("at least %d instances are above the `max` of %d", c.Activation, c.most()))
	}
}
