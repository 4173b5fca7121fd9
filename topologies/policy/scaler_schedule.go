package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
)

// ScheduleConfig sets the number of instances by the time of the run.
type ScheduleConfig struct {
	Steps []ScheduleStep `yaml:"steps,value" json:"steps" required:"true" doc:"from when on how many: [{at: 0s, count: 2}, {at: 30s, count: 10}]; the first is at 0s"`
	Every time.Duration  `yaml:"every" json:"every" min:"0s" doc:"begins again after so long; 0: the last step lasts"`
}

// ScheduleStep is a number of instances from an instant on.
type ScheduleStep struct {
	At    time.Duration `yaml:"at" json:"at" min:"0s" doc:"since the run began, or began again"`
	Count int           `yaml:"count" json:"count" min:"0" max:"100000" doc:"how many instances there are from then on"`
}

// Vet checks that the steps come one after another.
func (c *ScheduleConfig) Vet(add func(key, message string)) {
	var last time.Duration
	for i, step := range c.Steps {
		switch {
		case i == 0 && step.At != 0:
			add("steps", fmt.Sprintf("the first step is at %s: it has to be at 0s, for there is no count before it", step.At))
		case i > 0 && step.At <= last:
			add("steps", fmt.Sprintf("step %d is at %s, not after the one before it at %s", i+1, step.At, last))
		}
		last = step.At
	}
	if c.Every > 0 && c.Every <= last {
		add("every", fmt.Sprintf("it begins again after %s, but the last step is at %s", c.Every, last))
	}
}

// New implements ScalerConfig. Without steps it keeps no instance.
func (c *ScheduleConfig) New() Scaler { return &schedule{steps: c.Steps, every: c.Every} }

// Kept implements ScalerConfig: it is the lowest of the counts.
func (c *ScheduleConfig) Kept() int {
	if len(c.Steps) == 0 {
		return 0
	}
	least := c.Steps[0].Count
	for _, step := range c.Steps {
		least = min(least, step.Count)
	}
	return least
}

type schedule struct {
	steps []ScheduleStep
	every time.Duration
}

func (s *schedule) Decide(now Instant, o Observation) Decision {
	count, since, next := s.at(now)
	d := Decision{Desired: count, Next: next}
	if count != o.instances() {
		d.Reason = fmt.Sprintf("scheduled: %d since %s", count, time.Duration(since))
	}
	return d
}

// at returns the count at an instant, since when it is in force and when the next one is.
func (s *schedule) at(now Instant) (count int, since, next Instant) {
	var begin Instant // of the round
	next = Never
	if s.every > 0 {
		begin = now - now%Instant(s.every)
		next = begin.Add(s.every)
	}
	since = begin
	for _, step := range s.steps {
		at := begin.Add(step.At)
		if at > now {
			return count, since, at
		}
		count, since = step.Count, at
	}
	return count, since, next
}

func init() {
	Scalers.Register(def.Def[ScalerConfig]{
		Name: "schedule",
		Doc: "a number of instances by the time of the run\n" +
			"`{schedule: {steps: [{at: 0s, count: 2}, {at: 30s, count: 10}], every: 60s}}`; without `every` the last\n" +
			"step lasts. It looks at no load: what planned scaling (a cron, business hours) can do and cannot.",
		New: func() ScalerConfig { return &ScheduleConfig{} },
	})
}
