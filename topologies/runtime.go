package topologies

import (
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Runtime is what a language runtime makes of a function's start.
type Runtime struct {
	Init      Init
	ImageSize unit.Bytes
}

// Runtimes registers the presets by the name that `runtime:` takes. They are
// stand-ins for a runtime's weight: what runs is the node program either way.
var Runtimes = def.NewRegistry[*Runtime]("runtime")

// begins makes the preset of a runtime whose initialisation has this median and
// 99th percentile. Half of it is taken to be CPU time: loading and linking code
// is, reading it from disk is not. That share is an assumption.
func begins(median, p99 time.Duration, image unit.Bytes) func() *Runtime {
	half := work.Dist{Kind: work.Lognormal, A: median / 2, B: p99 / 2}
	return func() *Runtime {
		return &Runtime{ImageSize: image, Init: Init{{Kind: work.Compute, For: half}, {Kind: work.Wait, For: half}}}
	}
}

// The figures of Go, Python and Node are from tecRacer, "Custom runtime on
// Amazon Linux 2 - GO outperforms Node (3x) and Python (2x)" (2023), whose Node
// function reports an init duration of 167 ms. Java's is from
// github.com/melgenek/scala-lambda-runtimes (README, read 2026-11): a hundred cold
// starts on AWS of a Java 8 function whose jar was shrunk took 1,373 to 1,957 ms,
// p95 1,733, its first invocation included; with the whole jar they took 4,128 to
// 4,953. Its median, all other tails and the image sizes are (unverified): sizes are
// about those of the slim official images.
func init() {
	const mi = 1 << 20
	for _, r := range []struct {
		name, doc   string
		median, p99 time.Duration
		image       unit.Bytes
	}{
		{"go", "a static program: about 55 ms of init, 10Mi\nFrom tecRacer's measurement of 2023 (a third of Node's); tail and size (unverified).", 55 * time.Millisecond, 110 * time.Millisecond, 10 * mi},
		{"node", "Node.js: about 167 ms of init, 75Mi\nFrom tecRacer's measurement of 2023; tail and size (unverified).", 167 * time.Millisecond, 330 * time.Millisecond, 75 * mi},
		{"python", "Python: about 110 ms of init, 50Mi\nFrom tecRacer's measurement of 2023 (twice Go's); tail and size (unverified).", 110 * time.Millisecond, 220 * time.Millisecond, 50 * mi},
		{"java", "a JVM with a small jar: about 1.5 s of init, 120Mi\nFrom melgenek/scala-lambda-runtimes (1.4 to 2.0 s cold, shrunk; 4.1 to 5.0 s not); median, tail and size (unverified).", 1500 * time.Millisecond, 3 * time.Second, 120 * mi},
	} {
		Runtimes.Register(def.Def[*Runtime]{Name: r.name, Doc: r.doc, New: begins(r.median, r.p99, r.image)})
	}
}
