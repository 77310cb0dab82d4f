package atomicfile

import (
	"errors"
	"os"

	"astrid/internal/nofollow"
)

// Exchange lets two entries trade names in one step, durably: at no instant is one of the names free, or are both the
// same entry. Names must be one path component each; links are not followed. The error is errors.ErrUnsupported, and
// nothing is done, where the system or the file system has no such step.
func Exchange(dirA *os.Root, nameA string, dirB *os.Root, nameB string) error {
	for _, name := range []string{nameA, nameB} {
		if err := nofollow.CheckName(name); err != nil {
			return err
		}
	}
	a, err := dirA.Open(".")
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := dirB.Open(".")
	if err != nil {
		return err
	}
	defer b.Close()
	if err := exchange(int(a.Fd()), nameA, int(b.Fd()), nameB); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		return &os.LinkError{Op: "exchange", Old: nameA, New: nameB, Err: err}
	}
	return errors.Join(nofollow.SyncDir(dirA), nofollow.SyncDir(dirB))
}
