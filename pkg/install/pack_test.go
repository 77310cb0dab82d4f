package install_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"astrid/pkg/install"
	"astrid/pkg/registry"

	"github.com/google/go-cmp/cmp"
)

func pack(t testing.TB, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := install.Pack(t.Context(), dir, &out, nil)
	check(t, err)
	return out.Bytes()
}

// An archive installs to what its directory installs to, and the same files make the same archive, whatever their times
// and modes are and in whatever order they were written.
func TestPack(t *testing.T) {
	package1 := minimal(t, "1.0.0")
	maps.Copy(package1, files{
		"b.txt": "b", "a/z": "z", "a/ü": "ü", "wit/world.wit": "package a:b;", ".env": "SECRET", "other.wasm": "x",
		strings.Repeat("long-directory/", 20) + "x": "x",
	})
	package1["Capsule.toml"] = strings.ReplaceAll(package1["Capsule.toml"], "capsule.wasm", "./build/capsule.wasm")
	package1["build/capsule.wasm"] = package1["capsule.wasm"]
	dir := package1.dir(t)
	first := pack(t, dir)
	again := package1.dir(t)
	for name := range package1 {
		path := filepath.Join(again, name)
		check(t, errors.Join(os.Chmod(path, 0o700), os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0))))
	}
	if !bytes.Equal(first, pack(t, again)) {
		t.Error("the same files make another archive")
	}
	package1["b.txt"] = "c"
	if bytes.Equal(first, pack(t, package1.dir(t))) {
		t.Error("other files make the same archive")
	}
	a, b := newHome(t), newHome(t)
	_, err := put(t, a, dir)
	check(t, err)
	_, err = put(t, b, writeFile(t, "x.capsule", first))
	check(t, err)
	if diff := cmp.Diff(listing(t, a.Root()), listing(t, b.Root())); diff != "" {
		t.Errorf("a directory and its archive install differently: %s", diff)
	}
	if all := strings.Join(listing(t, b.Root()), "\n"); strings.Contains(all, ".env") || !strings.Contains(all, "ü") {
		t.Error(all)
	}
	var out bytes.Buffer
	packed, err := install.Pack(t.Context(), dir, &out, nil)
	if err != nil || packed.WasmHash != registry.Hash([]byte(package1["capsule.wasm"])) || packed.Files != 7 || packed.Manifest.ID().String() != "minimal" {
		t.Errorf("%+v, %v", packed, err)
	}
}

// Harmless files may look like a bomb: what compresses too well is compressed less, and installs.
func TestPackNoBomb(t *testing.T) {
	package1 := minimal(t, "1.0.0")
	package1["zeros"] = string(make([]byte, 3<<20))
	dir := package1.dir(t)
	archive := pack(t, dir)
	if len(archive) > 3<<20/4 {
		t.Errorf("%d bytes", len(archive))
	}
	if !bytes.Equal(archive, pack(t, dir)) {
		t.Error("the same files make another archive")
	}
	_, err := put(t, newHome(t), writeFile(t, "x.capsule", archive))
	check(t, err)
}

// What an archive must not be is not packed: not one byte of it.
func TestPackOnlyWhatInstalls(t *testing.T) {
	for name, test := range map[string]struct {
		change func(files)
		want   string
	}{
		"too many files": {func(f files) {
			for i := range install.MaxEntries - 1 { // with manifest and code one too many
				f[fmt.Sprint("e", i)] = ""
			}
		}, "more than 4096 entries"},
		// Every file system tells this one from the manifest's, and hardly anybody who looks at it does.
		"a twin of the manifest": {func(f files) { f["Capsule\u200b.toml"] = "x" }, "has a name that differs"},
	} {
		t.Run(name, func(t *testing.T) {
			package1 := minimal(t, "1.0.0")
			test.change(package1)
			var out bytes.Buffer
			_, err := install.Pack(t.Context(), package1.dir(t), &out, nil)
			if _, ok := errors.AsType[*install.PackageError](err); !ok || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
				t.Errorf("got %v and %d bytes, want %q", err, out.Len(), test.want)
			}
		})
	}
}

func TestPackErrors(t *testing.T) {
	for name, test := range map[string]struct {
		f    files
		want string
	}{
		"no manifest":  {files{}, "Capsule.toml"},
		"bad manifest": {files{"Capsule.toml": "]"}, "Capsule.toml:1:1"},
		"no code":      {files{"Capsule.toml": toml("x", "1.0.0", "")}, "build it first"},
	} {
		if _, err := install.Pack(t.Context(), test.f.dir(t), new(bytes.Buffer), nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := install.Pack(t.Context(), minimal(t, "1.0.0").dir(t), full{}, nil); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no space")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
