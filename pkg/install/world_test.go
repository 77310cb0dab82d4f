package install_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"astrid/internal/redact"
	"astrid/pkg/capsule"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/install"
	"astrid/pkg/registry"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHome(t testing.TB) *home.Home {
	t.Helper()
	h, err := home.At(filepath.Join(t.TempDir(), "astrid"))
	check(t, err)
	return h
}

func capsuleID(t testing.TB, s string) home.CapsuleID {
	t.Helper()
	id, err := home.ParseCapsuleID(s)
	check(t, err)
	return id
}

// fixture returns a file of testdata/capsules.
func fixture(t testing.TB, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "testdata", "capsules"}, parts...)...))
	check(t, err)
	return data
}

// files are the files of a package by their paths.
type files map[string]string

// dir writes the files into a directory of its own.
func (f files) dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func toml(name, version, rest string) string {
	return "[package]\nname = '" + name + "'\nversion = '" + version + "'\n[[component]]\nfile = 'capsule.wasm'\n" + rest
}

// minimal is a package whose code has no lifecycle hooks, and greeter one that has both.
func minimal(t testing.TB, version string) files {
	return files{"Capsule.toml": toml("minimal", version, ""), "capsule.wasm": string(fixture(t, "minimal", "minimal.wasm"))}
}

func greeter(t testing.TB, version string) files {
	return files{"Capsule.toml": toml("greeter", version, ""), "capsule.wasm": string(fixture(t, "greeter", "greeter.wasm"))}
}

// another returns code that does the same and is not the same: with one more custom section.
func another(wasm string) string { return wasm + "\x00\x04\x03new" }

// hooks is a core module whose lifecycle hooks have that body, each as a function of its own.
func hooks(body string) string {
	section := func(id byte, content string) string { return string([]byte{id, byte(len(content))}) + content }
	code := "\x00" + body + "\x0b"
	code = string([]byte{byte(len(code))}) + code
	return "\x00asm\x01\x00\x00\x00" +
		section(1, "\x01\x60\x00\x00") + section(3, "\x02\x00\x00") +
		section(7, "\x02\x0eastrid-install\x00\x00\x0eastrid-upgrade\x00\x01") + section(10, "\x02"+code+code)
}

// logBuffer collects what capsules log.
type logBuffer struct{ bytes.Buffer }

func options(log *logBuffer) install.Options {
	return install.Options{Runtime: capsule.Config{
		Clock: hostsys.SystemClock(), Entropy: rand.Reader, Logger: slog.New(slog.NewTextHandler(log, nil)), Redactor: new(redact.Set),
	}}
}

// put installs the package at path and returns what that said.
func put(t testing.TB, h *home.Home, path string) (install.Installed, error) {
	t.Helper()
	return putWith(t.Context(), h, path, options(new(logBuffer)))
}

func putWith(ctx context.Context, h *home.Home, path string, o install.Options) (done install.Installed, err error) {
	p, err := install.Open(ctx, h, path, "")
	if err != nil {
		return done, err
	}
	done, err = p.Install(ctx, o)
	if cerr := p.Close(); err == nil {
		err = cerr
	}
	return done, err
}

func find(t testing.TB, h *home.Home, id string) registry.Capsule {
	t.Helper()
	c, err := registry.Find(t.Context(), h, capsuleID(t, id))
	check(t, err)
	return c
}

// listing returns what is below a directory, sorted, without our locks and the compile cache.
func listing(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case rel == filepath.Join("var", "cache"):
			return fs.SkipDir
		case !e.IsDir() && e.Name() != ".astrid.lock":
			all = append(all, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// archive makes a .capsule of headers with their contents.
func archive(t testing.TB, write func(*tar.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	write(w)
	check(t, w.Close())
	check(t, zip.Close())
	return out.Bytes()
}

func file(t testing.TB, w *tar.Writer, name, content string) {
	t.Helper()
	entry(t, w, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}, content)
}

func entry(t testing.TB, w *tar.Writer, h tar.Header, content string) {
	t.Helper()
	check(t, w.WriteHeader(&h))
	_, err := w.Write([]byte(content))
	check(t, err)
}

// zipped compresses a tar, and stored only puts it into the form.
func zipped(t testing.TB, data []byte) []byte { return compressed(t, data, gzip.DefaultCompression) }

func stored(t testing.TB, data []byte) []byte { return compressed(t, data, gzip.NoCompression) }

func compressed(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, level)
	check(t, err)
	_, err = zip.Write(data)
	check(t, err)
	check(t, zip.Close())
	return out.Bytes()
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(path, data, 0o644))
	return path
}
