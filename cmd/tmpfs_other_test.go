//go:build unix && !linux

package cmd_test

import "errors"

func mountTmpfs(string) error { return errors.ErrUnsupported }

func remountTmpfs(string, bool) error { return errors.ErrUnsupported }

func unmountTmpfs(string) error { return errors.ErrUnsupported }
