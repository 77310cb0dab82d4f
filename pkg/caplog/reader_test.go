package caplog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"astrid/pkg/caplog"
	"astrid/pkg/home"
)

// file writes a file of a log of alice's.
func (p *place) file(capsule, name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.home.Root(), "home", "alice", ".local", "log", capsule, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// add adds to a file.
func (p *place) add(path, text string) {
	p.t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
}

func capsules(t *testing.T, ids ...string) []home.CapsuleID {
	var out []home.CapsuleID
	for _, id := range ids {
		out = append(out, capsuleID(t, id))
	}
	return out
}

// all are the lines of every level.
var all = caplog.Query{Level: caplog.LevelTrace}

func (p *place) readAll(q caplog.Query, ids ...string) []string {
	p.t.Helper()
	var got []string
	err := caplog.NewReader(p.home, p.principal("alice"), q, capsules(p.t, ids...)...).Read(p.t.Context(), func(l caplog.Line) error {
		got = append(got, short(l))
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// short says what a line is: capsule and message, and ! before one that is no log line.
func short(l caplog.Line) string {
	if l.Err != nil {
		return "!" + l.Capsule.String() + " " + l.Message
	}
	return l.Capsule.String() + " " + l.Message
}

func lines(at int, capsule string, messages ...string) string {
	var b strings.Builder
	for i, m := range messages {
		fmt.Fprintf(&b, "%d.000 INFO [%s] %s\n", at+i, capsule, m)
	}
	return b.String()
}

const (
	day1 = 1749600000 // 2025-06-11
	day2 = day1 + 86400
)

func TestRead(t *testing.T) {
	p := newPlace(t, "alice")
	p.file("b", "2025-06-11.log", lines(day1, "b", "one", "two"))
	p.file("b", "2025-06-12.log", lines(day2, "b", "three"))
	p.file("a", "2025-06-11.log", lines(day1+1, "a", "in between"))
	p.file("b", "notes.txt", "no log\n")
	tests := []struct {
		name  string
		query caplog.Query
		ids   []string
		want  []string
	}{
		{"all", all, nil, []string{"b one", "a in between", "b two", "b three"}},
		{"one capsule", all, []string{"b"}, []string{"b one", "b two", "b three"}},
		{"none", all, []string{"c"}, nil},
		{"last", caplog.Query{Level: caplog.LevelTrace, Last: 2}, nil, []string{"b two", "b three"}},
		{"more than there are", caplog.Query{Level: caplog.LevelTrace, Last: 9}, []string{"b"}, []string{"b one", "b two", "b three"}},
		{"since", caplog.Query{Level: caplog.LevelTrace, Since: time.Unix(day1+1, 0)}, nil, []string{"a in between", "b two", "b three"}},
		{"since another day", caplog.Query{Level: caplog.LevelTrace, Since: time.Unix(day2, 0)}, nil, []string{"b three"}},
		{"level", caplog.Query{Level: slog.LevelWarn}, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := p.readAll(test.query, test.ids...); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReadOthersLines(t *testing.T) {
	p := newPlace(t, "alice")
	// As the Rust runtime may leave it: a message of three lines, one of them in colour, and a crash.
	p.file("my-capsule", "2025-06-11.log", "orphan\n"+
		lines(day1, "my-capsule", "first")+"second \x1b[31mline\nthird\n"+
		fmt.Sprintf("%d.000 ERROR [my-capsule] bad\n more\n", day1+1)+
		fmt.Sprintf("%d.000 INFO [my-cap", day1+2))
	want := []string{
		"!my-capsule orphan", "my-capsule first", `!my-capsule second \x1b[31mline`, "!my-capsule third",
		"my-capsule bad", "!my-capsule  more", fmt.Sprintf("!my-capsule %d.000 INFO [my-cap", day1+2),
	}
	if got := p.readAll(all, "my-capsule"); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := p.readAll(caplog.Query{Level: slog.LevelError}); !slices.Equal(got, want[4:]) {
		t.Errorf("errors: %q", got)
	}
	if got := p.readAll(caplog.Query{Level: caplog.LevelTrace, Since: time.Unix(day1+1, 0)}); !slices.Equal(got, want[4:]) {
		t.Errorf("since: %q", got)
	}
	if got := p.readAll(caplog.Query{Level: caplog.LevelTrace, Last: 3}); !slices.Equal(got, want[4:]) {
		t.Errorf("last: %q", got)
	}
	// Lines that belong together stay together, whatever another capsule says at the same time.
	p.file("a", "2025-06-11.log", lines(day1, "a", "meanwhile", "meanwhile too"))
	if got := p.readAll(all); !slices.Equal(got, []string{
		want[0], "a meanwhile", want[1], want[2], want[3], "a meanwhile too", want[4], want[5], want[6],
	}) {
		t.Errorf("together: %q", got)
	}
}

func TestReadLongLine(t *testing.T) {
	p := newPlace(t, "alice")
	p.file("my-capsule", "2025-06-11.log", lines(day1, "my-capsule", strings.Repeat("x", 1<<20), "next"))
	got := p.readAll(all)
	if len(got) != 2 || len(got[0]) > caplog.MaxMessage+20 || !strings.HasSuffix(got[0], " [cut]") || got[1] != "my-capsule next" {
		t.Errorf("%d lines, the first of %d bytes", len(got), len(got[0]))
	}
}

var errDone = errors.New("done")

// follow follows alice's logs. Each of the steps is done when there is nothing new, and nothing more is done after the
// last.
func (p *place) follow(q caplog.Query, ids []string, steps ...func()) []string {
	p.t.Helper()
	var got []string
	wait := func(context.Context) error {
		if len(steps) == 0 {
			return errDone
		}
		got = append(got, "|")
		steps[0]()
		steps = steps[1:]
		return nil
	}
	r := caplog.NewReader(p.home, p.principal("alice"), q, capsules(p.t, ids...)...)
	err := r.Follow(p.t.Context(), wait, func(l caplog.Line) error {
		got = append(got, short(l))
		return nil
	})
	if !errors.Is(err, errDone) {
		p.t.Fatal(err)
	}
	return got
}

func TestFollow(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be replaced or removed")
	}
	p := newPlace(t, "alice")
	path := p.file("b", "2025-06-11.log", lines(day1, "b", "one", "two"))
	torn := fmt.Sprintf("%d.000 INFO [b] thr", day1+2)
	got := p.follow(caplog.Query{Level: caplog.LevelTrace, Last: 1}, nil,
		func() {},
		func() { p.add(path, torn) },
		func() { p.add(path, "ee\n") },
		func() { // over midnight, with a line that was still under way
			p.add(path, fmt.Sprintf("%d.000 INFO [b] four\n", day2-1))
			path = p.file("b", "2025-06-12.log", lines(day2, "b", "five"))
		},
		func() { p.add(path, lines(day2+1, "b", "six")+"torn by a crash") },
		func() { path = p.file("b", "2025-06-13.log", lines(day2+86400, "b", "seven")) },
		func() { p.file("a", "2025-06-13.log", lines(day2+86401, "a", "of another")) },
		func() { // replaced
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		func() { path = p.file("b", "2025-06-13.log", lines(day2+86402, "b", "eight")) },
		func() { // emptied
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		func() { p.add(path, lines(day2+86403, "b", "nine")) },
	)
	want := "b two,|,|,|,b three,|,b four,b five,|,b six,|,!b torn by a crash,b seven,|,a of another,|,|,b eight,|,|,b nine"
	if s := strings.Join(got, ","); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// TestFollowNothing follows a log that is not there yet, for a principal who has no home yet.
func TestFollowNothing(t *testing.T) {
	p := newPlace(t)
	got := p.follow(caplog.Query{Level: slog.LevelInfo}, []string{"my-capsule"},
		func() { p.file("another", "2025-06-11.log", lines(day1, "another", "not asked for")) },
		func() { p.file("my-capsule", "2025-06-11.log", lines(day1, "my-capsule", "hello")) })
	if s := strings.Join(got, ","); s != "|,|,my-capsule hello" {
		t.Errorf("got %s", s)
	}
}

// TestFollowWriter follows what a writer writes.
func TestFollowWriter(t *testing.T) {
	p := newPlace(t, "alice")
	w := p.writer("alice")
	got := p.follow(all, nil,
		func() { p.write(w, "one") },
		func() { p.now = p.now.AddDate(0, 0, 1); p.write(w, "two\nlines") })
	if s := strings.Join(got, ","); s != `|,my-capsule one,|,my-capsule two\nlines` {
		t.Errorf("got %s", s)
	}
}

func TestReadEnds(t *testing.T) {
	p := newPlace(t, "alice")
	p.file("my-capsule", "2025-06-11.log", lines(day1, "my-capsule", "one", "two"))
	r := caplog.NewReader(p.home, p.principal("alice"), all)
	if err := r.Read(t.Context(), func(caplog.Line) error { return errDone }); !errors.Is(err, errDone) {
		t.Errorf("yield: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := r.Follow(ctx, nil, func(caplog.Line) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Symlink("/dev/zero", filepath.Join(p.dir(), "2025-06-12.log")); err != nil {
		t.Fatal(err)
	}
	err = r.Read(t.Context(), func(caplog.Line) error { return nil })
	if _, ok := errors.AsType[*home.UnsafeError](err); !ok {
		t.Errorf("a link: %v", err)
	}
}
