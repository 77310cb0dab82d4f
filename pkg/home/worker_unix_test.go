//go:build unix

package home_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"astrid/pkg/home"
)

// TestMain runs this test binary as a worker when a test started it as one: umasks, limits and users belong to a
// process.
func TestMain(m *testing.M) {
	if task := os.Getenv("ASTRID_TEST_TASK"); task != "" {
		os.Exit(work(task, os.Getenv("ASTRID_TEST_ROOT")))
	}
	os.Exit(m.Run())
}

// work does a task as a user that is not root, if it can become one, so that modes mean something.
func work(task, root string) int {
	if err := dropRoot(filepath.Dir(root)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	h, err := home.At(root)
	if err == nil {
		err = workers[task](h)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func dropRoot(dir string) error {
	const nobody = 65534
	if os.Geteuid() != 0 {
		return nil
	}
	return errors.Join(
		os.Chown(dir, nobody, nobody), os.Chown(filepath.Dir(dir), nobody, nobody), // what testing made is 0700
		syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody),
	)
}

var workers = map[string]func(*home.Home) error{
	"umask 0":    func(h *home.Home) error { return writeUnder(h, 0) },
	"umask 022":  func(h *home.Home) error { return writeUnder(h, 0o022) },
	"umask 0777": func(h *home.Home) error { return writeUnder(h, 0o777) },
	"no space":   failWithoutSpace,
	"read only":  failReadOnly,
}

func writeUnder(h *home.Home, umask int) error {
	syscall.Umask(umask)
	release, err := h.EnvDir(home.DefaultPrincipal()).Lock(context.Background())
	if err != nil {
		return err
	}
	w, err := h.RuntimeKeyFile().Append()
	if err != nil {
		return err
	}
	return errors.Join(w.Close(), h.ContextFile().Write([]byte("content")), release())
}

func failWithoutSpace(h *home.Home) error {
	f := h.ContextFile()
	if err := f.Write([]byte("old")); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 12, Max: 1 << 12}); err != nil {
		return err
	}
	if err := f.Write(bytes.Repeat([]byte("x"), 1<<13)); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("a write over the limit: %w, want EFBIG", err)
	}
	return wantOld(f)
}

func failReadOnly(h *home.Home) error {
	f := h.ContextFile()
	if err := f.Write([]byte("old")); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Dir(f.Path()), 0o500); err != nil {
		return err
	}
	err := f.Write([]byte("new"))
	inPath, ok := errors.AsType[*fs.PathError](err)
	if !ok || !errors.Is(err, fs.ErrPermission) || inPath.Path != f.Path() {
		return fmt.Errorf("a write to a read-only directory: %w", err)
	}
	return errors.Join(wantOld(f), os.Chmod(filepath.Dir(f.Path()), 0o700))
}

// wantOld checks that a failed write left the old content, and no temporary file.
func wantOld(f home.File) error {
	got, err := f.Read(10)
	if err != nil || string(got) != "old" {
		return fmt.Errorf("the old content is %q, %w", got, err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.Path()))
	if err != nil || len(entries) != 1 {
		return fmt.Errorf("left behind: %v, %w", entries, err)
	}
	return nil
}

func TestWorkers(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for task := range workers {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), ".astrid")
			cmd := exec.CommandContext(t.Context(), exe)
			cmd.Env = append(os.Environ(), "ASTRID_TEST_TASK="+task, "ASTRID_TEST_ROOT="+root)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				if e.IsDir() {
					wantMode(t, path, fs.ModeDir|0o700)
				} else {
					wantMode(t, path, 0o600)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
