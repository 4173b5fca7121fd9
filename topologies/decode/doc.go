// Package decode turns YAML text into typed values and says everything that is
// wrong with it at once, each problem at its place and with what to do about it.
//
//	docs, problems := decode.Read("shop.yaml", text)
//	for _, doc := range docs {
//		d := decode.New(doc)
//		var n Node
//		d.Struct(doc.Root, decode.Shape{What: "a node"}, &n)
//		problems = append(problems, d.Problems...)
//	}
//
// What a struct accepts is said by the tags of its fields:
//
//	yaml:"key"          the key in the file
//	yaml:"key,value"    the field that is set where something else than a mapping stands: `budget: 20%`
//	yaml:",inline"      a struct whose keys belong to this one
//	default:"20%"       taken where the key is missing; written as in a file
//	min:"1" max:"20"    bounds, written as in a file
//	required:"true"     the key must be there, and not be empty
//	oneof:"full,none"   the words allowed
//	registry:"balancer" the name must be one of that registry: Decoder.Names
//	env:"fill"          ${NAME} is taken from the environment; env:"keep" leaves it for a shell
//	path:"true"         a file, relative to the YAML file
//	doc:"…"             what it means, for `explain` and the schema
//
// The type of a field carries its unit: time.Duration, unit.Rate, work.Dist.
package decode
