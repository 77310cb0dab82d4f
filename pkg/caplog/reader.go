package caplog

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"astrid/pkg/home"
)

// Query says which lines are asked for. A line that is no log line goes with the log line before it.
type Query struct {
	Since time.Time  // not before this time; zero: from the beginning
	Level slog.Level // not below this level; LevelTrace: all
	Last  int        // of those, the last so many; 0: all. It bounds the memory that reading takes
}

// Reader reads the logs of the capsules of one principal, as one log in the order of time. It is not safe for
// concurrent use.
type Reader struct {
	home      *home.Home
	principal home.Principal
	capsules  []home.CapsuleID
	query     Query
	sources   []*source
}

// NewReader returns a reader of the logs of some capsules, or of all that have one if none is given. It touches no
// file yet.
func NewReader(h *home.Home, p home.Principal, q Query, capsules ...home.CapsuleID) *Reader {
	return &Reader{home: h, principal: p, query: q, capsules: capsules}
}

// Close closes the files that are open. The reader begins anew after it.
func (r *Reader) Close() {
	for _, s := range r.sources {
		s.close()
	}
	r.sources = nil
}

// Read calls yield with all lines that there are, and keeps nothing open. It ends early with the error of yield or of
// ctx, an *home.UnsafeError for a file or directory that must not be used, or an error of the file system.
func (r *Reader) Read(ctx context.Context, yield func(Line) error) error {
	defer r.Close()
	return r.history(ctx, yield, false)
}

// Follow is Read that goes on with the lines that are written from then on: to the files that there are, to those of
// the days that begin, and by capsules that have no log yet. It calls wait whenever there is nothing new, to return when it
// is time to look again, and ends only with an error, that of wait among them. A line is yielded when it is whole.
func (r *Reader) Follow(ctx context.Context, wait func(context.Context) error, yield func(Line) error) error {
	defer r.Close()
	if err := r.history(ctx, yield, true); err != nil {
		return err
	}
	for {
		n := 0
		if err := r.join(); err != nil {
			return err
		}
		for _, s := range r.sources {
			err := each(ctx, s, func(l Line) error {
				n++
				return yield(l)
			})
			if err != nil {
				return err
			}
		}
		if n > 0 {
			continue
		}
		if err := wait(ctx); err != nil {
			return err
		}
	}
}

// each yields what a source has that is new.
func each(ctx context.Context, s *source, yield func(Line) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := s.next(true)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := yield(line); err != nil {
			return err
		}
	}
}

// join adds the capsules that are not read yet.
func (r *Reader) join() error {
	capsules := r.capsules
	if len(capsules) == 0 {
		var err error
		if capsules, err = r.home.LogCapsules(r.principal); err != nil {
			return err
		}
	}
	for _, c := range capsules {
		if !slices.ContainsFunc(r.sources, func(s *source) bool { return s.capsule == c }) {
			r.sources = append(r.sources, &source{home: r.home, principal: r.principal, capsule: c, query: r.query})
		}
	}
	return nil
}

// history yields the lines that there are, in the order of time: of several capsules, the earliest next line first.
func (r *Reader) history(ctx context.Context, yield func(Line) error, more bool) error {
	if err := r.join(); err != nil {
		return err
	}
	last := tail{n: r.query.Last, yield: yield}
	var next []head
	for _, s := range r.sources {
		if r.query.Last > 0 {
			if err := s.skip(r.query.Last); err != nil {
				return err
			}
		}
		h := head{source: s}
		if ok, err := h.advance(more); err != nil {
			return err
		} else if ok {
			next = append(next, h)
		}
	}
	for len(next) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		first := 0
		for i := range next {
			if next[i].line.Time.Before(next[first].line.Time) {
				first = i
			}
		}
		// What follows a line without being one stays with it.
		ok, err := next[first].advanceTo(last.add, more)
		if err != nil {
			return err
		}
		if !ok {
			next = slices.Delete(next, first, first+1)
		}
	}
	return last.flush()
}

// head is a source with its next line.
type head struct {
	source *source
	line   Line
}

// advance reads the next line and reports whether there is one.
func (h *head) advance(more bool) (bool, error) {
	var err error
	h.line, err = h.source.next(more)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return err == nil, err
}

// advanceTo passes the line on, and those after it that are no log lines, and reports whether there is another.
func (h *head) advanceTo(add func(Line) error, more bool) (bool, error) {
	for {
		if err := add(h.line); err != nil {
			return false, err
		}
		if ok, err := h.advance(more); !ok || h.line.Err == nil {
			return ok, err
		}
	}
}

// tail passes lines on: all of them, or when no more come the last n.
type tail struct {
	n     int
	yield func(Line) error
	ring  []Line
	next  int // in a ring that is full: the oldest
}

func (t *tail) add(l Line) error {
	switch {
	case t.n == 0:
		return t.yield(l)
	case len(t.ring) < t.n:
		t.ring = append(t.ring, l)
	default:
		t.ring[t.next] = l
		t.next = (t.next + 1) % t.n
	}
	return nil
}

func (t *tail) flush() error {
	for i := range t.ring {
		if err := t.yield(t.ring[(t.next+i)%len(t.ring)]); err != nil {
			return err
		}
	}
	return nil
}
