package lint

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

// Path examines the capsule at path: a directory with a Capsule.toml, or a manifest. The error is that of opening or
// reading the manifest, so that there is nothing to examine.
func Path(path string) (findings []Finding, err error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if fi.IsDir() {
		path = filepath.Join(path, home.ManifestName)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, manifest.MaxSize+1)) // one byte over the limit is enough to be refused
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	// A root, so that neither a name nor a link leads out of the directory.
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return Check(path, text, dir.FS()), nil
}
