package gateway

import "strconv"

// Boundary parts the answers of an aggregate. As each says how long it is, it
// may well be part of one.
const Boundary = "windtunnel-part"

// JoinedType is the Content-Type of an aggregate's answer: one part for each
// operation, in the order of the route (RFC 2046, 5.1.3).
const JoinedType = "multipart/mixed; boundary=" + Boundary

// Answer is what a part of an aggregate was answered.
type Answer struct {
	Call   string
	Status int
	Type   string // its Content-Type; "": it has none
	Body   []byte // of a part that failed: none
}

// Join makes one answer of several.
func Join(answers []Answer) []byte {
	var out []byte
	for _, a := range answers {
		out = append(appendHead(out, a.Call, a.Status, a.Type, int64(len(a.Body))), a.Body...)
		out = append(out, "\r\n"...)
	}
	return append(out, "--"+Boundary+"--\r\n"...)
}

// JoinedSize is the length of what Join makes of one more part without a type.
func JoinedSize(call string, status int, body int64) int64 {
	return int64(len(appendHead(nil, call, status, "", body))) + body + 2
}

// JoinedEnd is the length of what Join puts after the last part.
const JoinedEnd = int64(len("--" + Boundary + "--\r\n"))

func appendHead(out []byte, call string, status int, kind string, length int64) []byte {
	out = append(out, "--"+Boundary+"\r\nContent-ID: <"+call+">\r\nStatus: "...)
	out = strconv.AppendInt(out, int64(status), 10)
	if kind != "" {
		out = append(out, "\r\nContent-Type: "+kind...)
	}
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, length, 10)
	return append(out, "\r\n\r\n"...)
}
