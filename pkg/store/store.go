package store

import (
	"context"
	"errors"

	"astrid/pkg/home"
)

// Store is the secrets of one home. It holds nothing open and caches nothing: each read sees the last write, of
// whichever process. It may be used by many goroutines and processes at once.
type Store struct{ home *home.Home }

// New returns the secrets of a home, which need not exist.
func New(h *home.Home) *Store { return &Store{h} }

// Get reads a secret from exactly that scope. An empty file is the empty secret and no error. The error is
// fs.ErrNotExist if there is none, and otherwise means that whatever is there must not be used: *home.UnsafeError,
// *home.TooLargeError, *InvalidError, or an I/O error. It creates nothing.
func (s *Store) Get(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) (Secret, error) {
	return get(ctx, home.File.ReadPrivate, s.home.SecretFile(scope, capsule, key))
}

// reader reads a private file, wherever its directory was found.
type reader func(f home.File, limit int64) ([]byte, error)

// readIn reads the files of an open directory.
func readIn(dir *home.Locked) reader {
	return func(f home.File, limit int64) ([]byte, error) {
		data, _, err := dir.ReadPrivate(f, limit)
		return data, err
	}
}

func get(ctx context.Context, read reader, f home.File) (Secret, error) {
	if err := ctx.Err(); err != nil {
		return Secret{}, err
	}
	data, err := read(f, MaxSecret)
	if err != nil {
		return Secret{}, err
	}
	defer clear(data)
	return parseFile(f, data)
}

// parseFile is parse for the content of a file.
func parseFile(f home.File, data []byte) (Secret, error) {
	secret, err := parse(data)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		invalid.Path = f.Path()
	}
	return secret, err
}
