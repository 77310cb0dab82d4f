package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"astrid/pkg/home"

	"github.com/go-json-experiment/json"
)

// Meta is what the installer wrote down about a capsule, the part of meta.json that something reads. Any field
// may be empty.
type Meta struct {
	Version     string `json:"version"`
	Source      string `json:"source"`
	InstalledAt string `json:"installed_at"`
	UpdatedAt   string `json:"updated_at"`
	WasmHash    string `json:"wasm_hash"` // BLAKE3 of the wasm, 64 lower-case hex digits
}

// maxMeta is the longest meta.json that is read, in bytes.
const maxMeta = 1 << 20

// readMeta reads a meta.json. One that is not there is as good as empty.
func readMeta(file home.File) (Meta, error) {
	data, err := file.Read(maxMeta)
	if errors.Is(err, fs.ErrNotExist) {
		return Meta{}, nil
	}
	if err != nil {
		return Meta{}, err
	}
	m, err := parseMeta(data)
	if err != nil {
		return m, fmt.Errorf("%s: %w", file.Path(), err)
	}
	return m, nil
}

// parseMeta parses a meta.json. The hash becomes part of a path, so one that is none is dropped, with an error
// beside the rest.
func parseMeta(data []byte) (Meta, error) {
	// Unlike the standard library, this matches names with regard to case and refuses a name given twice, of
	// which the Rust runtime might have read the other.
	var m Meta
	if err := json.Unmarshal(data, &m); err != nil {
		return Meta{}, err
	}
	if m.WasmHash != "" && !isHash(m.WasmHash) {
		m.WasmHash = ""
		return m, errors.New("wasm_hash is not 64 lower-case hex digits")
	}
	return m, nil
}

func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
