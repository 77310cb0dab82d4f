package component

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"

	"astrid/pkg/component/core"
)

// kept is what compiling a file once leaves in the cache for the next time: that it is valid, what a walk over its code
// found out, and the rewritten core modules, which the engine finds its own code by.
type kept struct {
	walked    map[int]core.Walked // by the offset of the core module in the file
	rewritten []core.Rewritten    // by the module's index in the program
}

// keeper reads and writes the kept of one file. A nil one keeps nothing.
type keeper struct{ path string }

// keptFormat changes with the layout of a kept file, or with what this package rejects.
const keptFormat = 1

// keeper returns the keeper of a file, which what else decides about the outcome is part of: the versions, the limits.
func (r *Runtime) keeper(file []byte) *keeper {
	if r.cache == nil {
		return nil
	}
	c := r.config
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %v %d %d %t\n", keptFormat, core.Version, c.Core, c.Memory, c.Table, c.Exceptions)
	h.Write(file)
	dir := filepath.Join(c.Cache, "component")
	return &keeper{filepath.Join(dir, hex.EncodeToString(h.Sum(nil)))}
}

// keep is what to keep of a component that was compiled anew.
func (c *Component) keep(rewritten []core.Rewritten) *kept {
	k := &kept{walked: map[int]core.Walked{}, rewritten: rewritten}
	for _, m := range c.prog.modules {
		k.walked[m.at] = m.parsed.Walked()
	}
	return k
}

// load returns what was kept, or nil. What is damaged, or could have been written by others, counts as missing.
func (k *keeper) load() *kept {
	if k == nil {
		return nil
	}
	fi, err := os.Lstat(k.path)
	if err != nil || !fi.Mode().IsRegular() || runtime.GOOS != "windows" && fi.Mode().Perm()&0o022 != 0 {
		return nil
	}
	b, err := os.ReadFile(k.path)
	if err != nil {
		return nil
	}
	return decodeKept(b)
}

// save writes what is kept, as far as that works: it is of use only to the next run.
func (k *keeper) save(what *kept) {
	if k == nil {
		return
	}
	dir := filepath.Dir(k.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return
	}
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return
	}
	_, err = f.Write(what.encode())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), k.path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // it is in nobody's way
	}
}

// A kept file is a checksum of what follows it, the modules that were walked, and the rewritten ones. Numbers are
// uvarints.

func (k *kept) encode() []byte {
	var b []byte
	number := func(v uint64) { b = binary.AppendUvarint(b, v) }
	number(uint64(len(k.walked)))
	for at, w := range k.walked {
		number(uint64(at))
		number(uint64(w.Features))
		number(flags(w.ChangesTables, w.UsesData, w.DropsData))
	}
	number(uint64(len(k.rewritten)))
	for _, r := range k.rewritten {
		number(flags(r.Metered, r.Start, r.Leaks))
		number(uint64(len(r.Bytes)))
		b = append(b, r.Bytes...)
	}
	return append(binary.LittleEndian.AppendUint32(nil, checksum(b)), b...)
}

func decodeKept(b []byte) *kept {
	if len(b) < 4 || binary.LittleEndian.Uint32(b) != checksum(b[4:]) {
		return nil
	}
	b = b[4:]
	ok := true
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			ok = false
			return 0
		}
		b = b[n:]
		return v
	}
	k := &kept{walked: map[int]core.Walked{}}
	for range number() {
		at := int(number())
		w := core.Walked{Features: core.Feature(number())}
		w.ChangesTables, w.UsesData, w.DropsData = unflags(number())
		if k.walked[at] = w; !ok {
			return nil
		}
	}
	for range number() {
		var r core.Rewritten
		r.Metered, r.Start, r.Leaks = unflags(number())
		n := number()
		if !ok || n > uint64(len(b)) {
			return nil
		}
		r.Bytes, b = b[:n:n], b[n:]
		k.rewritten = append(k.rewritten, r)
	}
	if !ok || len(b) > 0 {
		return nil
	}
	return k
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func flags(bits ...bool) (v uint64) {
	for i, set := range bits {
		if set {
			v |= 1 << i
		}
	}
	return v
}

func unflags(v uint64) (a, b, c bool) { return v&1 != 0, v&2 != 0, v&4 != 0 }
