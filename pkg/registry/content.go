package registry

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/zeebo/blake3"

	"astrid/pkg/home"
)

// MaxWasm is the largest wasm of a capsule, in bytes.
const MaxWasm = 64 << 20

// Hash returns the BLAKE3 of content in lower-case hex, by which capsules are installed and identified.
func Hash(content []byte) string {
	sum := blake3.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Sum returns the BLAKE3 that a hash is the hex of: one that Hash returned, or one of a Meta, which have been checked.
func Sum(hash string) (sum [32]byte) {
	_, _ = hex.Decode(sum[:], []byte(hash))
	return sum
}

// IntegrityError says that a file is not the one that was installed, or that its meta.json does not say which one was.
type IntegrityError struct {
	Path     string // the file, or the meta.json
	Expected string // BLAKE3, lower-case hex; empty if nothing was noted
	Got      string
}

func (e *IntegrityError) Error() string {
	if e.Expected == "" {
		return e.Path + " does not say which wasm was installed"
	}
	return fmt.Sprintf("%s is not what was installed: expected BLAKE3 %s, got %s", e.Path, e.Expected, e.Got)
}

// Hint says what the operator can do.
func (e *IntegrityError) Hint() string { return "install the capsule again, from where you trust it" }

// MissingError says that a file that was installed is not there any more. It is fs.ErrNotExist.
type MissingError struct {
	Capsule home.CapsuleID
	Path    string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s of capsule %s is missing", e.Path, e.Capsule)
}

// Hint says what the operator can do.
func (e *MissingError) Hint() string { return "install the capsule again" }

// Is makes the error one of a file that does not exist.
func (e *MissingError) Is(target error) bool { return target == fs.ErrNotExist }

// ReadWasm returns the code of an installed capsule, once it is known to be what was installed. The error is an
// *IntegrityError, a *MissingError, or that of reading.
func ReadWasm(ctx context.Context, h *home.Home, c Capsule) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.Meta.WasmHash == "" {
		return nil, &IntegrityError{Path: c.Dir.MetaFile().Path()}
	}
	f := h.WasmFile(Sum(c.Meta.WasmHash))
	wasm, err := f.Read(MaxWasm)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &MissingError{c.ID, f.Path()}
	}
	if err != nil {
		return nil, err
	}
	if got := Hash(wasm); got != c.Meta.WasmHash {
		return nil, &IntegrityError{f.Path(), c.Meta.WasmHash, got}
	}
	return wasm, nil
}

// Content is a file of the content store that a capsule was installed with, as it is now.
type Content struct {
	Name string // "wasm", or "wit/" and the path of the interface in the package
	Path string // where it is, or should be
	Size int64  // in bytes; 0 if it cannot be read
	Hash string // what it was installed as; empty if nothing was noted
	Got  string // what it is; empty if it cannot be read
	Err  error  // an *IntegrityError, a *MissingError, that of reading, or nil
}

// State says whether something that was installed is still that.
type State string

// The states.
const (
	StateOK         State = "ok"
	StateModified   State = "modified"         // Err is an *IntegrityError
	StateMissing    State = "missing wasm"     // or an interface; Err is a *MissingError, or an *IntegrityError that expects nothing
	StateInvalid    State = "invalid manifest" // of a capsule: nothing says what it is
	StateUnreadable State = "unreadable"       // Err is what stands in the way
)

// State returns the state of the content.
func (c Content) State() State {
	if c.Err == nil {
		return StateOK
	}
	if e, ok := errors.AsType[*IntegrityError](c.Err); ok && e.Expected != "" {
		return StateModified
	} else if ok {
		return StateMissing
	}
	if _, ok := errors.AsType[*MissingError](c.Err); ok {
		return StateMissing
	}
	return StateUnreadable
}

// CheckWasm hashes the code of a capsule, of which no more than a piece is in memory at a time. ok is false for a
// capsule that needs none, and the error that of a context that has ended.
func CheckWasm(ctx context.Context, h *home.Home, c Capsule) (content Content, ok bool, err error) {
	if c.Meta.WasmHash == "" {
		if len(c.Manifest.Components) == 0 {
			return Content{}, false, ctx.Err()
		}
		return Content{Name: "wasm", Err: &IntegrityError{Path: c.Dir.MetaFile().Path()}}, true, ctx.Err()
	}
	content, err = check(ctx, c, "wasm", c.Meta.WasmHash, h.WasmFile(Sum(c.Meta.WasmHash)))
	return content, true, err
}

// Check is CheckWasm for everything that a capsule was installed with: its code, and its interfaces by path.
func Check(ctx context.Context, h *home.Home, c Capsule) ([]Content, error) {
	var all []Content
	if wasm, ok, err := CheckWasm(ctx, h, c); err != nil {
		return nil, err
	} else if ok {
		all = append(all, wasm)
	}
	for _, path := range slices.Sorted(maps.Keys(c.Meta.WitFiles)) {
		hash := c.Meta.WitFiles[path]
		wit, err := check(ctx, c, "wit/"+path, hash, h.WitFile(Sum(hash)), h.WitStoreFile(Sum(hash)))
		if err != nil {
			return nil, err
		}
		all = append(all, wit)
	}
	return all, nil
}

// check hashes the first of the files that is there.
func check(ctx context.Context, c Capsule, name, hash string, places ...home.File) (Content, error) {
	content := Content{Name: name, Path: places[0].Path(), Hash: hash, Err: &MissingError{c.ID, places[0].Path()}}
	for _, place := range places {
		if err := ctx.Err(); err != nil {
			return Content{}, err
		}
		if f, err := place.Open(); !errors.Is(err, fs.ErrNotExist) {
			content.Path = place.Path()
			content.read(f, err)
			break
		}
	}
	return content, nil
}

// read hashes a file that was opened, or not, and closes it.
func (c *Content) read(f *os.File, err error) {
	if c.Err = err; err != nil {
		return
	}
	defer f.Close()
	hasher := blake3.New()
	if c.Size, c.Err = io.Copy(hasher, f); c.Err != nil {
		return
	}
	if c.Got = hex.EncodeToString(hasher.Sum(nil)); c.Got != c.Hash {
		c.Err = &IntegrityError{c.Path, c.Hash, c.Got}
	}
}
