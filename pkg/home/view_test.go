package home_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"astrid/pkg/home"

	"github.com/google/go-cmp/cmp"
)

func TestView(t *testing.T) {
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	capsule, err := home.ParseCapsuleID("openai")
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) home.File {
		key, err := home.LookupKey(name)
		if err != nil {
			t.Fatal(err)
		}
		return h.SecretFile(home.HostScope(), capsule, key)
	}
	if _, err := file("a").Dir().View(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of what is not there: %v", err)
	}
	err = errors.Join(file("b").Write([]byte("second")), file("a").Write([]byte("first")))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(file("a").Dir().Path(), ".astrid-LEFT.tmp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := file("a").Dir().View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	names, err := v.Names()
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" || err != nil {
		t.Errorf("Names: %v (-want +got):\n%s", err, diff)
	}
	entries, err := v.Entries()
	if err != nil || len(entries) != 2 || entries[0].Name() != "a" {
		t.Errorf("Entries: %v, %v", entries, err)
	}
	data, fi, err := v.ReadPrivate(file("b"), 100)
	if string(data) != "second" || err != nil || fi.Size() != 6 {
		t.Errorf("ReadPrivate: %q, %v", data, err)
	}
	if _, _, err := v.ReadPrivate(file("b"), 5); !isTooLarge(err) {
		t.Errorf("ReadPrivate over the limit: %v", err)
	}
	if fi, err := v.Stat(file("a")); err != nil || fi.Size() != 5 {
		t.Errorf("Stat: %v, %v", fi, err)
	}
	if _, err := v.Stat(file("c")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat of what is not there: %v", err)
	}
	// A file of another directory would be read from this one.
	if _, err := v.Stat(h.ContextFile()); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Stat of another directory's: %v", err)
	}
	if _, _, err := v.ReadPrivate(h.RuntimeKeyFile(), 1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ReadPrivate of another directory's: %v", err)
	}
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*home.TooLargeError](err)
	return ok
}

// What cannot be written whole is not begun.
func TestLockedWrite(t *testing.T) {
	h, err := home.At(filepath.Join(t.TempDir(), ".astrid"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := h.KeysDir().LockView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Release()
	if err := keys.Write(); err != nil {
		t.Error(err)
	}
	a, b := h.RuntimeKeyFile(), h.DigestKeyFile()
	if err := keys.Write(home.Content{File: a, Data: []byte("1")}, home.Content{File: h.ContextFile()}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("another directory: %v", err)
	}
	if err := keys.Remove(h.ContextFile()); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("removed from another directory: %v", err)
	}
	if err := os.Mkdir(b.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	err = keys.Write(home.Content{File: a, Data: []byte("1")}, home.Content{File: b, Data: []byte("2")})
	if _, ok := errors.AsType[*home.UnsafeError](err); !ok {
		t.Errorf("a directory in the way: %v", err)
	}
	if names, err := keys.Names(); err != nil || len(names) != 1 {
		t.Errorf("after an error there are %v, %v", names, err)
	}
	if err := keys.Write(home.Content{File: a, Data: []byte("1")}); err != nil {
		t.Error(err)
	}
	if err := keys.Remove(a); err != nil {
		t.Error(err)
	}
	if names, err := keys.Names(); err != nil || len(names) != 1 {
		t.Errorf("in the end there are %v, %v", names, err)
	}
}
