//go:build !linux || !(amd64 || arm64)

package image

// file stands for what only Linux has here.
type file struct{}

func newFile(uint64, func([]byte)) (*file, error) { return nil, errNoFile }

func (*file) copy(*Image, uint64) (*Memory, error) { return nil, errNoFile }
func (*file) read([]byte) error                    { return errNoFile }
func (*file) close() error                         { return nil }

func (*Memory) open(uint64) bool { return false }
func (*Memory) revert() error    { return errNoFile }
func (*Memory) unmap()           {}
