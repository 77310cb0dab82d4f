package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"astrid/pkg/home"
)

// digestKeySize and digestSize are in bytes.
const (
	digestKeySize = 32
	digestSize    = 6
)

// Digest tells whether two secrets of one home have the same value, and nothing else of it: the first 12 hexadecimal
// digits of its HMAC-SHA-256 under a key of that home. Without the key, which is as private as the secrets, nobody can
// try values out. "" is no digest.
type Digest string

// ParseDigest reads a digest as a list shows it.
func ParseDigest(s string) (Digest, error) {
	if raw, err := hex.DecodeString(s); err != nil || len(raw) != digestSize || hex.EncodeToString(raw) != s {
		return "", fmt.Errorf("a digest is %d lower-case hexadecimal digits", 2*digestSize) // it may be anything and is not repeated
	}
	return Digest(s), nil
}

// Digester makes the digests of one home.
type Digester struct{ key []byte }

// Digester returns what makes the digests of this home, with a new random key if there is none yet. The error is a
// *DigestKeyError, *home.UnsafeError, home.ErrBusy, or an I/O error.
func (s *Store) Digester(ctx context.Context) (*Digester, error) {
	d, err := s.readDigester()
	if !errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	release, err := s.home.KeysDir().Lock(ctx)
	if err != nil {
		return nil, err
	}
	d, err = s.readDigester()
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, digestKeySize)
		rand.Read(key) // never fails
		d, err = &Digester{key}, s.home.DigestKeyFile().Write(key)
	}
	return d, errors.Join(err, release())
}

// CheckDigestKey returns what is wrong with the key for digests, as Digester does; there need be none.
func (s *Store) CheckDigestKey() error {
	_, err := s.readDigester()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Store) readDigester() (*Digester, error) {
	f := s.home.DigestKeyFile()
	key, err := f.ReadPrivate(digestKeySize)
	switch {
	case isType[*home.TooLargeError](err), err == nil && len(key) != digestKeySize:
		return nil, &DigestKeyError{f.Path()}
	case err != nil:
		return nil, err
	}
	return &Digester{key}, nil
}

// Digest returns the digest of a secret.
func (d *Digester) Digest(s Secret) Digest {
	mac := hmac.New(sha256.New, d.key)
	value := s.Reveal()
	defer clear(value)
	mac.Write(value)
	return Digest(hex.EncodeToString(mac.Sum(nil)[:digestSize]))
}

// DigestKeyError reports a key for digests that is none.
type DigestKeyError struct{ Path string }

func (e *DigestKeyError) Error() string {
	return fmt.Sprintf("%s: not a key of %d bytes; remove it: a new one is made, with other digests", e.Path, digestKeySize)
}
