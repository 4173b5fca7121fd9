package topologies

import "windtunnel/topologies/def"

// Service hosts components and serves their operations.
type Service struct {
	Hosts   []string `yaml:"hosts" required:"true" doc:"the components that live here; calls between them are function calls"`
	Workers `yaml:",inline"`
}

// Hosted returns the components that live here.
func (s *Service) Hosted() []string { return s.Hosts }

func init() {
	Kinds.Register(def.Def[any]{
		Name: "service",
		Doc: "a long-running process that hosts one or more components\n" +
			"A call between components of one service is a function call and meets no edge policy;\n" +
			"a call to a component elsewhere is a request along an edge.",
		New: func() any { return &Service{} },
	})
}
