package render

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// luminance of a colour #rrggbb (WCAG 2.2, relative luminance).
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	part := func(hex string) float64 {
		v, err := strconv.ParseUint(hex, 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(color[1:3]) + 0.7152*part(color[3:5]) + 0.0722*part(color[5:7])
}

// contrast of two colours, from 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastByHand(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Texts stand out from both grounds by 4.5, and what is drawn by 3.
func TestPaletteContrast(t *testing.T) {
	for name, color := range palette {
		least := 3.0
		switch name {
		case "ground", "raised", "rule":
			continue
		case "ink", "muted", "link", "good", "bad", "doubt":
			least = 4.5
		}
		for _, ground := range []string{"ground", "raised"} {
			if got := contrast(t, color.light, palette[ground].light); got < least {
				t.Errorf("light %s on %s: %.2f, want %v", name, ground, got, least)
			}
			if got := contrast(t, color.dark, palette[ground].dark); got < least {
				t.Errorf("dark %s on %s: %.2f, want %v", name, ground, got, least)
			}
		}
	}
}

// Every colour that the style uses is declared, and in all three settings.
func TestPaletteIsComplete(t *testing.T) {
	css := paletteCSS()
	for name := range palette {
		if n := strings.Count(css, "--"+name+":"); n != 3 {
			t.Errorf("%s is declared %d times", name, n)
		}
	}
	for _, use := range strings.Split(pageStyle, "var(--")[1:] {
		name := use[:strings.IndexAny(use, "),")]
		if _, known := palette[name]; !known && name != "hue" {
			t.Errorf("the style uses %s, which is no colour of the palette", name)
		}
	}
}
