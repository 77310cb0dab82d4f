package nofollow

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ReadRegular reads a regular file of an open directory that check lets pass and that has at most limit bytes. It takes
// half the system calls that Open takes, which is what looking at very many files costs. ok is false wherever there is
// something to be said instead, for which Open is to be asked.
func ReadRegular(dir *os.File, name string, limit int64, check func(fs.FileInfo) error) (data []byte, fi fs.FileInfo, ok bool) {
	if CheckName(name) != nil {
		return nil, nil, false
	}
	fd, err := retry(func() (int, error) {
		return syscall.Openat(int(dir.Fd()), name, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, nil, false
	}
	defer func() { _ = syscall.Close(fd) }() // only read from
	info := &fileInfo{name: name}
	if err := syscall.Fstat(fd, &info.stat); err != nil || check(info) != nil || info.Size() > limit {
		return nil, nil, false
	}
	data = make([]byte, info.Size()+1)
	n, err := retry(func() (int, error) { return syscall.Read(fd, data) })
	if err != nil || int64(n) != info.Size() { // it grows or shrinks, or a part of it cannot be read
		clear(data) // which may be part of a secret
		return nil, nil, false
	}
	return data[:n], info, true
}

// retry repeats a system call that a signal interrupts.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// fileInfo is what the system says of a file. os.SameFile knows only its own.
type fileInfo struct {
	name string
	stat syscall.Stat_t
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.stat.Size }
func (i *fileInfo) ModTime() time.Time { return time.Unix(i.stat.Mtim.Unix()) }
func (i *fileInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i *fileInfo) Sys() any           { return &i.stat }

// Mode tells regular files and directories from everything else, which is irregular.
func (i *fileInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.stat.Mode & 0o777)
	switch i.stat.Mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return mode
	case syscall.S_IFDIR:
		return mode | fs.ModeDir
	}
	return mode | fs.ModeIrregular
}
