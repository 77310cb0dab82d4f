package home

import (
	"errors"
	"io/fs"
)

// Cause is an error of the file system without the path, for a message that has it.
func Cause(err error) error {
	if inPath, ok := errors.AsType[*fs.PathError](err); ok {
		return inPath.Err
	}
	return err
}
