package decode

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/work"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	distType     = reflect.TypeFor[work.Dist]()
)

// MaxDuration bounds every duration in a file: sums of them cannot overflow.
const MaxDuration = 1000 * time.Hour

// Value decodes the value of a key into a pointer, as a field without further tags would be.
func (d *Decoder) Value(n *yaml.Node, key string, into any) bool {
	before := len(d.Problems)
	v := reflect.ValueOf(into).Elem()
	d.value(n, v, Field{Key: key, Type: words(v.Type(), Field{})})
	return len(d.Problems) == before
}

// value decodes a node into v; f says what the field's tags ask for.
func (d *Decoder) value(n *yaml.Node, v reflect.Value, f Field) {
	switch t := v.Type(); {
	case d.Types[t] != nil:
		d.Types[t](d, n, v)
	case t == distType:
		if dist, ok := d.dist(n, f.Key); ok {
			v.Set(reflect.ValueOf(dist))
		}
	case t.Kind() == reflect.Pointer:
		target := reflect.New(t.Elem())
		d.value(n, target.Elem(), f)
		v.Set(target)
	case t.Kind() == reflect.Struct && structWithin(t) != nil:
		d.Struct(n, Shape{What: quoted(f.Key)}, v.Addr().Interface())
	case t.Kind() == reflect.Slice:
		d.list(n, v, f)
	case t.Kind() == reflect.Map:
		d.mapping(n, v, f)
	default:
		d.scalar(n, v, f)
	}
}

func (d *Decoder) list(n *yaml.Node, v reflect.Value, f Field) {
	item := f
	item.Type = words(v.Type().Elem(), f)
	v.SetZero() // the default is no prefix of what is written
	for _, each := range d.items(n, f.Key, f.Type) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(each, element, item)
		v.Set(reflect.Append(v, element))
	}
	if f.Required && n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.Addf(n, "%s is empty: want %s", quoted(f.Key), f.Type)
	}
}

func (d *Decoder) mapping(n *yaml.Node, v reflect.Value, f Field) {
	item := f
	item.Type = words(v.Type().Elem(), f)
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range d.pairs(n, f.Key, f.Type) {
		element := reflect.New(v.Type().Elem()).Elem()
		item.Key = p.Name
		d.value(p.Value, element, item)
		v.SetMapIndex(reflect.ValueOf(p.Name), element)
	}
}

// scalar decodes one word and checks what the tags ask of it.
func (d *Decoder) scalar(n *yaml.Node, v reflect.Value, f Field) {
	text, ok := d.text(n, f)
	if !ok {
		return
	}
	if err := parse1(text, v); err != nil {
		d.Addf(n, "%s: %v", f.Key, err)
		return
	}
	switch {
	case f.Required && text == "":
		d.Addf(n, "%s is empty: want %s", quoted(f.Key), f.Type)
	case f.Path && text != "":
		v.SetString(d.doc.path(n, text))
	}
	d.bounds(n, v, f, text)
	d.choice(n, f, text)
}

// parse1 parses one word into v.
func parse1(text string, v reflect.Value) error {
	if v.Type() == durationType {
		duration, err := ParseDuration(text)
		v.SetInt(int64(duration))
		return err
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", short(text))
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64, reflect.Uint64:
		whole, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v.Kind() == reflect.Uint64 && whole < 0 || v.Kind() == reflect.Int && whole != int64(int(whole)) {
			return fmt.Errorf("%q is no whole number%s", short(text), tooLarge(err))
		}
		v.Set(reflect.ValueOf(whole).Convert(v.Type()))
	case reflect.Float64:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return fmt.Errorf("%q is no number%s", short(text), tooLarge(err))
		}
		v.SetFloat(number)
	default:
		panic(fmt.Sprintf("decode: no way to read a %s", v.Type()))
	}
	return nil
}

func tooLarge(err error) string {
	if err != nil && strings.Contains(err.Error(), strconv.ErrRange.Error()) {
		return " that fits"
	}
	return ""
}

// ParseDuration parses a duration of 0 or more, at most MaxDuration, and says how to write one.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err == nil && d < 0:
		return 0, fmt.Errorf("%q is negative: a duration is 0 or more", short(text))
	case err == nil && d > MaxDuration:
		return 0, fmt.Errorf("%q is too long: at most %dh", short(text), int(MaxDuration.Hours()))
	case err == nil:
		return d, nil
	}
	if _, bare := strconv.ParseFloat(text, 64); bare == nil {
		return 0, fmt.Errorf("%q has no unit: write %ss for seconds or %sms for milliseconds", short(text), short(text), short(text))
	}
	return 0, fmt.Errorf("%q is no duration: write it as 250ms, 1.5s, 2m or 1h30m", short(text))
}

// bounds checks min and max, which are written as in a file.
func (d *Decoder) bounds(n *yaml.Node, v reflect.Value, f Field, text string) {
	got, numeric := number(v)
	if !numeric {
		return
	}
	if f.Min != "" && got < bound(f.Min, v.Type()) {
		d.Addf(n, "%s: %s is too small: at least %s", f.Key, short(text), f.Min)
	}
	if f.Max != "" && got > bound(f.Max, v.Type()) {
		d.Addf(n, "%s: %s is too large: at most %s", f.Key, short(text), f.Max)
	}
}

func bound(text string, t reflect.Type) float64 {
	v := reflect.New(t).Elem()
	if err := parse1(text, v); err != nil {
		panic(fmt.Sprintf("decode: bound %s of a %s: %v", text, t, err))
	}
	n, _ := number(v)
	return n
}

func number(v reflect.Value) (float64, bool) {
	switch {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// choice checks that a word is one of those allowed.
func (d *Decoder) choice(n *yaml.Node, f Field, text string) {
	allowed, what := f.OneOf, quoted(f.Key)
	if names, ok := d.Names[f.Registry]; ok && f.Registry != "" {
		allowed, what = names(), f.Registry
	}
	if len(allowed) == 0 {
		return
	}
	for _, word := range allowed {
		if word == text {
			return
		}
	}
	d.Addf(n, "%s cannot be %q%s", what, short(text), hintOr(text, allowed, "choose one of "))
}

func quoted(key string) string { return "`" + key + "`" }
