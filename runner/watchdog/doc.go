// Package watchdog is a second process that outlives windtunnel and cleans up
// after it, also when windtunnel was killed in a way that it cannot notice.
//
//	func main() {
//		watchdog.Main(map[string]watchdog.Sweeper{"process": process.Sweep, "docker": docker.Sweep})
//		…
//		dog, err := watchdog.Start(plan.Run, "process") // before anything is deployed
//		defer dog.Close()                               // after everything was removed
//
// The two share a pipe whose only writing end windtunnel holds. When windtunnel
// ends, however that comes about, the kernel closes it:
//
//	windtunnel ──"over"──▶ watchdog: nothing to do, ends
//	windtunnel ──EOF─────▶ watchdog: sweeps until the run is gone, ends
package watchdog
