package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"astrid/internal/envfile"
	"astrid/pkg/config"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/store"
)

// source is a file of keys and values: one that is named, or stdin for none and for "-".
type source struct{ file string }

// sourceArg returns the source that the argument after the capsule names, if there is one.
func sourceArg(args []string) source {
	if len(args) > 1 && args[1] != "-" {
		return source{args[1]}
	}
	return source{}
}

func (s source) String() string {
	if s.file == "" {
		return "stdin"
	}
	return s.file
}

// pairs reads the source. A terminal is not read: nobody would know what it waits for.
func (a *app) pairs(s source) ([]envfile.Pair, error) {
	in := a.io.In
	switch {
	case s.file != "":
		f, err := os.Open(s.file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	case a.io.IsInTTY():
		return nil, withHint(usagef("stdin is a terminal"), "name a file, or pipe one: a .env file, or a JSON object")
	}
	data, err := io.ReadAll(io.LimitReader(in, envfile.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s, err)
	}
	defer clear(data)
	pairs, err := envfile.Parse(data)
	if err == nil && len(bytes.TrimSpace(data)) == 0 { // whoever was to write it may have failed
		err = &envfile.Error{Line: 1, Reason: "there is nothing in it"}
	}
	return pairs, s.about(err)
}

// about names the source in an error about what is in it.
func (s source) about(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s, err)
}

// at makes of what is wrong with a pair an error about the file. Of the pair it repeats the key, if the manifest declares
// it, and nothing else. Errors of other kinds, about a lock or a disk, stay.
func (s source) at(p envfile.Pair, declared bool, err error) error {
	about := anyOf(as[*home.NameError], as[*config.KeyError], as[*manifest.ValueError], as[*overlay.ValueError], as[*store.InvalidError])
	if err == nil || !about(err) {
		return err
	}
	e := &envfile.Error{Line: p.Line, Reason: err.Error()}
	if declared && as[*store.InvalidError](err) { // the others name it themselves
		e.Key = p.Key
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return withHint(s.about(e), "%s", h.Hint())
	}
	return s.about(e)
}
