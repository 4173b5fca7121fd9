package policy

import (
	"time"

	"windtunnel/topologies/def"
)

// Discovery is how a caller learns which instances its callee has, as a file
// sets it. A nil Discovery is the platform's.
type Discovery interface {
	// View returns how the caller asks; nil where it does not, since it is told.
	View() *ViewConfig
}

// Discoveries registers them by the name that `discovery:` takes.
var Discoveries = def.NewRegistry[Discovery]("discovery")

// AskTimeout bounds a question about instances, and a heartbeat. A watch may
// take its wait longer.
const AskTimeout = time.Second

// askRetry is the pause after a question that came to nothing.
const askRetry = 500 * time.Millisecond

// PlatformDiscovery has the platform tell the callers.
type PlatformDiscovery struct{}

// View returns nil: the caller is told.
func (*PlatformDiscovery) View() *ViewConfig { return nil }

// StaticDiscovery is a list that never changes.
type StaticDiscovery struct{}

// View returns nil: the caller is told once.
func (*StaticDiscovery) View() *ViewConfig { return nil }

func init() {
	Discoveries.Register(def.Def[Discovery]{
		Name: "platform",
		Doc: "the platform tells each caller at once of every instance that becomes ready, or is retired\n" +
			"So it is where nothing is said. An instance that has crashed stays in the callers' lists until its\n" +
			"replacement is ready, as with a fixed set of addresses; one that a scaler has started and that crashed leaves at once.",
		New: func() Discovery { return &PlatformDiscovery{} },
	})
	Discoveries.Register(def.Def[Discovery]{
		Name: "static",
		Doc: "the list of instances as it was when the caller began, and never another\n" +
			"The first instances of a run all know each other; a caller that starts later gets the list of that\n" +
			"moment. What replaces a dead instance has an address of its own, which no older caller ever learns.",
		New: func() Discovery { return &StaticDiscovery{} },
	})
}
