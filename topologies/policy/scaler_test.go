package policy_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

// TestScalerDialogues plays a node under a scaler. Its commands:
//
//	node lambda: {keep_alive: 10s}     the rest of the line is the scaler
//	model startup=1s concurrency=2 cost=0.1 cores=1
//	@1s offer 5                        from then on 5 requests are there at once
//	@9s run                            plays on to then
//	@9s kill 2                         that many of the oldest instances end
//	@9s ask                            tells what there is and when it asks again
//
// The answers are the decisions that change something, or refuse.
func TestScalerDialogues(t *testing.T) {
	dialogues(t, "scaler", func(t *testing.T) func(command) []string {
		var n *node
		var lines []string
		log := func(now policy.Instant, before int, d policy.Decision) {
			if d.Desired != before || d.Refuse > 0 {
				lines = append(lines, fmt.Sprintf("%s: %d → %d: %s", at(now), before, d.Desired, d.Reason))
			}
		}
		return func(c command) []string {
			lines = nil
			if n != nil && c.at > n.now {
				n.run(c.at - 1)
				n.pass(c.at)
			}
			switch c.name {
			case "node":
				n = &node{scaler: makeScaler(t, strings.Join(c.args, " ")), concurrency: 1, log: log}
			case "model":
				n.startUp, n.concurrency = c.duration(t, "startup"), c.int(t, "concurrency")
				fmt.Sscan(c.sets["cost"], &n.cost)
				fmt.Sscan(c.sets["cores"], &n.cores)
				n.decide()
			case "offer":
				var requests int
				fmt.Sscan(c.args[0], &requests)
				n.offer(requests)
			case "kill":
				var killed int
				fmt.Sscan(c.args[0], &killed)
				n.ready = n.ready[killed:]
				n.settle()
				n.decide()
			case "run":
				n.run(c.at)
			case "ask":
				d := n.decide()
				o := n.observe()
				lines = append(lines, fmt.Sprintf("%d ready, %d starting, %d idle, %d queued; asks again at %s",
					o.Ready, o.Starting, len(o.Idle), o.Queued, at(d.Next)))
			default:
				t.Fatalf("no command %q", c.name)
			}
			return lines
		}
	})
}

// everyScaler has settings of each scaler, with bounds that drawn load reaches.
var everyScaler = []string{
	"fixed: 3",
	"lambda: {keep_alive: 5s, burst: 6, per: 3s, min: 1, max: 12}",
	"lambda: {keep_alive: 0s, burst: 2, per: 1s}",
	"kpa: {min: 1, max: 12}",
	"kpa: {stable_window: 10s, initial: 0, scale_down_delay: 5s, activation: 3}",
	"kpa: {target: 3, utilization: 100%, retention: 20s, target_burst: 0}",
	"hpa: {target: 60%, max: 9}",
	"hpa: {target: 2, sync: 5s, stabilization: 20s, min: 2}",
	"schedule: {steps: [{at: 0s, count: 2}, {at: 7s, count: 0}, {at: 11s, count: 9}], every: 20s}",
}

// bounds of everyScaler: what Desired may be.
func boundsOf(name string, cfg policy.ScalerConfig) (least, most int) {
	v := reflect.ValueOf(cfg).Elem().FieldByName("Bounds")
	if !v.IsValid() {
		return 0, 9
	}
	b := v.Interface().(policy.Bounds)
	if name == "hpa" {
		b.Min = max(1, b.Min)
	}
	return b.Min, b.Max
}

// Whatever a host tells, in whatever order: a decision is within bounds, says why,
// comes again later, and is the same when asked for twice.
func TestScalersKeepTheirContract(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(everyScaler).Draw(t, "scaler")
		name, _, _ := strings.Cut(text, ":")
		cfg, _ := scalerConfig(t, text)
		least, most := boundsOf(name, cfg)
		s := cfg.New()
		var now policy.Instant
		o := policy.Observation{Concurrency: rapid.IntRange(0, 3).Draw(t, "concurrency"), Cores: 0.5, Front: rapid.Bool().Draw(t, "front")}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			d := s.Decide(now, o)
			if again := s.Decide(now, o); again != d {
				t.Fatalf("asked twice at %s with %+v: %+v, then %+v", at(now), o, d, again)
			}
			switch changes := d.Desired != o.Ready+o.Starting; {
			case d.Desired < least || d.Desired > most:
				t.Fatalf("%d instances, out of %d to %d", d.Desired, least, most)
			case d.Refuse < 0 || d.Refuse > o.Queued || d.Refuse > 0 && !o.Front:
				t.Fatalf("refuses %d of %d", d.Refuse, o.Queued)
			case d.Next <= now:
				t.Fatalf("asks again at %s, which is no later than %s", at(d.Next), at(now))
			case (changes || d.Refuse > 0) != (d.Reason != ""):
				t.Fatalf("%+v of %d has the reason %q", d, o.Ready+o.Starting, d.Reason)
			}
			passed := time.Duration(rapid.SampledFrom([]int{0, 1, 100, 999, 1000, 2000, 15_000, 70_000}).Draw(t, "passed")) * time.Millisecond
			if rapid.Bool().Draw(t, "to next") && d.Next != policy.Never {
				passed = d.Next.Sub(now)
			}
			advance(t, &o, &now, passed)
		}
	})
}

// advance draws what the node is after a while, plausible or not.
func advance(t *rapid.T, o *policy.Observation, now *policy.Instant, passed time.Duration) {
	o.Load += passed * time.Duration(o.InFlight+o.Queued)
	o.CPU += time.Duration(float64(passed) * float64(o.Ready) * rapid.Float64Range(0, 0.5).Draw(t, "cpu"))
	*now = now.Add(passed)
	o.Ready = rapid.IntRange(0, 9).Draw(t, "ready")
	o.Starting = rapid.IntRange(0, 3).Draw(t, "starting")
	o.InFlight, o.Queued = 0, 0
	if rapid.Bool().Draw(t, "loaded") {
		o.Queued = rapid.IntRange(0, 20).Draw(t, "queued")
	}
	busy := rapid.IntRange(0, o.Ready).Draw(t, "busy")
	o.InFlight = busy * max(1, o.Concurrency)
	o.Idle = nil
	for i := range o.Ready - busy {
		o.Idle = append(o.Idle, max(0, *now-policy.Instant(o.Ready-i)*policy.Instant(time.Second)))
	}
}

// On constant load no scaler oscillates: from twenty minutes on, nothing changes.
func TestScalersSettle(t *testing.T) {
	for _, text := range []string{
		"lambda: {keep_alive: 1m}", "lambda: {burst: 5, per: 1s, min: 2}",
		"kpa: {}", "kpa: {initial: 0, scale_down_delay: 1m}", "kpa: {target: 3, utilization: 100%}",
		"hpa: 80%", "hpa: 3", "hpa: {target: 1, tolerance: 0%, sync: 5s}",
	} {
		t.Run(text, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				cfg, _ := scalerConfig(t, text)
				n := &node{
					scaler:      cfg.New(),
					startUp:     time.Duration(rapid.IntRange(0, 40_000).Draw(t, "start-up")) * time.Millisecond,
					concurrency: rapid.IntRange(1, 12).Draw(t, "concurrency"),
					cost:        rapid.Float64Range(0.01, 1).Draw(t, "cost"), cores: 1,
				}
				n.decide()
				n.run(policy.Instant(rapid.IntRange(0, 5000).Draw(t, "begins")) * policy.Instant(time.Millisecond))
				n.offer(rapid.IntRange(1, 60).Draw(t, "load"))
				n.run(n.now.Add(20 * time.Minute))
				want := n.decide().Desired
				n.log = func(now policy.Instant, before int, d policy.Decision) {
					if d.Desired != want || before != want {
						t.Fatalf("at %s there are %d of %d, and %d are wanted: %s", at(now), before, want, d.Desired, d.Reason)
					}
				}
				n.run(n.now.Add(40 * time.Minute))
				if strings.HasPrefix(text, "lambda") && want*n.concurrency < n.offered {
					t.Fatalf("%d environments of %d for %d requests", want, n.concurrency, n.offered)
				}
			})
		})
	}
}

func TestScalersAreDescribed(t *testing.T) {
	want := []string{"fixed", "hpa", "kpa", "lambda", "schedule"}
	if got := policy.Scalers.Names(); !reflect.DeepEqual(got, want) {
		t.Errorf("scalers %v", got)
	}
	for _, d := range policy.Scalers.All() {
		if lines := strings.Count(d.Doc, "\n"); lines < 1 {
			t.Errorf("%s says no more than its summary", d.Name)
		}
		if a, b := d.New(), d.New(); a == b {
			t.Errorf("%s makes the same settings twice", d.Name)
		}
	}
}

func TestScalerSettingsAreVetted(t *testing.T) {
	for text, want := range map[string]string{
		"lambda: {min: 3, max: 2}":                           "only 2: raise `max`",
		"lambda: {min: 1001, max: 0}":                        "only 1000: raise `max`",
		"kpa: {initial: 5, max: 4}":                          "above the `max` of 4",
		"kpa: {activation: 5, max: 4}":                       "above the `max` of 4",
		"kpa: {min: 5, max: 4}":                              "only 4: raise `max`",
		"hpa: {min: 5, max: 4}":                              "only 4: raise `max`",
		"schedule: {steps: [{at: 1s, count: 2}]}":            "it has to be at 0s",
		"schedule: {steps: [{at: 0s}, {at: 2s}, {at: 2s}]}":  "step 3 is at 2s, not after the one before it at 2s",
		"schedule: {steps: [{at: 0s}, {at: 2s}], every: 2s}": "begins again after 2s, but the last step is at 2s",
		"schedule: {every: 2s}":                              "needs `steps`",
		"kpa: {max_scale_up_rate: 1}":                        "too small",
		"lambda: {burst: 0}":                                 "too small",
		"lambda: {keep_alive: 5}":                            "keep_alive",
		"kpa: {}":                                            "",
		"schedule: {steps: [{at: 0s, count: 2}, {at: 2s, count: 9}], every: 2.1s}": "",
		"hpa: {target: 10}": "",
		"fixed: {count: 3}": "",
	} {
		_, problems := scalerConfig(t, text)
		if got := fmt.Sprint(problems); (want == "") != (len(problems) == 0) || !strings.Contains(got, want) {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

// Settings travel in plans: what a scaler was told is what it is when read back.
func TestScalerSettingsTravel(t *testing.T) {
	for _, text := range everyScaler {
		cfg, _ := scalerConfig(t, text)
		name, _, _ := strings.Cut(text, ":")
		d, _ := policy.Scalers.Lookup(name)
		back := d.New()
		sent, err := json.Marshal(cfg)
		if err == nil {
			err = json.Unmarshal(sent, back)
		}
		if err != nil || !reflect.DeepEqual(cfg, back) {
			t.Errorf("%s: %s is read as %+v: %v", text, sent, back, err)
		}
	}
}

// Zero settings of a program do not divide by zero: what cannot be zero takes its default.
func TestScalerZeroSettings(t *testing.T) {
	o := policy.Observation{Ready: 1, InFlight: 1, Queued: 4, Concurrency: 1}
	for name, want := range map[string]int{"fixed": 0, "lambda": 5, "kpa": 8, "hpa": 1, "schedule": 0} {
		d, _ := policy.Scalers.Lookup(name)
		if got := d.New().New().Decide(0, o).Desired; got != want {
			t.Errorf("%s wants %d instead of %d", name, got, want)
		}
	}
}

// What settings say that they keep at all times is what nobody asks for.
func TestScalersKeepWhatTheySay(t *testing.T) {
	bounds := policy.Bounds{Min: 3}
	for name, c := range map[string]struct {
		config policy.ScalerConfig
		want   int
	}{
		"fixed":                {&policy.FixedConfig{Count: 2}, 2},
		"lambda":               {&policy.LambdaConfig{Bounds: bounds}, 3},
		"lambda, from zero":    {&policy.LambdaConfig{}, 0},
		"kpa":                  {&policy.KPAConfig{Bounds: bounds}, 3},
		"hpa":                  {&policy.HPAConfig{Bounds: bounds}, 3},
		"hpa, never from zero": {&policy.HPAConfig{}, 1},
		"schedule":             {&policy.ScheduleConfig{Steps: []policy.ScheduleStep{{Count: 4}, {At: time.Second, Count: 1}, {At: 2 * time.Second, Count: 6}}}, 1},
		"schedule of nothing":  {&policy.ScheduleConfig{}, 0},
	} {
		if got := c.config.Kept(); got != c.want {
			t.Errorf("%s keeps %d, want %d", name, got, c.want)
		}
		scaler, least, o := c.config.New(), 1000, policy.Observation{Concurrency: 1}
		for now := policy.Instant(0); now < policy.Instant(20*time.Minute); now += policy.Instant(500 * time.Millisecond) {
			o.Ready = scaler.Decide(now, o).Desired
			o.Idle = make([]policy.Instant, o.Ready)
			least = min(least, o.Ready)
		}
		if least != c.want {
			t.Errorf("%s wanted %d at the least, and says that it keeps %d", name, least, c.want)
		}
	}
}
