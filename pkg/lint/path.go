package lint

import (
	"io"
	"os"
	"path/filepath"

	"astrid/internal/regular"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

// Path examines the capsule at path: a directory with a Capsule.toml, or a manifest. The error is that of looking for the
// manifest or of reading it, so that there is nothing to examine. One that is no file in the directory is a finding.
func Path(path string) (findings []Finding, err error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if fi.IsDir() {
		path = filepath.Join(path, home.ManifestName)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	// A root, so that neither a name nor a link leads out of the directory.
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := regular.OpenIn(dir, filepath.Base(path))
	if err != nil {
		return []Finding{{Severity: Wrong, Rule: RuleManifest, File: path, Message: "cannot be read: " + home.Cause(err).Error()}}, nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, manifest.MaxSize+1)) // one byte over the limit is enough to be refused
	if err != nil {
		return nil, err
	}
	return Check(path, text, dir.FS()), nil
}
