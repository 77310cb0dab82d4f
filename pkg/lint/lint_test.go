package lint_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"astrid/pkg/lint"
)

// head is a manifest about which there is nothing to say but what follows it, in three lines.
const head = "[package]\nname = 'x'\nversion = '1.0.0'\n"

// described is head with a description, and code.
const described = head + "description = 'what it does'\n[[component]]\nfile = 'x.wasm'\n"

func wasm(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func check(t testing.TB, doc, code string) []string {
	dir := fstest.MapFS{"there": {}, "sub": {Mode: fs.ModeDir}}
	if code != "" {
		dir["x.wasm"] = &fstest.MapFile{Data: wasm(t, code)}
	}
	var got []string
	for _, f := range lint.Check("Capsule.toml", []byte(doc), dir) {
		got = append(got, f.String())
	}
	return got
}

const (
	stubs = "capsules/stubs/stubs.wasm"
	hosts = "world/hosts.wasm"
	at    = "Capsule.toml:"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		doc  string
		code string
		want []string
	}{
		{"nothing to say", described, stubs, nil},
		{"no TOML", "[package", "", []string{at + "1:8: error: expected ']' to close table name [manifest]"}},
		{"errors and typos together", "[package]\nnmae = 'x'\nversion = '1'\n", "", []string{
			at + "1:2: error: missing key name [manifest]",
			at + "2:1: warning: nothing reads package.nmae: is name meant? [unknown-key]",
			at + "3:1: error: \"1\" is not a full semantic version such as 1.2.3 [manifest]",
		}},
		{"keys of earlier runtimes", described + "[[interceptor]]\nevent = 'a'\n[capabilities]\nipc_publish = ['a']\n", stubs, []string{
			at + "7:3: warning: nothing reads interceptor, which earlier runtimes read: use [subscribe] with a handler [unknown-key]",
			at + "10:1: warning: nothing reads capabilities.ipc_publish, which earlier runtimes read: use [publish] [unknown-key]",
		}},
		{"package", head + "[[component]]\nfile = 'x.wasm'\n", stubs, []string{at + "1:2: warning: the package has no description [package]"}},
		{"no code", head + "description = 'x'\n", "", []string{at + "1:1: warning: no [[component]]: the capsule has no code [code]"}},
		{"settings", described + `[env.a]
type = 'text'
[env.b]
type = 'Secret'
request = 'b'
default = 'value'
[env.c]
type = 'select'
description = 'c'
enum_values = ['one']
default = 'value'
[env.d]
type = 'number'
description = 'd'
enum_values = ['one']
[env.e]
type = 'array'
description = 'e'
default = 'value'
[env.f]
type = 'select'
description = 'f'
[env.'g h']
type = 'text'
description = 'g'
[env.__i]
type = 'text'
`, stubs, []string{
			at + "7:6: warning: the setting has no description, and no request to ask for it with [env]",
			at + "10:1: warning: not every program takes \"Secret\" for secret: write it in lower case [env]",
			at + "12:1: error: a secret has no default: this one is never read, and everybody can read it here [env]",
			at + "17:1: error: the default is none of the enum_values [env]",
			at + "19:1: warning: there is no type \"number\", which behaves as text: the types are text, secret, select and array [env]",
			at + "21:1: warning: enum_values have an effect on a select only [no-effect]",
			at + "25:1: warning: the default of an array is no array [env]",
			at + "27:1: warning: a select without enum_values takes any value [env]",
			at + "29:6: error: an operator cannot set it: invalid key: only letters, digits, '_', '.' and '-' are allowed [env]",
			at + "32:6: warning: __i belongs to the host: this declaration has no effect [no-effect]",
		}},
		{"topics", described + "[publish]\n'a.*' = 'opaque'\n'*.a' = 'opaque'\n'a*' = 'opaque'\n'1.2.3.4.5.6.7.8.9' = 'opaque'\n" +
			"[subscribe]\n'*.a' = {wit = 'opaque', handler = 'h'}\n'b.*.c' = 'opaque'\n' d' = 'opaque'\n", stubs, []string{
			at + "7:2: warning: publish is unused: nothing that the capsule imports needs it [capability]",
			at + "9:1: warning: a * before the end matches nothing but itself [topic]",
			at + "10:1: warning: a * that is not alone between dots matches nothing but itself [topic]",
			at + "11:1: error: a topic has at most 8 segments, and this has 9 [topic]",
			at + "12:2: warning: subscribe is unused: nothing that the capsule imports needs it [capability]",
			at + "14:1: warning: a * before the end matches nothing but itself [topic]",
			at + "15:1: warning: the space around the topic belongs to it [topic]",
		}},
		{"a long topic", described + "[publish]\n" + strings.Repeat("x", 300) + " = 'opaque'\n", hosts, []string{
			at + "6:1: warning: it imports what this host does not provide: astrid:http/host@1.0.0#request, astrid:ipc/host@1.0.0#publish, " +
				"astrid:ipc/host@1.0.0#subscribe, astrid:net/host@1.0.0#connect-tcp [imports]",
			at + "6:1: error: astrid:sys/host@1.0.0#clock-ms result: WIT string cannot be bound to Go uint64 [imports]",
			at + "6:1: error: net is missing: the capsule imports astrid:http/host@1.0.0#request, which is refused without it [capability]",
			at + "6:1: error: net_connect is missing: the capsule imports astrid:net/host@1.0.0#connect-tcp, which is refused without it [capability]",
			at + "6:1: error: subscribe is missing: the capsule imports astrid:ipc/host@1.0.0#subscribe, which is refused without it [capability]",
			at + "8:1: error: a topic has at most 256 bytes, and this is of 300 [topic]",
		}},
		{"components", described + "hash = 'abc'\n[component.capabilities]\nkv = ['a']\nnet = ['b']\n[[component]]\nfile = '../y.wasm'\n", stubs, []string{
			at + "7:1: warning: it is not the BLAKE3 of the file, and nothing checks it [no-effect]",
			at + "9:1: warning: a component is not granted kv: it belongs in the [capabilities] of the capsule [no-effect]",
			at + "10:1: warning: net is unused: nothing that the capsule imports needs it [capability]",
			at + "11:3: warning: only the first component runs [no-effect]",
			at + "12:1: error: \"../y.wasm\" is outside of the capsule's directory [file]",
		}},
		{"files", described + "[[context_file]]\nname = 'a'\nfile = 'there'\n[[context_file]]\nname = 'b'\nfile = 'lost'\n" +
			"[[command]]\nname = 'c'\nfile = 'sub'\n", stubs, []string{
			at + "12:1: error: \"lost\" is not there [file]",
			at + "15:1: error: \"sub\" is not a regular file [file]",
		}},
		{"no wasm", described, "", []string{at + "6:1: error: \"x.wasm\" is not there [file]"}},
		{"invalid wasm", described, "world/types.wit", []string{
			"x.wasm: error: neither a component nor a core module: the file does not begin with a wasm preamble [code]",
		}},
		{"core module", described, "capsules/minimal-core/minimal-core.wasm", []string{
			at + "6:1: warning: it is a core module, and the Rust runtime runs components only [code]",
		}},
		{"nothing to call", described, "component/ints.wasm", []string{
			at + "6:1: error: it exports none of astrid-hook-trigger, run, astrid-install, astrid-upgrade: nothing can call it [code]",
			at + "6:1: error: it imports what no host of capsules provides: test:values/echo#u8, test:values/echo#s8, test:values/echo#u16, " +
				"test:values/echo#s16, test:values/echo#u32, test:values/echo#s32, test:values/echo#u64, test:values/echo#s64 [imports]",
		}},
		{"a handler that cannot be called", described + "[subscribe]\n'a' = {wit = 'opaque', handler = 'h'}\n[publish]\nb = 'opaque'\n" +
			"[capabilities]\nnet_connect = ['a:1']\nnet = ['*']\n", hosts, []string{
			at + "6:1: warning: it imports what this host does not provide: astrid:http/host@1.0.0#request, astrid:ipc/host@1.0.0#publish, " +
				"astrid:ipc/host@1.0.0#subscribe, astrid:net/host@1.0.0#connect-tcp [imports]",
			at + "6:1: error: astrid:sys/host@1.0.0#clock-ms result: WIT string cannot be bound to Go uint64 [imports]",
			at + "8:24: error: a handler needs the export astrid-hook-trigger, which the code has not got [code]",
		}},
		{"name of the code", head + "description = ''\n[[component]]\nentrypoint = 'there'\n", "", []string{
			at + "1:2: warning: the package has no description [package]",
			at + "5:3: warning: the runtime takes no file for code whose name does not end in .wasm [code]",
			"there: error: neither a component nor a core module: the file does not begin with a wasm preamble [code]",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, check(t, test.doc, test.code)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	warning, wrong := lint.Finding{}, lint.Finding{Severity: lint.Wrong}
	for _, test := range []struct {
		findings []lint.Finding
		want     string
	}{
		{nil, ""},
		{[]lint.Finding{warning}, ""},
		{[]lint.Finding{wrong}, "1 error"},
		{[]lint.Finding{wrong, warning, wrong}, "2 errors and 1 warning"},
		{[]lint.Finding{wrong, warning, warning}, "1 error and 2 warnings"},
	} {
		got := ""
		if err := lint.Judge(test.findings); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestPath(t *testing.T) {
	dir := t.TempDir()
	if _, err := lint.Path(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
	manifest := filepath.Join(dir, "Capsule.toml")
	for name, data := range map[string][]byte{manifest: []byte(described), filepath.Join(dir, "x.wasm"): wasm(t, stubs)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, manifest} {
		if findings, err := lint.Path(path); err != nil || len(findings) > 0 {
			t.Errorf("%v, %v", findings, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	outside := filepath.Join(t.TempDir(), "outside.wasm")
	if err := os.WriteFile(outside, wasm(t, stubs), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "x.wasm")), os.Symlink(outside, filepath.Join(dir, "x.wasm"))); err != nil {
		t.Fatal(err)
	}
	findings, err := lint.Path(dir)
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Message, `"x.wasm" cannot be read: path escapes`) {
		t.Errorf("a link out of the directory: %v, %v", findings, err)
	}
	if err := errors.Join(os.Rename(manifest, outside), os.Symlink(outside, manifest)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, manifest} {
		findings, err := lint.Path(path)
		if err != nil || len(findings) != 1 || findings[0].Message != "cannot be read: path escapes from parent" {
			t.Errorf("a manifest that is a link out of the directory: %v, %v", findings, err)
		}
	}
}

// FuzzCheck examines whatever the document is: every finding says something about a place in it, and no finding repeats
// the default of a setting.
func FuzzCheck(f *testing.F) {
	const marked = "marked-default-9f2c"
	for _, doc := range []string{
		described, "[package", described + "[env.a]\ntype = 'select'\nenum_values = ['x']\ndefault = '" + marked + "'\n",
		described + "[env.a]\ntype = 'Secret'\ndefault = ['" + marked + "']\n[subscribe]\n'*.a' = {wit = '', handler = ''}\n",
		described + "[[context_file]]\nname = ''\nfile = '/etc/passwd'\n[[interceptor]]\n", "[pakage]\nname = 'x'\n",
	} {
		f.Add(doc)
	}
	code := wasm(f, stubs)
	f.Fuzz(func(t *testing.T, doc string) {
		dir := fstest.MapFS{"x.wasm": {Data: code}}
		lines := strings.Count(doc, "\n") + 1
		for _, finding := range lint.Check("F", []byte(doc), dir) {
			switch {
			case finding.Message == "" || finding.Rule == "" || finding.Line < 0 || finding.Line > lines || (finding.Line > 0) != (finding.Column > 0):
				t.Errorf("%+v", finding)
			case strings.Count(doc, marked) == 1 && strings.Contains(doc, "default = '"+marked+"'") && strings.Contains(finding.String(), marked):
				t.Errorf("repeats a default: %s", finding)
			}
		}
	})
}
