package caplog_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"astrid/pkg/caplog"
	"astrid/pkg/home"
)

// place is a home on disk with a clock that tests set.
type place struct {
	t    *testing.T
	home *home.Home
	id   home.CapsuleID
	now  time.Time
}

func newPlace(t *testing.T, principals ...string) *place {
	t.Helper()
	h, err := home.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t, h, capsuleID(t, "my-capsule"), time.Date(2025, 6, 11, 0, 0, 0, 123_000_000, time.UTC)}
	for _, name := range principals {
		dir, err := h.PrincipalDir(p.principal(name)).Ensure()
		if err != nil {
			t.Fatal(err)
		}
		dir.Close()
	}
	return p
}

func (p *place) principal(name string) home.Principal {
	p.t.Helper()
	principal, err := home.ParsePrincipal(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return principal
}

func (p *place) writer(principal string) *caplog.Writer {
	w := caplog.New(p.home, p.principal(principal), p.id, func() time.Time { return p.now })
	p.t.Cleanup(func() {
		if err := w.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			p.t.Error(err)
		}
	})
	return w
}

func (p *place) write(w *caplog.Writer, message string) {
	p.t.Helper()
	if err := w.WriteLine(slog.LevelInfo, message); err != nil {
		p.t.Fatal(err)
	}
}

// dir is the directory of alice's logs.
func (p *place) dir() string {
	return filepath.Join(p.home.Root(), "home", "alice", ".local", "log", "my-capsule")
}

// read returns the content of one of alice's logs.
func (p *place) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir(), name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// plant makes files in the directory of alice's logs.
func (p *place) plant(names ...string) {
	p.t.Helper()
	if err := os.MkdirAll(p.dir(), 0o700); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(p.dir(), name), nil, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *place) names() []string {
	p.t.Helper()
	entries, err := os.ReadDir(p.dir())
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWriterAppends(t *testing.T) {
	p := newPlace(t, "alice")
	p.plant("2025-06-11.log")
	w := p.writer("alice")
	p.write(w, "one")
	p.now = p.now.Add(time.Second)
	if err := w.WriteLine(slog.LevelError, "two\nthree"); err != nil {
		t.Fatal(err)
	}
	p.write(p.writer("alice"), "from another writer")

	want := "1749600000.123 INFO [my-capsule] one\n" +
		`1749600001.123 ERROR [my-capsule] two\nthree` + "\n" +
		"1749600001.123 INFO [my-capsule] from another writer\n"
	if got := p.read("2025-06-11.log"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a run left of a line when it was killed does not take the first line of the next one with it.
func TestWriterAppendsToATornFile(t *testing.T) {
	p := newPlace(t, "alice")
	p.plant("2025-06-11.log")
	if err := os.WriteFile(filepath.Join(p.dir(), "2025-06-11.log"), []byte("1749600000.000 INFO [my-cap"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := p.writer("alice")
	p.write(w, "one")
	p.write(w, "two")
	want := "1749600000.000 INFO [my-cap\n1749600000.123 INFO [my-capsule] one\n1749600000.123 INFO [my-capsule] two\n"
	if got := p.read("2025-06-11.log"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWriterIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	p := newPlace(t, "alice")
	p.write(p.writer("alice"), "x")
	for path := filepath.Join(p.dir(), "2025-06-11.log"); path != p.home.Root(); path = filepath.Dir(path) {
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[fi.IsDir()]; fi.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, fi.Mode().Perm(), want)
		}
	}
}

func TestNothingIsMadeBeforeALineComes(t *testing.T) {
	p := newPlace(t, "alice")
	p.plant("2020-01-01.log")
	if err := p.writer("alice").Close(); err != nil {
		t.Fatal(err)
	}
	if got := p.names(); len(got) != 1 {
		t.Errorf("the directory holds %q", got)
	}
}

func TestA25NoHomeNoLog(t *testing.T) {
	p := newPlace(t)
	w := p.writer("alice")
	if err := w.WriteLine(slog.LevelInfo, "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("WriteLine = %v", err)
	}
	if entries, err := os.ReadDir(p.home.Root()); err != nil || len(entries) != 0 {
		t.Errorf("the root holds %v, %v", entries, err)
	}

	dir, err := p.home.PrincipalDir(p.principal("alice")).Ensure()
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	p.write(w, "now there is a home")
}

func TestWriterRollsOverAtMidnightUTC(t *testing.T) {
	p := newPlace(t, "alice")
	p.now = time.Date(2025, 6, 12, 1, 59, 59, 999_999_999, time.FixedZone("", 2*60*60)) // 23:59 in UTC
	w := p.writer("alice")
	p.write(w, "before")
	p.now = p.now.Add(1)
	p.write(w, "after")
	p.now = p.now.Add(24 * time.Hour)
	p.write(w, "a day later")
	if got, want := p.names(), []string{"2025-06-11.log", "2025-06-12.log", "2025-06-13.log"}; !slices.Equal(got, want) {
		t.Fatalf("the directory holds %q, want %q", got, want)
	}
	for name, want := range map[string]string{"2025-06-11.log": "before", "2025-06-12.log": "after", "2025-06-13.log": "a day later"} {
		if got := p.read(name); !strings.HasSuffix(got, "] "+want+"\n") || strings.Count(got, "\n") != 1 {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

func TestWriterPrunes(t *testing.T) {
	p := newPlace(t, "alice")
	keep := []string{
		"2025-06-04.log", "2025-06-10.log", "2099-01-01.log", // seven days old, younger, and from the future
		"2025-06-03.txt", "2025-06-03.log.gz", "2025-6-3.log", "02025-06-03.log", "2025-02-30.log", "x2025-06-03.log",
		"notes.log", ".log", "2025-06-03", "20250603aa.log",
	}
	p.plant(keep...)
	p.plant("2025-06-03.log", "2024-02-29.log", "1970-01-01.log")
	if err := os.Mkdir(filepath.Join(p.dir(), "2020-01-01.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	keep = append(keep, "2020-01-01.log", "2025-06-11.log")
	slices.Sort(keep)

	w := p.writer("alice")
	p.write(w, "x")
	if got := p.names(); !slices.Equal(got, keep) {
		t.Errorf("the directory holds %q, want %q", got, keep)
	}

	p.now = p.now.Add(24 * time.Hour) // the run goes on, and so does pruning
	p.write(w, "x")
	if got := p.names(); slices.Contains(got, "2025-06-04.log") || !slices.Contains(got, "2025-06-10.log") {
		t.Errorf("a day later the directory holds %q", got)
	}
}

func TestOtherLogsAreNotPruned(t *testing.T) {
	p := newPlace(t, "alice", "bob")
	p.plant("2020-01-01.log")
	p.write(p.writer("bob"), "x")
	if got := p.names(); len(got) != 1 {
		t.Errorf("alice's directory holds %q", got)
	}
}

func TestWriterRefusesLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	for _, where := range []string{"file", "directory", "home"} {
		t.Run(where, func(t *testing.T) {
			p := newPlace(t, "alice")
			elsewhere := t.TempDir()
			target, link := elsewhere, p.dir()
			switch where {
			case "file":
				target, link = filepath.Join(elsewhere, "file"), filepath.Join(p.dir(), "2025-06-11.log")
			case "home":
				link = filepath.Join(p.home.Root(), "home", "alice")
				if err := os.Remove(link); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, link); err != nil {
				t.Fatal(err)
			}
			var refusal *home.UnsafeError
			if err := p.writer("alice").WriteLine(slog.LevelInfo, "x"); !errors.As(err, &refusal) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("WriteLine = %v", err)
			}
			if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) != 0 {
				t.Errorf("beyond the link there is %v, %v", entries, err)
			}
		})
	}
}

func TestWriterAfterClose(t *testing.T) {
	p := newPlace(t, "alice")
	w := p.writer("alice")
	p.write(w, "x")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteLine(slog.LevelInfo, "y"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("WriteLine = %v", err)
	}
	if err := w.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Close = %v", err)
	}
}

func TestWritersTogether(t *testing.T) {
	const writers, each = 8, 50
	p := newPlace(t, "alice")
	shared := p.writer("alice")
	var group sync.WaitGroup
	for i := range writers {
		w := shared
		if i%2 == 0 {
			w = p.writer("alice")
		}
		group.Go(func() {
			for j := range each {
				if err := w.WriteLine(slog.LevelInfo, fmt.Sprintf("%d %d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()

	next := [writers]int{}
	for line := range strings.Lines(p.read("2025-06-11.log")) {
		e, err := caplog.Parse(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var i, j int
		if _, err := fmt.Sscanf(e.Message, "%d %d", &i, &j); err != nil || j != next[i] {
			t.Fatalf("%q follows line %d of its writer, %v", line, next[i]-1, err)
		}
		next[i]++
	}
	for i, n := range next {
		if n != each {
			t.Errorf("writer %d has %d lines", i, n)
		}
	}
}
