package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"astrid/pkg/home"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Meta is what the installer wrote down about a capsule, the part of meta.json that something here reads or writes. Any
// field may be empty.
type Meta struct {
	Version     string // of the package
	InstalledAt string // RFC 3339; the first installation, which upgrades keep
	UpdatedAt   string // RFC 3339; the last one
	Source      string // where it was fetched from; empty for a local path
	WasmHash    string // BLAKE3 of the wasm, 64 lower-case hex digits

	// Imports and Exports map namespaces and interfaces to versions, as the manifest has them.
	Imports, Exports map[string]map[string]string
	// WitFiles maps the interfaces that the package holds, by their paths below wit, to their BLAKE3.
	WitFiles map[string]string
}

// record is the form of Meta on disk. What decides nothing is read leniently: later versions of the Rust runtime may
// write it otherwise.
type record struct {
	Version     string         `json:"version"`
	InstalledAt string         `json:"installed_at"`
	UpdatedAt   string         `json:"updated_at"`
	Source      string         `json:"source,omitzero"`
	Imports     jsontext.Value `json:"imports,omitzero"`
	Exports     jsontext.Value `json:"exports,omitzero"`
	WasmHash    string         `json:"wasm_hash,omitzero"`
	WitFiles    jsontext.Value `json:"wit_files,omitzero"`
}

// Encode returns the meta.json that both runtimes read.
func (m Meta) Encode() ([]byte, error) {
	r := record{Version: m.Version, InstalledAt: m.InstalledAt, UpdatedAt: m.UpdatedAt, Source: m.Source, WasmHash: m.WasmHash}
	var errs [3]error
	r.Imports, errs[0] = encodeMap(m.Imports)
	r.Exports, errs[1] = encodeMap(m.Exports)
	r.WitFiles, errs[2] = encodeMap(m.WitFiles)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return json.Marshal(r, jsontext.WithIndent("  "))
}

func encodeMap[V any](m map[string]V) (jsontext.Value, error) {
	if len(m) == 0 {
		return nil, nil
	}
	return json.Marshal(m, json.Deterministic(true))
}

// maxMeta is the longest meta.json that is read, in bytes.
const maxMeta = 1 << 20

// ReadMeta reads a meta.json. One that is not there is as good as empty. What can be read is returned beside an error.
func ReadMeta(file home.File) (Meta, error) {
	return readMeta(file, func() ([]byte, error) { return file.Read(maxMeta) })
}

func readMeta(file home.File, read func() ([]byte, error)) (Meta, error) {
	data, err := read()
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
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return Meta{}, err
	}
	m := Meta{Version: r.Version, InstalledAt: r.InstalledAt, UpdatedAt: r.UpdatedAt, Source: r.Source, WasmHash: r.WasmHash}
	decodeMap(r.Imports, &m.Imports)
	decodeMap(r.Exports, &m.Exports)
	decodeMap(r.WitFiles, &m.WitFiles)
	maps.DeleteFunc(m.WitFiles, func(_, hash string) bool { return !isHash(hash) })
	if m.WasmHash != "" && !isHash(m.WasmHash) {
		m.WasmHash = ""
		return m, errors.New("wasm_hash is not 64 lower-case hex digits")
	}
	return m, nil
}

// decodeMap leaves out what is of another form.
func decodeMap[V any](data jsontext.Value, into *map[string]V) {
	if len(data) == 0 || json.Unmarshal(data, into) != nil {
		*into = nil
	}
}

func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
