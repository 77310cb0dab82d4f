//go:build unix

package caplog

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"astrid/pkg/home"
)

// A line that was written in part, as on a full disk, must not run into the next one.
func TestLineAfterATornOne(t *testing.T) {
	id, err := home.ParseCapsuleID("my-capsule")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2025, 6, 11, 0, 0, 0, 0, time.UTC)
	w := New(nil, home.DefaultPrincipal(), id, func() time.Time { return day })

	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.file, w.day = pipe, day
	read := make(chan error, 1)
	go func() {
		// The line is longer than a pipe holds, so that the writer waits, and fails once nobody can read on.
		_, err := io.ReadFull(r, make([]byte, 10))
		read <- errors.Join(err, r.Close())
	}()
	err = w.WriteLine(slog.LevelInfo, strings.Repeat("x", MaxMessage))
	if !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("WriteLine = %v", err)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}

	if w.file, err = os.Create(t.TempDir() + "/log"); err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"one", "two"} {
		if err := w.WriteLine(slog.LevelInfo, message); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(w.file.Name())
	if want := "\n1749600000.000 INFO [my-capsule] one\n1749600000.000 INFO [my-capsule] two\n"; err != nil || string(got) != want {
		t.Errorf("after a torn line comes %q, %v; want %q", got, err, want)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
