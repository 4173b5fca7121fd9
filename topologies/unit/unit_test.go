package unit

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A case is a text, what it means, and how that is printed; or the end of the
// message that refuses it.
type parseCase struct {
	text  string
	means any
	print string // empty: as text
}

func TestParse(t *testing.T) {
	for _, c := range []parseCase{
		{"200/s", Rate(200), ""},
		{"0/s", Rate(0), ""},
		{"0.5/s", Rate(0.5), ""},
		{" 12000 / m ", Rate(200), "200/s"},
		{"5/h", Rate(5.0 / 3600), "0.00138888888889/s"},
		{"1e3/s", Rate(1000), "1000/s"},

		{"64Mi", Bytes(64 << 20), ""},
		{"64MiB", Bytes(64 << 20), "64Mi"},
		{"1.5Gi", Bytes(3 << 29), "1536Mi"},
		{"10k", Bytes(10_000), "10000"},
		{"10kB", Bytes(10_000), "10000"},
		{"512", Bytes(512), ""},
		{"512B", Bytes(512), "512"},
		{"0", Bytes(0), ""},
		{"2Ti", Bytes(2 << 40), ""},
		{"1M", Bytes(1_000_000), "1000000"},
		{"2 Gi", Bytes(2 << 30), "2Gi"},

		{"0.5", CPU(0.5), ""},
		{"500m", CPU(0.5), "0.5"},
		{"300m", CPU(0.3), "0.3"},
		{"2", CPU(2), ""},
		{"0", CPU(0), ""},
		{"4096", CPU(4096), ""},

		{"0.1%", Share(0.001), ""},
		{"50%", Share(0.5), ""},
		{"7%", Share(0.07), ""},
		{"100%", Share(1), ""},
		{"0%", Share(0), ""},
		{"33.3333%", Share(0.333333), ""},

		{"5", CountOrShare{Count: 5}, ""},
		{"50%", CountOrShare{Share: 0.5}, ""},
		{"100", CountOrTime{Count: 100}, ""},
		{"1000000", CountOrTime{Count: 1_000_000}, ""},
		{"10s", CountOrTime{Time: 10 * time.Second}, ""},
		{"1m30s", CountOrTime{Time: 90 * time.Second}, ""},
	} {
		if c.print == "" {
			c.print = c.text
		}
		into := reflect.New(reflect.TypeOf(c.means))
		if err := into.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(c.text)); err != nil {
			t.Errorf("%T %q: %v", c.means, c.text, err)
			continue
		}
		if got := into.Elem().Interface(); got != c.means {
			t.Errorf("%T %q: %v", c.means, c.text, got)
		}
		if got := printed(t, c.means); got != c.print {
			t.Errorf("%T %q prints %q instead of %q", c.means, c.text, got, c.print)
		}
	}
}

func printed(t interface{ Fatal(...any) }, v any) string {
	text, err := v.(encoding.TextMarshaler).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []parseCase{
		{"200", new(Rate), "write it as 200/s"},
		{"", new(Rate), "write it as 200/s"},
		{"200/d", new(Rate), `per "d" is none of s, m, h`},
		{"-1/s", new(Rate), `"-1" is not a number of 0 or more`},
		{"x/s", new(Rate), `"x" is not a number`},
		{"Inf/s", new(Rate), `"Inf" is not a number`},
		{"NaN/s", new(Rate), `"NaN" is not a number`},

		{"", new(Bytes), "write it as 64Mi"},
		{"64Mb", new(Bytes), "write it as 64Mi"},
		{"Mi", new(Bytes), "write it as 64Mi"},
		{"-1", new(Bytes), "write it as 64Mi"},
		{"1e30", new(Bytes), "write it as 64Mi"},
		{"9000000Ti", new(Bytes), "write it as 64Mi"},

		{"", new(CPU), "write it as 0.5"},
		{"m", new(CPU), "write it as 0.5"},
		{"-1", new(CPU), "write it as 0.5"},
		{"4097", new(CPU), "write it as 0.5"},
		{"50%", new(CPU), "write it as 0.5"},

		{"50", new(Share), "write it as 0.1%"},
		{"0.5", new(Share), "write it as 0.1%"},
		{"101%", new(Share), "between 0% and 100%"},
		{"-1%", new(Share), "between 0% and 100%"},
		{"%", new(Share), "between 0% and 100%"},

		{"0", new(CountOrShare), "neither a count (5) nor a share (50%)"},
		{"-3", new(CountOrShare), "neither a count"},
		{"2.5", new(CountOrShare), "neither a count"},
		{"120%", new(CountOrShare), "between 0% and 100%"},
		{"0", new(CountOrTime), "neither a count (100) nor a time (10s)"},
		{"0s", new(CountOrTime), "neither a count"},
		{"-1s", new(CountOrTime), "neither a count"},
		{"ten", new(CountOrTime), "neither a count"},
		{"1000001", new(CountOrTime), "at most 1000000 events"},
	} {
		err := c.means.(encoding.TextUnmarshaler).UnmarshalText([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.print) {
			t.Errorf("%T %q: %v", c.means, c.text, err)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", c.text)) {
			t.Errorf("%T: %q does not show what was written", c.means, err)
		}
		if !reflect.ValueOf(c.means).Elem().IsZero() {
			t.Errorf("%T %q is refused and still sets %v", c.means, c.text, reflect.ValueOf(c.means).Elem())
		}
	}
}

// Setting one form clears the other: a value that is decoded over a default is
// the value alone.
func TestEitherOrReplaces(t *testing.T) {
	threshold := CountOrShare{Count: 5}
	if err := threshold.UnmarshalText([]byte("50%")); err != nil || threshold != (CountOrShare{Share: 0.5}) {
		t.Errorf("%+v %v", threshold, err)
	}
	if err := threshold.UnmarshalText([]byte("5")); err != nil || threshold != (CountOrShare{Count: 5}) {
		t.Errorf("%+v %v", threshold, err)
	}
	window := CountOrTime{Count: 100}
	if err := window.UnmarshalText([]byte("10s")); err != nil || window != (CountOrTime{Time: 10 * time.Second}) {
		t.Errorf("%+v %v", window, err)
	}
	if err := window.UnmarshalText([]byte("100")); err != nil || window != (CountOrTime{Count: 100}) {
		t.Errorf("%+v %v", window, err)
	}
}

// What is printed parses to the same again, to the twelve digits that are
// printed, and exactly where all of them fit.
func TestPrintedParses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		again := func(v any, into encoding.TextUnmarshaler) any {
			text := printed(t, v)
			if err := into.UnmarshalText([]byte(text)); err != nil {
				t.Fatalf("%T prints %q: %v", v, text, err)
			}
			return reflect.ValueOf(into).Elem().Interface()
		}
		close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-11*math.Abs(a) }

		if r := Rate(rapid.Float64Range(0, 1e9).Draw(t, "rate")); !close(float64(r), float64(again(r, new(Rate)).(Rate))) {
			t.Fatalf("rate %v", float64(r))
		}
		if s := Share(rapid.Float64Range(0, 1).Draw(t, "share")); !close(float64(s), float64(again(s, new(Share)).(Share))) {
			t.Fatalf("share %v", float64(s))
		}
		var s Share // as a user writes it
		if err := s.UnmarshalText(fmt.Appendf(nil, "%g%%", float64(rapid.IntRange(0, 1_000_000).Draw(t, "parts"))/1e4)); err != nil || again(s, new(Share)) != s {
			t.Fatalf("share %v %v", float64(s), err)
		}
		if c := CPU(rapid.Float64Range(0, 4096).Draw(t, "cpu")); !close(float64(c), float64(again(c, new(CPU)).(CPU))) {
			t.Fatalf("cpu %v", float64(c))
		}
		if b := Bytes(rapid.Int64Range(0, 1<<53).Draw(t, "bytes")); again(b, new(Bytes)) != b {
			t.Fatalf("bytes %d", int64(b))
		}
		if c := (CountOrShare{Count: rapid.IntRange(1, 1e9).Draw(t, "count")}); again(c, new(CountOrShare)) != c {
			t.Fatalf("%+v", c)
		}
		if c := (CountOrTime{Time: time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "time"))}); again(c, new(CountOrTime)) != c {
			t.Fatalf("%+v", c)
		}
	})
}

// The control connection carries units as JSON texts.
func TestJSON(t *testing.T) {
	type all struct {
		R Rate
		B Bytes
		C CPU
		S Share
		N CountOrShare `json:"n,omitzero"`
		T CountOrTime  `json:"t,omitzero"`
	}
	for _, v := range []all{{}, {200, 64 << 20, 0.5, 0.001, CountOrShare{Share: 0.5}, CountOrTime{Count: 100}}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back all
		if err := json.Unmarshal(text, &back); err != nil || back != v {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
	}
}

// Nothing that a user may write makes a parser panic or gives what is no number.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"200/s", "64Mi", "500m", "0.1%", "5", "10s", "1e309/s", "0x1p-2", "1_0", "%", "/", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var r Rate
		var b Bytes
		var c CPU
		var sh Share
		for _, u := range []encoding.TextUnmarshaler{&r, &b, &c, &sh, new(CountOrShare), new(CountOrTime)} {
			_ = u.UnmarshalText([]byte(s))
		}
		if !(r >= 0) || math.IsInf(float64(r), 0) || b < 0 || !(c >= 0 && c <= 4096) || !(sh >= 0 && sh <= 1) {
			t.Errorf("%q: %v %v %v %v", s, float64(r), int64(b), float64(c), float64(sh))
		}
	})
}
