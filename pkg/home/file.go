package home

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"astrid/internal/atomicfile"
	"astrid/internal/nofollow"
)

// File is a file of the tree. Files are comparable.
type File struct {
	dir  Dir
	name string
}

// Path returns the absolute path, for messages. Opening it by this path would follow links.
func (f File) Path() string { return filepath.Join(f.dir.Path(), f.name) }

// Dir returns the directory of the file.
func (f File) Dir() Dir { return f.dir }

// Read returns the content, at most limit bytes of it. The error is fs.ErrNotExist, a *TooLargeError, or an
// *UnsafeError if the file is no regular one, belongs to somebody else or can be written by others, or a directory above
// it must not be used.
func (f File) Read(limit int64) ([]byte, error) {
	return f.readAll(limit, nofollow.CheckShared)
}

// ReadPrivate is Read for a file that only its owner may touch: one that belongs to somebody else, has a second
// name, or is open to group or others is an *UnsafeError as well.
func (f File) ReadPrivate(limit int64) ([]byte, error) {
	return f.readAll(limit, nofollow.CheckPrivate)
}

// Open opens the file for reading, for content of which only a part is needed at a time. The errors are those of Read
// but the *TooLargeError.
func (f File) Open() (*os.File, error) {
	dir, err := f.dir.Open()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	file, _, err := f.openIn(dir, nofollow.CheckShared)
	return file, err
}

func (f File) readAll(limit int64, check func(fs.FileInfo) error) ([]byte, error) {
	dir, err := f.dir.Open()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	data, _, err := f.read(dir, limit, check)
	return data, err
}

// openIn opens the file in its open directory. It checks what it opened, not what it looked at.
func (f File) openIn(dir *os.Root, check func(fs.FileInfo) error) (*os.File, fs.FileInfo, error) {
	file, fi, err := nofollow.Open(dir, f.name)
	if err != nil {
		return nil, nil, explain("open", f.Path(), err)
	}
	if err := check(fi); err != nil {
		file.Close()
		return nil, nil, explain("open", f.Path(), err)
	}
	return file, fi, nil
}

// read reads the file in its open directory. It limits the read itself: sizes may change after they were looked at.
func (f File) read(dir *os.Root, limit int64, check func(fs.FileInfo) error) ([]byte, fs.FileInfo, error) {
	file, fi, err := f.openIn(dir, check)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	var data bytes.Buffer
	data.Grow(int(min(fi.Size(), limit) + bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, nil, explain("read", f.Path(), err)
	}
	if n > limit {
		return nil, nil, &TooLargeError{Path: f.Path(), Limit: limit, Size: max(n, fi.Size())}
	}
	return data.Bytes(), fi, nil
}

// Write replaces the content with data: atomically, durably, with mode 0600 and in directories of mode 0700 that
// it creates if need be. At every instant the file holds the old content or the new. A link or anything else
// that is no regular file is an *UnsafeError and stays. A new file or directory whose name some file system would take
// for that of another one is an *AlikeError.
func (f File) Write(data []byte) error {
	dir, err := f.dir.Ensure()
	if err != nil {
		return err
	}
	defer dir.Close()
	return f.dir.write(dir, []Content{{f, data}})
}

// Content is what a file is to hold.
type Content struct {
	File File
	Data []byte
}

// write writes to the open directory.
func (d Dir) write(dir *os.Root, contents []Content) error {
	writes, err := d.prepare(dir, contents)
	if err != nil {
		return err
	}
	err = atomicfile.WriteAll(dir, writes)
	switch {
	case err != nil && len(contents) == 1:
		return explain("write", contents[0].File.Path(), err)
	case err != nil:
		return explain("write", d.Path(), err)
	}
	return nil
}

// prepare returns what is to be written to the open directory, or why it must not be.
func (d Dir) prepare(dir *os.Root, contents []Content) ([]atomicfile.Content, error) {
	var fresh []string
	writes := make([]atomicfile.Content, len(contents))
	for i, c := range contents {
		if c.File.dir != d {
			return nil, &fs.PathError{Op: "write", Path: c.File.Path(), Err: fs.ErrInvalid}
		}
		fi, err := nofollow.Lstat(dir, c.File.name)
		switch {
		case err == nil:
			err = nofollow.CheckRegular(fi)
		case errors.Is(err, fs.ErrNotExist):
			fresh = append(fresh, c.File.name)
			err = nil
		}
		if err != nil {
			return nil, explain("write", c.File.Path(), err)
		}
		writes[i] = atomicfile.Content{Name: c.File.name, Data: c.Data}
	}
	if err := nofollow.CheckNew(dir, fresh...); err != nil {
		return nil, explain("write", contents[0].File.Path(), err) // of which the error names the directory
	}
	return writes, nil
}

// Append opens the file to write at its end, and to read, creating it with mode 0600 if need be. An existing one must be
// ours and have no second name; what others may do with it is taken away.
func (f File) Append() (*os.File, error) {
	dir, err := f.dir.Ensure()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	file, err := nofollow.OpenOrCreate(dir, f.name, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, explain("open", f.Path(), err)
	}
	return file, nil
}

// Remove removes the file, durably. A link is removed itself, not followed; a directory is an *UnsafeError. The
// error is fs.ErrNotExist if nothing is there.
func (f File) Remove() error {
	dir, err := f.dir.Open()
	if err != nil {
		return err
	}
	defer dir.Close()
	return f.removeFrom(dir)
}

func (f File) removeFrom(dir *os.Root) error {
	fi, err := nofollow.Lstat(dir, f.name)
	if err == nil && fi.IsDir() {
		err = nofollow.CheckRegular(fi)
	}
	if err == nil {
		err = dir.Remove(f.name)
	}
	if err == nil {
		err = nofollow.SyncDir(dir)
	}
	if err != nil {
		return explain("remove", f.Path(), err)
	}
	return nil
}

// Exists reports whether anything has the name of the file, be it safe or not.
func (f File) Exists() (bool, error) {
	_, err := f.Stat()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Stat describes whatever has the name of the file, not following a link.
func (f File) Stat() (fs.FileInfo, error) {
	dir, err := f.dir.Open()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return f.stat(dir)
}

func (f File) stat(dir *os.Root) (fs.FileInfo, error) {
	fi, err := nofollow.Lstat(dir, f.name)
	if err != nil {
		return nil, explain("stat", f.Path(), err)
	}
	return fi, nil
}

// CheckPrivate returns the *UnsafeError for which ReadPrivate would refuse what Stat described, or nil.
func (f File) CheckPrivate(fi fs.FileInfo) error {
	if err := nofollow.CheckPrivate(fi); err != nil {
		return explain("stat", f.Path(), err)
	}
	return nil
}
