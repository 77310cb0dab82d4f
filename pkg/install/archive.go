package install

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Bounds on a package: its entries, the bytes of one file and of all, and how many bytes a byte of an archive may
// become, from where on that is looked at.
const (
	MaxEntries = 4096
	MaxFile    = 64 << 20
	MaxBytes   = 256 << 20
	MaxRatio   = 200
	ratioFrom  = 1 << 20
)

// sink takes what an archive holds. Paths are clean, relative, new, and their directories were made before.
type sink interface {
	mkdir(path string) error
	create(path string) (io.WriteCloser, error)
}

// unpack reads an archive to its end and gives its content to a sink, entry by entry. file is its name for messages. The
// error is a *PackageError, that of the sink, or that of a context that has ended.
func unpack(ctx context.Context, file string, r io.Reader, into sink) error {
	u := &unpacker{file: file, into: into, names: newNames(), made: map[string]bool{}}
	in := &counter{r: r}
	whole := bufio.NewReader(in) // gzip reads no further than its end from one that gives single bytes
	zip, err := gzip.NewReader(whole)
	if err != nil {
		return u.fail("", "is no gzip file", err)
	}
	zip.Multistream(false)
	stream := &meter{ctx: ctx, r: zip, in: in}
	if err := u.entries(tar.NewReader(stream)); err != nil {
		return err
	}
	// The padding of the tar, which also makes gzip check its sum.
	if err := onlyZeros(stream); err != nil {
		return u.fail("", "has data after the end of the archive", err)
	}
	if _, err := whole.ReadByte(); !errors.Is(err, io.EOF) {
		return u.fail("", "has data after the end of the archive", err)
	}
	return nil
}

type unpacker struct {
	file  string
	into  sink
	names names
	made  map[string]bool // directories that the sink has
	bytes int64
}

// fail makes the error for an entry. What reading ran into says more than the reason.
func (u *unpacker) fail(entry, reason string, err error) error {
	if err != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	if b, ok := errors.AsType[*bombError](err); ok {
		reason = b.reason
	} else if err != nil && !errors.Is(err, errNotZero) {
		reason += ": " + err.Error()
	}
	return &PackageError{u.file, entry, reason, err}
}

func (u *unpacker) entries(t *tar.Reader) error {
	for n := 1; ; n++ {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return u.fail("", fmt.Sprintf("cannot be read at entry %d", n), err)
		case n > MaxEntries:
			return u.fail("", fmt.Sprintf("has more than %d entries", MaxEntries), nil)
		}
		if err := u.entry(t, h); err != nil {
			return err
		}
	}
}

func (u *unpacker) entry(t *tar.Reader, h *tar.Header) error {
	if reason := checkHeader(h); reason != "" {
		return u.fail(h.Name, reason, nil)
	}
	dir := h.Typeflag == tar.TypeDir
	path := strings.TrimPrefix(h.Name, "./")
	if dir {
		if path = strings.TrimSuffix(path, "/"); path == "" || path == "." {
			return nil // the root, which tar . begins with
		}
	}
	reason := checkPath(path)
	if reason == "" {
		reason = u.names.add(path, dir)
	}
	if reason != "" {
		return u.fail(h.Name, reason, nil)
	}
	if dir {
		return u.mkdir(path)
	}
	if u.bytes += h.Size; u.bytes > MaxBytes {
		return u.fail(h.Name, fmt.Sprintf("brings the package to more than %d bytes", MaxBytes), nil)
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		if err := u.mkdir(path[:i]); err != nil {
			return err
		}
	}
	return u.write(t, h, path)
}

// checkHeader returns why an entry is refused for what it is, or "".
func checkHeader(h *tar.Header) string {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeSymlink:
		return "is a symbolic link"
	case tar.TypeLink:
		return "is a hard link"
	case tar.TypeChar, tar.TypeBlock:
		return "is a device"
	case tar.TypeFifo:
		return "is a named pipe"
	case tar.TypeGNUSparse:
		return "is a sparse file"
	default:
		return fmt.Sprintf("is of the type %q, which no package needs", h.Typeflag)
	}
	for record := range h.PAXRecords {
		switch {
		case strings.HasPrefix(record, "GNU.sparse."):
			return "is a sparse file"
		case record == "size":
			return "gives its size twice" // readers disagree on which counts
		}
	}
	switch {
	case h.Mode&0o6000 != 0:
		return "has a set-id bit"
	case h.Typeflag == tar.TypeDir && h.Size != 0:
		return "is a directory with content"
	case h.Size > MaxFile:
		return fmt.Sprintf("is larger than %d bytes", MaxFile)
	}
	return ""
}

// mkdir makes a directory and those above it, each once.
func (u *unpacker) mkdir(path string) error {
	if u.made[path] {
		return nil
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		if err := u.mkdir(path[:i]); err != nil {
			return err
		}
	}
	u.made[path] = true
	return u.collision(path, u.into.mkdir(path))
}

func (u *unpacker) write(t *tar.Reader, h *tar.Header, path string) error {
	w, err := u.into.create(path)
	if err != nil {
		return u.collision(path, err)
	}
	_, err = io.Copy(w, readError{t})
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if bad, ok := errors.AsType[*readFailure](err); ok {
		return u.fail(h.Name, "cannot be read", bad.error)
	}
	return err
}

// collision explains that the file system takes two names for one that differ for us.
func (u *unpacker) collision(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return u.fail(path, "has a name that this file system takes for another's", nil)
	}
	return err
}

// readFailure is an error of the archive, and not of where its content goes to.
type readFailure struct{ error }

func (e *readFailure) Unwrap() error { return e.error }

// readError marks the errors of a reader.
type readError struct{ r io.Reader }

func (r readError) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		err = &readFailure{err}
	}
	return n, err
}

// counter counts what was read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// bombError says that a small archive becomes too much.
type bombError struct{ reason string }

func (e *bombError) Error() string { return e.reason }

// meter bounds what an archive becomes, headers included, and ends with its context.
type meter struct {
	ctx context.Context
	r   io.Reader
	in  *counter
	out int64
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.out += int64(n)
	switch {
	case m.out > MaxBytes+MaxEntries<<11: // headers and padding
		return n, &bombError{fmt.Sprintf("unpacks to more than %d bytes", MaxBytes)}
	case m.out > ratioFrom && m.out > MaxRatio*m.in.n:
		return n, &bombError{fmt.Sprintf("unpacks to more than %d times its size", MaxRatio)}
	}
	return n, err
}

var errNotZero = errors.New("not zero")

func onlyZeros(r io.Reader) error {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		for _, b := range buf[:n] {
			if b != 0 {
				return errNotZero
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
