package topologies

import (
	"time"

	"windtunnel/topologies/def"
)

// OwnEndpoints says how a user's own system is asked: which components it
// stands in for, and the requests for entries and operations.
type OwnEndpoints struct {
	Hosts    []string           `yaml:"hosts" doc:"components of the application that this system stands in for"`
	Entries  map[string]Request `yaml:"entries" doc:"what the outside may ask, by entry name: GET /path, or the long form"`
	Requests map[string]Request `yaml:"requests" doc:"how an operation is asked for, by component.operation; default: POST /op/component.operation"`
	TLS      TLS                `yaml:"tls" doc:"for https"`
}

// Request is how an entry or an operation of a user's own system is asked for.
// The short form is "GET /path". ${NAME} in path, header or body is taken from
// the parameters or else, when the run begins, from the environment; what comes
// from there is never recorded.
type Request struct {
	Method   string            `yaml:"method" default:"GET" doc:"HTTP method"`
	Path     string            `yaml:"path" env:"fill" doc:"path with query; of an entry of an application: /NAME unless it is given"`
	Host     string            `yaml:"host" doc:"the Host header; empty: the address"`
	Headers  map[string]string `yaml:"headers" env:"fill" doc:"headers by name"`
	Body     string            `yaml:"body" env:"fill" doc:"the body as text"`
	BodyFile string            `yaml:"body_file" doc:"a file with the body, relative to the YAML file"`
	Expect   []int             `yaml:"expect" doc:"statuses that count as success; empty: 200 to 399"`
}

// TLS says how an https system is trusted.
type TLS struct {
	Insecure bool   `yaml:"insecure" doc:"accept any certificate"`
	CA       string `yaml:"ca" path:"true" doc:"a file of PEM certificates to trust instead of the system's"`
	Name     string `yaml:"name" doc:"the server name to ask for, where it is not the URL's host"`
}

// Container is the user's own image or command, deployed with the topology.
type Container struct {
	Image        string            `yaml:"image" doc:"a container image (docker); exactly one of image and command"`
	Command      []string          `yaml:"command" env:"keep" doc:"a program with its arguments: alone it runs as a process, with image it replaces the image's own"`
	Port         int               `yaml:"port" min:"0" max:"65535" doc:"where it listens inside its container; a process is told a free port as PORT"`
	Health       string            `yaml:"health" doc:"a path that answers 200 to 399 once it is ready; empty: ready when the port accepts"`
	Env          map[string]string `yaml:"env" env:"fill" doc:"environment variables; ${NAME} in them is taken from windtunnel's own"`
	Needs        []string          `yaml:"needs" doc:"nodes that must be ready first; their addresses come as WINDTUNNEL_<NODE>_URL"`
	StartTimeout time.Duration     `yaml:"start_timeout" default:"60s" doc:"how long it may take to become ready"`
	OwnEndpoints `yaml:",inline"`
}

// Hosted returns the components that it stands in for.
func (o *OwnEndpoints) Hosted() []string { return o.Hosts }

// Endpoints returns how it is asked.
func (c *Container) Endpoints() *OwnEndpoints { return &c.OwnEndpoints }

// HealthPath returns where it says whether it is well.
func (c *Container) HealthPath() string { return c.Health }

// External is a system that already runs.
type External struct {
	URL          string `yaml:"url" required:"true" env:"fill" doc:"http:// or https:// with host and optional base path"`
	Health       string `yaml:"health" doc:"a path that answers 200 to 399 while it is well, for the health checks of edges"`
	OwnEndpoints `yaml:",inline"`
}

// Endpoints returns how it is asked.
func (e *External) Endpoints() *OwnEndpoints { return &e.OwnEndpoints }

// HealthPath returns where it says whether it is well.
func (e *External) HealthPath() string { return e.Health }

func init() {
	Kinds.Register(def.Def[any]{
		Name: "container",
		Doc: "your own image or command, started and removed with the rest\n" +
			"It is told its port as PORT. The process backend runs `command:`, the docker backend `image:`.",
		New: func() any { return &Container{} },
	})
	Kinds.Register(def.Def[any]{
		Name: "external",
		Doc: "a system that already runs somewhere, named by its URL\n" +
			"windtunnel drives it and measures it; it deploys nothing and can do it no harm but load.",
		New: func() any { return &External{} },
	})
}
