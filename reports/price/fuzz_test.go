package price

import (
	"io/fs"
	"testing"
	"time"
)

// FuzzReadBook: whatever a file holds, it is read or refused, and a book that is
// read prices usage at 0 or more.
func FuzzReadBook(f *testing.F) {
	f.Add([]byte(someBook))
	names, err := fs.Glob(shipped, "books/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(shipped, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		book, problems := ReadBook("fuzz.yaml", text)
		if len(problems) > 0 {
			return
		}
		s := Settings{own: []*Book{book}, Busy: 0.7}
		s.set(book.For[0], book.Name)
		n := service(0.3, 300*mi, 2, hour)
		n.Kind, n.Requests, n.Bytes, n.Messages = book.For[0], 1000, 1e6, 1000
		n.Function = function(300*mi, 1000, 7*time.Millisecond).Function
		a, err := NewArchitecture("a", &Usage{Requests: 1000, Length: hour, Nodes: []Node{n}}, &s)
		if err != nil {
			t.Fatal(err)
		}
		if c := a.Cost(Traffic{Rate: 3}); c.Run.Total.Sign() < 0 || c.Month.Total.Sign() < 0 || book.Text() == "" {
			t.Fatalf("it costs %s, a month %s", c.Run.Total, c.Month.Total)
		}
		a.MeetWith(a, Whole(10))
	})
}
