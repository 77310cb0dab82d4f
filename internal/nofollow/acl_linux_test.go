package nofollow

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// An access control list that lets somebody else in shows in the mode, and is refused.
func TestAccessControlList(t *testing.T) {
	path := t.TempDir()
	file := filepath.Join(path, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const version, owner, user, group, mask, other = 2, 0x01, 0x02, 0x04, 0x10, 0x20
	list := binary.LittleEndian.AppendUint32(nil, version)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{owner, 6, 1<<32 - 1}, {user, 4, 12345}, {group, 0, 1<<32 - 1}, {mask, 4, 1<<32 - 1}, {other, 0, 1<<32 - 1}} {
		list = binary.LittleEndian.AppendUint16(list, e.tag)
		list = binary.LittleEndian.AppendUint16(list, e.perm)
		list = binary.LittleEndian.AppendUint32(list, e.id)
	}
	if err := unix.Setxattr(file, "system.posix_acl_access", list, 0); errors.Is(err, unix.ENOTSUP) {
		t.Skip("this file system has none")
	} else if err != nil {
		t.Fatal(err)
	}
	fi, err := Lstat(openRoot(t, path), "file")
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "a file that somebody else may read", CheckPrivate(fi), "open to group or others")
	f, err := OpenOrCreate(openRoot(t, path), "file", os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fi, err = f.Stat(); err != nil || CheckPrivate(fi) != nil {
		t.Errorf("it stays open to others: %v, %v", fi.Mode(), err)
	}
}
