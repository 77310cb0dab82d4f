package caplog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"astrid/pkg/home"
)

// KeepDays is how long a file is kept after its day, in days.
const KeepDays = 7

// Writer writes the log of one capsule in the home of one principal, a file for each day in UTC. It opens a
// file when the first line of a day comes, and then removes those that are more than [KeepDays] older. It is
// safe for concurrent use, by several processes too: a line is one write to the end of the file.
type Writer struct {
	home      *home.Home
	principal home.Principal
	capsule   home.CapsuleID
	now       func() time.Time

	mu     sync.Mutex
	file   *os.File // nil: none is open
	day    time.Time
	torn   bool // the file ends within a line
	closed bool
}

// New returns a writer that takes the time of its lines from now. It touches no file yet.
func New(h *home.Home, principal home.Principal, capsule home.CapsuleID, now func() time.Time) *Writer {
	return &Writer{home: h, principal: principal, capsule: capsule, now: now}
}

// WriteLine writes a line, in the format of [Format]. The error is fs.ErrNotExist if the principal has no home,
// which is not made for a log; an *home.UnsafeError if the file or a directory above it must not be used;
// fs.ErrClosed after Close; or one of the file system. A later line may succeed again.
func (w *Writer) WriteLine(level slog.Level, message string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.now().UTC()
	if err := w.open(at.Truncate(24 * time.Hour)); err != nil {
		return err
	}
	line := Format(at, level, w.capsule, message) + "\n"
	if w.torn {
		line = "\n" + line
	}
	n, err := w.file.WriteString(line)
	if n > 0 {
		w.torn = n < len(line)
	}
	if err != nil {
		return fmt.Errorf("write capsule log: %w", err)
	}
	return nil
}

// Close closes the file. The error is fs.ErrClosed if that was done before.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return fs.ErrClosed
	}
	w.closed = true
	return w.closeFile()
}

// open makes the file of a day the one that is open.
func (w *Writer) open(day time.Time) error {
	switch {
	case w.closed:
		return fmt.Errorf("write capsule log: %w", fs.ErrClosed)
	case w.file != nil && w.day.Equal(day):
		return nil
	}
	if err := w.closeFile(); err != nil {
		return fmt.Errorf("close capsule log: %w", err)
	}
	owner := w.home.PrincipalDir(w.principal)
	switch exists, err := owner.Exists(); {
	case err != nil:
		return err
	case !exists:
		return fmt.Errorf("principal %s has no home for a log, %s: %w", w.principal, owner.Path(), fs.ErrNotExist)
	}
	file, err := w.home.LogFile(w.principal, w.capsule, day).Append()
	if err != nil {
		return err
	}
	if w.torn, err = torn(file); err != nil {
		return fmt.Errorf("open capsule log: %w", errors.Join(err, file.Close()))
	}
	w.file, w.day = file, day
	w.prune()
	return nil
}

// torn reports whether a file ends within a line: whoever wrote it was killed, or the disk was full.
func torn(file *os.File) (bool, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], end-1)
	return last[0] != '\n', err
}

func (w *Writer) closeFile() error {
	if w.file == nil {
		return nil
	}
	file := w.file
	w.file, w.torn = nil, false
	return file.Close()
}

// prune removes the files that were kept long enough. Time stamps on disk decide nothing: copying a tree changes them.
// What it cannot remove today it finds again tomorrow, and no line is worth losing over it, so that it does not fail.
func (w *Writer) prune() {
	days, err := w.home.Logs(w.principal, w.capsule)
	if err != nil {
		return
	}
	oldest := w.day.AddDate(0, 0, -KeepDays)
	for _, day := range days {
		if day.Before(oldest) {
			_ = w.home.LogFile(w.principal, w.capsule, day).Remove()
		}
	}
}
