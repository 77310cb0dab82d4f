package manifest

import (
	"errors"
	"io"

	"astrid/internal/regular"
)

// RuntimeVersion is the version of the runtime that package.astrid-version is matched against: the one whose
// capsules run here.
const RuntimeVersion = "0.8.0"

// MaxSize is the longest manifest that is read, in bytes.
const MaxSize = 1 << 20

// ReadFile reads and parses the manifest at path, a regular file. The errors are those of opening and reading, and of Parse.
func ReadFile(path string) (*Manifest, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	// One byte over the limit is enough for Parse to refuse.
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return Parse(path, data)
}
