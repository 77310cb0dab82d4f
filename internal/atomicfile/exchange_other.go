//go:build !linux && !darwin

package atomicfile

import "errors"

func exchange(int, string, int, string) error { return errors.ErrUnsupported }
