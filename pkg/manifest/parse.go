package manifest

import (
	"errors"
	"io"
	"os"
)

// RuntimeVersion is the version of the runtime that package.astrid-version is matched against: the one whose
// capsules run here.
const RuntimeVersion = "0.8.0"

// MaxSize is the longest manifest that is read, in bytes.
const MaxSize = 1 << 20

// ReadFile reads and parses the manifest at path. The errors are those of opening and reading, and of Parse.
func ReadFile(path string) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	// One byte over the limit is enough for Parse to refuse; whatever else a device or a pipe has is not read.
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return Parse(path, data)
}
