package install_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/install"

	"github.com/google/go-cmp/cmp"
)

// hostile is an archive that is refused, with what the refusal says.
type hostile struct {
	name, want string
	data       []byte
}

// hostileArchives is the corpus: each begins as a sound package does, so that what is refused is what is wrong.
func hostileArchives(t testing.TB) []hostile {
	sound := minimal(t, "1.0.0")
	begin := func(w *tar.Writer) {
		file(t, w, "Capsule.toml", sound["Capsule.toml"])
		file(t, w, "capsule.wasm", sound["capsule.wasm"])
	}
	var all []hostile
	add := func(name, want string, data []byte) { all = append(all, hostile{name, want, data}) }
	// one is a header with a content that the tar package writes.
	one := func(name, want string, h tar.Header, content string) {
		add(name, want, archive(t, func(w *tar.Writer) { begin(w); h.Size = int64(len(content)); entry(t, w, h, content) }))
	}
	named := func(name, want, path string) {
		one(name, want, tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Format: tar.FormatPAX}, "x")
	}
	named("climbing", "climbs with '..'", "../evil")
	named("climbing later", "climbs with '..'", "a/../../evil")
	named("climbing back in", "climbs with '..'", "a/../b")
	named("absolute", "absolute path", "/tmp/evil")
	named("absolute after a dot", "absolute path", ".//tmp/evil")
	named("two slashes", "empty component", "a//b")
	named("a dot", "empty component", "a/./b")
	named("a backslash", "backslash", `a\..\evil`)
	named("a drive", "colon", "C:evil")
	named("a stream", "colon", "file:stream")
	named("a device", "device", "a/CON.txt")
	named("a dot at the end", "ends in a dot", "evil.")
	named("a space at the end", "ends in a dot or a space", "evil /b")
	named("a control character", "control characters", "evil\x1b[2J")
	named("a newline", "control characters", "a\nb")
	named("too long", "too long", strings.Repeat("long/", 300)+"x")
	named("a component too long", "too long", strings.Repeat("x", 256))
	named("too deep", "too deep", strings.Repeat("d/", 40)+"x")
	named("twice", "is there twice", "capsule.wasm")
	named("the same with a dot", "is there twice", "./capsule.wasm")
	named("differing in case", "only in case", "CAPSULE.wasm")
	named("differing in case of what is not ASCII", "only in case", "capſule.wasm") // a long s folds to s
	named("differing in what nobody sees", "nobody sees", "cap\u200bsule.wasm")
	named("differing from the manifest", "only in case", "capsule.toml")
	named("differing from meta.json", "only in case", "META.JSON")
	named("below meta.json", "a file and a directory", "meta.json/x")
	named("below a file", "a file and a directory", "capsule.wasm/x")
	one("a directory in place of a file", "a file and a directory", tar.Header{Typeflag: tar.TypeDir, Name: "capsule.wasm/", Mode: 0o755}, "")
	add("a directory differing in case", "only in case", archive(t, func(w *tar.Writer) {
		begin(w)
		file(t, w, "data/x", "x")
		file(t, w, "DATA/y", "y")
	}))
	add("a directory twice", "is there twice", archive(t, func(w *tar.Writer) {
		begin(w)
		entry(t, w, tar.Header{Typeflag: tar.TypeDir, Name: "data/", Mode: 0o755}, "")
		entry(t, w, tar.Header{Typeflag: tar.TypeDir, Name: "data", Mode: 0o755}, "")
	}))

	one("symbolic link", "symbolic link", tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "Capsule.toml"}, "")
	one("symbolic link out", "symbolic link", tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "/etc/passwd"}, "")
	one("hard link", "hard link", tar.Header{Typeflag: tar.TypeLink, Name: "link", Linkname: "/etc/passwd"}, "")
	one("character device", "a device", tar.Header{Typeflag: tar.TypeChar, Name: "zero", Devmajor: 1, Devminor: 5}, "")
	one("block device", "a device", tar.Header{Typeflag: tar.TypeBlock, Name: "disk", Devmajor: 8}, "")
	one("pipe", "named pipe", tar.Header{Typeflag: tar.TypeFifo, Name: "pipe"}, "")
	one("contiguous file", "of the type '7'", tar.Header{Typeflag: tar.TypeCont, Name: "x", Format: tar.FormatUSTAR}, "")
	one("global header", "of the type 'g'", tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "x", PAXRecords: map[string]string{"path": "Capsule.toml"}}, "")
	one("set-user-id", "set-id bit", tar.Header{Typeflag: tar.TypeReg, Name: "x", Mode: 0o4755}, "x")
	one("set-group-id", "set-id bit", tar.Header{Typeflag: tar.TypeReg, Name: "x", Mode: 0o2755}, "x")
	one("set-group-id of a directory", "set-id bit", tar.Header{Typeflag: tar.TypeDir, Name: "x/", Mode: 0o2755}, "")
	add("a link that is written through", "symbolic link", archive(t, func(w *tar.Writer) {
		begin(w)
		entry(t, w, tar.Header{Typeflag: tar.TypeSymlink, Name: "out", Linkname: "/tmp"}, "")
		file(t, w, "out/evil", "x")
	}))

	plain := func(edit func([]byte) []byte) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		begin(w)
		check(t, w.Flush())
		return zipped(t, edit(out.Bytes()))
	}
	end := string(make([]byte, 1024))
	add("PAX sparse file", "sparse", plain(func(b []byte) []byte {
		return append(b, pax("x", "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=evil", "GNU.sparse.realsize=1000000")+ustar("x", '0', "1\n0\n0\n")+end...)
	}))
	add("GNU sparse file", "sparse", plain(func(b []byte) []byte { return append(b, gnuSparse("x")+end...) }))
	add("size in two places", "size twice", plain(func(b []byte) []byte {
		return append(b, pax("x", "size=1")+ustar("x", '0', "x")+end...)
	}))
	add("a name behind a GNU long name", "climbs", plain(func(b []byte) []byte {
		return append(b, ustar("././@LongLink", 'L', "../evil\x00")+ustar("harmless", '0', "x")+end...)
	}))
	add("a name behind a PAX path", "climbs", plain(func(b []byte) []byte {
		return append(b, pax("x", "path=../evil")+ustar("harmless", '0', "x")+end...)
	}))
	add("a directory with content", "directory with content", plain(func(b []byte) []byte {
		return append(b, ustar("dir/", '5', strings.Repeat("x", 512))+end...)
	}))
	add("a name that is not UTF-8", "UTF-8", plain(func(b []byte) []byte { return append(b, ustar("evil\xff", '0', "x")+end...) }))
	add("a slash at the end of a file", "empty component", plain(func(b []byte) []byte { return append(b, ustar("evil/", '0', "x")...) }))
	add("no header", "cannot be read at entry 3", plain(func(b []byte) []byte { return append(b, strings.Repeat("garbage!", 128)...) }))
	add("a wrong sum", "cannot be read at entry 1", plain(func(b []byte) []byte { b[0] ^= 1; return b }))
	add("cut in a content", "cannot be read", plain(func(b []byte) []byte { return b[:2000] }))
	add("data after the end", "after the end", plain(func(b []byte) []byte { return append(append(b, end...), "hidden"...) }))
	add("an entry after the end", "after the end", plain(func(b []byte) []byte { return append(append(b, end...), ustar("evil", '0', "x")...) }))

	good := archive(t, begin)
	add("bytes after the file", "after the end", append(bytes.Clone(good), 0))
	add("another file after it", "after the end", append(bytes.Clone(good), good...))
	add("cut off", "after the end", good[:len(good)-4])
	add("cut in the middle", "", good[:len(good)/2])
	add("a wrong checksum", "checksum", flip(good, len(good)-5))
	add("empty", "neither a .capsule archive nor a wasm file", nil)
	add("no gzip", "neither a .capsule archive nor a wasm file", []byte("Capsule.toml"))
	add("half a gzip", "no gzip file", good[:5])
	add("nothing in it", "Capsule.toml", archive(t, func(*tar.Writer) {}))
	add("no manifest", "Capsule.toml", archive(t, func(w *tar.Writer) { file(t, w, "capsule.wasm", sound["capsule.wasm"]) }))
	add("no code", "build it first", archive(t, func(w *tar.Writer) { file(t, w, "Capsule.toml", sound["Capsule.toml"]) }))
	add("a manifest that is none", "Capsule.toml:1:1", archive(t, func(w *tar.Writer) { file(t, w, "Capsule.toml", "]") }))
	add("code that is none", "", archive(t, func(w *tar.Writer) {
		file(t, w, "Capsule.toml", sound["Capsule.toml"])
		file(t, w, "capsule.wasm", "\x00asm\x0d\x00\x01\x00garbage")
	}))
	add("a component elsewhere", "climbs", archive(t, func(w *tar.Writer) {
		file(t, w, "Capsule.toml", "[package]\nname='minimal'\nversion='1.0.0'\n[[component]]\nfile='../../bin/x.wasm'")
	}))

	zeros := make([]byte, 1<<20)
	add("a bomb", "times its size", archive(t, func(w *tar.Writer) {
		begin(w)
		for i := range 3 {
			file(t, w, fmt.Sprint("zeros", i), string(zeros))
		}
	}))
	add("a bomb after the end", "times its size", plain(func(b []byte) []byte { return append(b, make([]byte, 3<<20)...) }))
	add("a bomb in its headers", "times its size", plain(func(b []byte) []byte {
		for range 6 {
			b = append(b, ustar("././@LongLink", 'L', string(zeros[:1<<19]))...)
		}
		return b
	}))
	add("too many entries", "more than 4096 entries", archive(t, func(w *tar.Writer) {
		begin(w)
		for i := range 4096 {
			file(t, w, fmt.Sprint("e", i), "")
		}
	}))
	var big bytes.Buffer
	w := tar.NewWriter(&big)
	check(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "big", Size: install.MaxFile + 1, Mode: 0o644}))
	add("too large a file", "larger than", zipped(t, big.Bytes()))
	return all
}

func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 0xff
	return b
}

// ustar is a header with a content, written by hand: what no careful writer would write.
func ustar(name string, flag byte, content string) string {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x0000000000000\x00", len(content)))
	h[156] = flag
	copy(h[257:], "ustar\x0000")
	return sealed(h) + content + strings.Repeat("\x00", (512-len(content)%512)%512)
}

// sealed gives a header its sum.
func sealed(h []byte) string {
	copy(h[148:156], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return string(h)
}

func pax(name string, records ...string) string {
	var content strings.Builder
	for _, r := range records {
		n := len(r) + 3
		for len(fmt.Sprintf("%d %s\n", n, r)) != n {
			n++
		}
		fmt.Fprintf(&content, "%d %s\n", n, r)
	}
	return ustar("PaxHeaders.0/"+name, 'x', content.String())
}

func gnuSparse(name string) string {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00")
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	copy(h[386:], "00000000000\x0000000000000\x00")
	copy(h[483:], "00007777777\x00")
	return sealed(h)
}

// Every hostile archive is refused, says why, and leaves nothing: not beside the tree, and not in it.
func TestHostileArchives(t *testing.T) {
	for _, test := range hostileArchives(t) {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			around := filepath.Dir(h.Root())
			path := writeFile(t, "evil.capsule", test.data)
			_, err := put(t, h, path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("the message is not inert: %q", err)
			}
			if diff := cmp.Diff([]string(nil), listing(t, h.Root())); diff != "" {
				t.Errorf("left in the tree: %s", diff)
			}
			if entries, err := os.ReadDir(around); err != nil || len(entries) > 1 {
				t.Errorf("left beside the tree: %v, %v", entries, err)
			}
			for _, outside := range []string{"/tmp/evil", filepath.Join(filepath.Dir(path), "evil")} {
				if _, err := os.Lstat(outside); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s: %v", outside, err)
				}
			}
		})
	}
}

// What other programs that write tars do is let pass.
func TestSoundArchives(t *testing.T) {
	sound := minimal(t, "1.0.0")
	long := strings.Repeat("a-long-name/", 12) + "x"
	for name, write := range map[string]func(*tar.Writer){
		"tar of a dot": func(w *tar.Writer) {
			entry(t, w, tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755}, "")
			entry(t, w, tar.Header{Typeflag: tar.TypeDir, Name: "./data/", Mode: 0o755}, "")
			file(t, w, "./data/"+long, "resource")
			file(t, w, "./capsule.wasm", sound["capsule.wasm"])
			file(t, w, "./Capsule.toml", sound["Capsule.toml"])
		},
		"GNU": func(w *tar.Writer) {
			for name, content := range map[string]string{"data/" + long: "resource", "capsule.wasm": sound["capsule.wasm"], "Capsule.toml": sound["Capsule.toml"]} {
				entry(t, w, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o777, Size: int64(len(content)), Format: tar.FormatGNU}, content)
			}
		},
		"directories after their files": func(w *tar.Writer) {
			file(t, w, "Capsule.toml", sound["Capsule.toml"])
			file(t, w, "capsule.wasm", sound["capsule.wasm"])
			file(t, w, "data/"+long, "resource")
			entry(t, w, tar.Header{Typeflag: tar.TypeDir, Name: "data/", Mode: 0o755}, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			_, err := put(t, h, writeFile(t, "x", append(archive(t, write), nil...)))
			check(t, err)
			data, err := os.ReadFile(filepath.Join(h.CapsuleDir(capsuleID(t, "minimal")).Path(), "data", filepath.FromSlash(long)))
			if err != nil || string(data) != "resource" {
				t.Errorf("%q, %v", data, err)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	for _, h := range hostileArchives(f) {
		if len(h.data) < 8<<10 {
			f.Add(h.data, true)
			if r, err := gzip.NewReader(bytes.NewReader(h.data)); err == nil {
				var plain bytes.Buffer
				if _, err := plain.ReadFrom(r); err == nil && plain.Len() < 16<<10 {
					f.Add(plain.Bytes(), false)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, gzipped bool) {
		if !gzipped {
			data = stored(t, data)
		}
		install.CheckUnpack(t, data)
	})
}
