package backend

// Environment variables that mark every process of a run, so that it can be
// found again when nobody remembers having started it.
const (
	EnvRun      = "WINDTUNNEL_RUN"      // the run's id
	EnvInstance = "WINDTUNNEL_INSTANCE" // "payments-1"
	EnvOwner    = "WINDTUNNEL_OWNER"    // Owner() of the windtunnel that started it
)

// Labels that mark what lives in a daemon: containers, networks.
const (
	LabelRun      = "windtunnel.run"
	LabelInstance = "windtunnel.instance"
	LabelOwner    = "windtunnel.owner"
)

// Marks returns the environment of a process that belongs to an instance of a run.
func Marks(run, instance string) []string {
	return []string{EnvRun + "=" + run, EnvInstance + "=" + instance, EnvOwner + "=" + Owner()}
}

// Leftover is something of a run that is still there.
type Leftover struct {
	Run   string
	Kind  string // "process", "cgroup", "container", "network"
	Name  string
	Owned bool // the windtunnel that started it still lives
}
