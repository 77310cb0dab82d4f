//go:build amd64 || arm64

package image

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"sync"

	"golang.org/x/sys/unix"
)

// file is a sealed file in memory that holds an image, as long as the image can grow to: what is beyond the image is a
// hole, which takes no memory and reads as zeros.
type file struct {
	*os.File

	// What resetting needs, made at the first one. Those who reset hold mu for reading.
	mu      sync.RWMutex
	view    []byte   // all of the file, for reading
	pagemap *os.File // nil where the kernel does not tell
	closed  bool
}

func newFile(limit uint64, fill func([]byte)) (*file, error) {
	if limit == 0 || limit > math.MaxInt {
		return nil, errNoFile
	}
	fd, err := unix.MemfdCreate("wasm memory", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	f := &file{File: os.NewFile(uintptr(fd), "wasm memory")}
	if err := f.write(limit, fill); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *file) write(limit uint64, fill func([]byte)) error {
	if err := f.Truncate(int64(limit)); err != nil {
		return err
	}
	b, err := f.mmap(int(limit), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	fill(b)
	if err := unix.Munmap(b); err != nil {
		return err
	}
	// Nobody can change it any more, or make it shorter than what is mapped.
	_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	return err
}

func (f *file) mmap(size, prot, flags int) ([]byte, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var b []byte
	cerr := conn.Control(func(fd uintptr) { b, err = unix.Mmap(int(fd), 0, size, prot, flags) })
	return b, errors.Join(cerr, err)
}

func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	errs := []error{f.Close()}
	if f.view != nil {
		errs = append(errs, unix.Munmap(f.view))
		f.view = nil
	}
	if f.pagemap != nil {
		errs = append(errs, f.pagemap.Close())
	}
	return errors.Join(errs...)
}

// look makes what resetting needs. The caller holds mu.
func (f *file) look(limit uint64) error {
	if f.closed {
		return os.ErrClosed
	}
	var err error
	if f.view, err = f.mmap(int(limit), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return err
	}
	if f.pagemap, err = os.Open("/proc/self/pagemap"); err != nil || !f.told() {
		// Then all pages count as written.
		_ = f.pagemap.Close() // of nil, it is an error and nothing else
		f.pagemap = nil
	}
	return nil
}

// told checks with two pages, of which one is written and one is read, that the kernel tells the truth: one that
// emulates the file could answer with zeros, and nothing would ever be reset.
func (f *file) told() bool {
	size := os.Getpagesize()
	if len(f.view) < 2*size {
		return false
	}
	b, err := f.mmap(2*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Munmap(b) }() // it is a mapping
	b[0] = ^b[size]
	entries := make([]byte, 16)
	if err := f.entries(b, entries); err != nil {
		return false
	}
	return private(entries) && !private(entries[8:])
}

// entries reads the kernel's entries for the pages of a mapping.
func (f *file) entries(mapping, into []byte) error {
	first := int64(reflect.ValueOf(mapping).Pointer()) / int64(os.Getpagesize())
	_, err := f.pagemap.ReadAt(into, 8*first)
	return err
}

// private reports whether the page of an entry is no longer the file's.
func private(entry []byte) bool {
	e := binary.LittleEndian.Uint64(entry)
	return e&(pagePresent|pageSwapped) != 0 && e&pageFile == 0
}

func (f *file) read(b []byte) error {
	_, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// copy reserves what the memory can grow to and opens its beginning.
func (f *file) copy(i *Image, size uint64) (*Memory, error) {
	mapping, err := f.mmap(int(i.limit), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	m := &Memory{image: i, mapping: mapping, begun: size}
	if !m.open(size) {
		m.unmap()
		return nil, errors.New("image: the memory cannot be opened")
	}
	return m, nil
}

// open makes the first bytes of the mapping accessible.
func (m *Memory) open(size uint64) bool {
	if size > 0 {
		if err := unix.Mprotect(m.mapping[:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return false
		}
	}
	m.bytes = m.mapping[:size:size]
	return true
}

func (m *Memory) unmap() {
	if m.mapping == nil {
		return
	}
	// It fails for what is not a mapping only.
	_ = unix.Munmap(m.mapping)
	m.mapping = nil
}

// Bits of an entry of /proc/PID/pagemap.
const (
	pageFile    = 1 << 61 // the page is the file's, and not a private one
	pageSwapped = 1 << 62
	pagePresent = 1 << 63
)

// revert copies back the pages that have become private, which the kernel knows. Where it does not tell, all of them
// are copied.
func (m *Memory) revert() error {
	f := m.image.file
	f.mu.RLock()
	for f.view == nil {
		f.mu.RUnlock()
		f.mu.Lock()
		err := f.look(m.image.limit)
		f.mu.Unlock()
		if err != nil {
			return err
		}
		f.mu.RLock()
	}
	defer f.mu.RUnlock()
	size := os.Getpagesize()
	pages := (len(m.bytes) + size - 1) / size
	if m.pagemap == nil {
		m.pagemap = make([]byte, 8*pages)
	}
	if f.pagemap == nil {
		copy(m.bytes, f.view)
		return nil
	}
	if err := f.entries(m.mapping, m.pagemap); err != nil {
		copy(m.bytes, f.view)
		return nil
	}
	for n := range pages {
		if private(m.pagemap[8*n:]) {
			copy(m.bytes[n*size:min((n+1)*size, len(m.bytes))], f.view[n*size:])
		}
	}
	return nil
}
