package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"astrid/internal/nofollow"
)

// Temporary files are named prefix, 128 random bits, suffix. What has both is never an entry of the tree; a key that another
// program wrote may begin with the prefix alone.
const (
	prefix = ".astrid-"
	suffix = ".tmp"
)

// IsTemp reports whether name is one that Write gives to a file while it is being written. One that stays was
// left by a process that died.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
}

// ErrUnsettled is the error of a write whose last step failed.
var ErrUnsettled = errors.New("the new content is in place, but a loss of power may undo it")

// Write replaces the file of that name in dir with data, mode 0600. Name must be one path component; an entry
// that is there already is replaced, not followed. When Write fails before the new file has its name, the old one
// is untouched and no temporary file stays. If only the last step fails, making the name durable, the new
// content is in place and the error is ErrUnsettled.
func Write(dir *os.Root, name string, data []byte) error {
	return WriteAll(dir, []Content{{name, data}})
}

// Content is what a file is to hold.
type Content struct {
	Name string
	Data []byte
}

// WriteAll is Write for several files. Everything that can run out, space above all, does so before the first of them
// gets its name, and then all old ones are untouched. What is left is to rename: a kill in between leaves some of the
// files old and some new, each of them whole.
func WriteAll(dir *os.Root, contents []Content) error {
	temps := make([]string, 0, len(contents))
	discard := func(err error) error {
		for _, temp := range temps {
			err = errors.Join(err, dir.Remove(temp))
		}
		return err
	}
	for _, c := range contents {
		err := nofollow.CheckName(c.Name)
		if err != nil {
			return discard(err)
		}
		temp, err := writeTemp(dir, c.Data)
		if err != nil {
			return discard(err)
		}
		temps = append(temps, temp)
	}
	for _, c := range contents {
		if err := dir.Rename(temps[0], c.Name); err != nil {
			return discard(err)
		}
		temps = temps[1:]
	}
	if err := nofollow.SyncDir(dir); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsettled, err)
	}
	return nil
}

// writeTemp returns the name of a new file that holds data durably.
func writeTemp(dir *os.Root, data []byte) (name string, err error) {
	f, name, err := createTemp(dir)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", errors.Join(err, dir.Remove(name))
	}
	return name, nil
}

func createTemp(dir *os.Root) (*os.File, string, error) {
	for {
		name := prefix + rand.Text() + suffix
		f, err := nofollow.Create(dir, name, os.O_WRONLY)
		if !errors.Is(err, fs.ErrExist) {
			return f, name, err
		}
	}
}
