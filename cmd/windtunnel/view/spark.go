package view

import "windtunnel/cmd/windtunnel/follow"

// levels are the heights of a trend's bars.
var levels = []rune("▁▂▃▄▅▆▇█")

// troubled is from which share of failures on a second is marked.
const troubled = 0.01

// longest is the most seconds that a trend shows: who looks at more looks too long.
const longest = 60

// spark draws the latest seconds of a trend, one a column, against the highest of
// them. A second without any request is empty, one with failures is red.
func spark(points []follow.Point, width int) line {
	points = points[max(0, len(points)-min(width, longest)):]
	most := 0.0
	for _, p := range points {
		most = max(most, p.Rate)
	}
	var l line
	wasTroubled := false
	for _, p := range points {
		one := piece{" ", accent}
		if p.Rate > 0 {
			one.text = string(levels[min(int(p.Rate/most*float64(len(levels))), len(levels)-1)])
		}
		if p.Errors >= troubled {
			one.style = badMark
		}
		if n := len(l); n > 0 && (p.Errors >= troubled) == wasTroubled {
			l[n-1].text += one.text
		} else {
			l = append(l, one)
		}
		wasTroubled = p.Errors >= troubled
	}
	return l
}
