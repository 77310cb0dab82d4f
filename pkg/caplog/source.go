package caplog

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"astrid/pkg/home"
)

// source reads the log of one capsule, day by day, and line by line as they are written.
type source struct {
	home      *home.Home
	principal home.Principal
	capsule   home.CapsuleID
	query     Query

	file    *os.File // nil: none is open
	lines   *lineReader
	day     time.Time // of the file that is or was open
	ended   bool      // the next day has begun, so that nothing follows in the file
	last    time.Time // of the last log line
	matched bool      // whether that one was asked for: a line that is none goes with the one before it
}

// next returns the next line that is asked for. The error is io.EOF where there is none; then a later call may find
// one. At the end of the newest file, part of a line is returned as a line unless more of it may follow.
func (s *source) next(more bool) (Line, error) {
	for {
		raw, err := s.raw(more)
		if err != nil {
			return Line{}, err
		}
		line := read(raw, s.capsule, s.last)
		if line.Err == nil {
			s.last = line.Time
			s.matched = !line.Time.Before(s.query.Since) && line.Level >= s.query.Level
		}
		if s.matched {
			return line, nil
		}
	}
}

// raw returns the next line, whatever it is.
func (s *source) raw(more bool) (string, error) {
	for {
		if s.file == nil {
			if err := s.open(); err != nil {
				return "", err
			}
		}
		line, err := s.lines.next()
		if !errors.Is(err, io.EOF) {
			return line, err
		}
		if !s.ended {
			if s.ended, err = s.over(); err != nil {
				return "", err
			}
			if s.ended {
				continue // what was written before the next file began
			}
			if more {
				return "", io.EOF
			}
		}
		torn, ok := s.lines.rest()
		if s.ended {
			s.close()
		}
		switch {
		case ok:
			return torn, nil
		case s.file != nil:
			return "", io.EOF
		}
	}
}

// open opens the file of the first day after the last one, among those that are asked for. The error is io.EOF if
// there is none.
func (s *source) open() error {
	days, err := s.home.Logs(s.principal, s.capsule)
	if err != nil {
		return err
	}
	for _, day := range days {
		if !day.After(s.day) || day.Before(s.query.Since.UTC().Truncate(24*time.Hour)) {
			continue
		}
		file, err := s.home.LogFile(s.principal, s.capsule, day).Open()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was pruned
		}
		if err != nil {
			return err
		}
		s.file, s.day, s.ended, s.lines = file, day, false, newLineReader(file)
		// Lines belong together within a file. What comes before its first one is as good as asked for, unless only
		// some lines are.
		s.last, s.matched = time.Time{}, s.query.Since.IsZero() && s.query.Level <= LevelTrace
		return nil
	}
	return io.EOF
}

// over reports whether nothing is written any more to the file that is open, because there is one of a later day, or
// another one in its place.
func (s *source) over() (bool, error) {
	days, err := s.home.Logs(s.principal, s.capsule)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(days, s.day.Before) {
		return true, nil
	}
	open, err := s.file.Stat()
	if err != nil {
		return false, err
	}
	now, err := s.home.LogFile(s.principal, s.capsule, s.day).Stat()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil // somebody removed it; what writes to it may still do so
	case err != nil:
		return false, err
	case !os.SameFile(open, now):
		s.day = s.day.Add(-1) // its place is looked at again
		return true, nil
	}
	at, err := s.file.Seek(0, io.SeekCurrent)
	if err == nil && at > open.Size() { // somebody emptied it
		s.lines.rest()
		_, err = s.file.Seek(0, io.SeekStart)
	}
	return false, err
}

func (s *source) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// skip goes to the last days that have n lines that are asked for, so that not all of a long log is kept to show its
// end.
func (s *source) skip(n int) error {
	days, err := s.home.Logs(s.principal, s.capsule)
	if err != nil {
		return err
	}
	for _, day := range slices.Backward(days) {
		if day.Before(s.query.Since.UTC().Truncate(24 * time.Hour)) {
			return nil
		}
		one := &source{home: s.home, principal: s.principal, capsule: s.capsule, query: s.query, day: day.Add(-1)}
		for n > 0 {
			_, err := one.next(false)
			if errors.Is(err, io.EOF) || err == nil && !one.day.Equal(day) {
				break
			}
			if err != nil {
				one.close()
				return err
			}
			n--
		}
		one.close()
		if n == 0 {
			s.day = day.Add(-1)
			return nil
		}
	}
	return nil
}
