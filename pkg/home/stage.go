package home

import (
	"crypto/rand"
	"errors"
	"io/fs"
)

// Stage is a directory of its own in which a capsule is put together, or taken apart, out of sight of whoever reads the
// tree. Who works in it holds its lock ([Dir.Lock]); one that nobody has locked was left by a process that died.
// Stages are made and looked for under the lock of [Home.InstallDir].
type Stage struct{ Dir }

// InstallDir holds the stages.
func (h *Home) InstallDir() Dir { return h.dir("var", "install") }

// NewStage names a stage that does not exist.
func (h *Home) NewStage() Stage { return Stage{h.dir("var", "install", rand.Text())} }

// Stages lists the stages that exist. None is no error.
func (h *Home) Stages() ([]Stage, error) {
	entries, err := h.InstallDir().Entries()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var stages []Stage
	for _, e := range entries {
		stages = append(stages, Stage{h.dir("var", "install", e.Name())})
	}
	return stages, nil
}

// Source is what an archive held.
func (s Stage) Source() Dir { return s.home.dir(s.rel, "source") }

// Capsule is what becomes an installed capsule's directory, or was one.
func (s Stage) Capsule() Dir { return s.home.dir(s.rel, "capsule") }
