package arrival

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// MaxUsers bounds a closed process: each user is a goroutine and a connection.
const MaxUsers = 100_000

// Closed is so many users, each of whom thinks, asks, waits for the reply and
// thinks again. It is no Open process: a slow system is asked less often.
type Closed struct {
	Users int       `yaml:"users,value" required:"true" min:"1" max:"100000" doc:"how many ask, one request at a time each"`
	Think work.Dist `yaml:"think" doc:"the time from a reply to the user's next request; 0 where it is left out"`
}

// Validate implements Process.
func (c *Closed) Validate(time.Duration) error {
	if c.Users < 1 || c.Users > MaxUsers {
		return fmt.Errorf("users is %d: it lies between 1 and %d", c.Users, MaxUsers)
	}
	return nil
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "closed",
		Doc: "a number of users who each wait for the reply, think, and ask again\n" +
			"`{closed: {users: 50, think: {exponential: 1s}}}`. A slow system is asked less often, so the latencies of a\n" +
			"closed load look better than what independent visitors meet: use it for systems that have such users, and\n" +
			"an open process for all others. A user joins in the middle of a thought, and none begins a request after\n" +
			"the phase's end.",
		New: func() Process { return &Closed{} },
	})
}
