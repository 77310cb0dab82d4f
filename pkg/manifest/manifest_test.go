package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// head is the least that every manifest needs. It is three lines long.
const head = "[package]\nname = \"probe\"\nversion = \"1.0.0\"\n"

func mustParse(t *testing.T, doc string) *Manifest {
	t.Helper()
	m, err := Parse("Capsule.toml", []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const full = `
[package]
name = "openai"
version = "1.2.3-rc.1+build.5"
description = "talks"
authors = ["a", "b"]
repository = "r"
homepage = "h"
documentation = "d"
license = "MIT"
license-file = "LICENSE"
readme = "README.md"
keywords = ["k"]
categories = ["c"]
astrid-version = ">=0.7, <0.9"
publish = false
include = ["i"]
exclude = ["e"]
metadata = { anything = [1, { goes = true }] }

[[component]]
id = "main"
file = "openai.wasm"
hash = "abc"
type = "executable"
link = ["other"]
[component.capabilities]
fs_read = ["home://b"]
net = ["b.example"]
kv = ["not merged"]
uplink = true

[[component]]
entrypoint = "second.wasm"

[imports]
"astrid:session" = "^1.0"
"astrid:flat" = { version = "1", optional = true }
[imports.other]
thing = "~1.2"

[exports.astrid]
chat = "1.0.0"
[exports]
"astrid:extra" = { version = "2.0.0" }

[publish]
"llm.v1.out" = "opaque"
"llm.v1.typed" = { wit = "astrid:llm/out", version = "1.0", fanout = true }

[subscribe]
"llm.v1.in" = "opaque"
"llm.v1.handled" = { wit = "opaque", handler = "act", path = "wit" }
"llm.v1.first" = { wit = "opaque", handler = "act", priority = 1 }

[[tool]]
name = "search"
description_for_llm = "searches"
input_schema_wit = "s"
mutable = true

[capabilities]
fs_read = ["cwd://a"]
net_connect = [
  "a:443", # a comment
  "b:80",
]

[env.api_key]
type = "secret"
request = "Key?"
description = "the key"
placeholder = "sk-"
scope = "shared"

[env.model]
type = "select"
default = "small"
enum_values = ["small", "large"]
options-from = { http = "http://x", after = ["api_key"] }

[[context_file]]
name = "ctx"
file = "ctx.md"

[[command]]
name = "Any Name"

[[command]]
name = "ask"
kind = "cli"
description = "asks"
file = "ask.md"

[[mcp_server]]
id = "m"
type = "stdio"
command = "run"
args = ["-x"]
description = "serves"

[[skill]]
whatever = 1

[[uplink]]
name = "u"
platform = "p"
profile = "chat"
`

func TestParseFull(t *testing.T) {
	// An uplink must not have imports, so the component's capability must not be merged for this to parse.
	m := mustParse(t, full)
	no := false
	want := &Manifest{
		Package: Package{
			Name: "openai", Version: "1.2.3-rc.1+build.5", Description: "talks", Authors: []string{"a", "b"},
			Repository: "r", Homepage: "h", Documentation: "d", License: "MIT", LicenseFile: "LICENSE",
			Readme: "README.md", Keywords: []string{"k"}, Categories: []string{"c"}, AstridVersion: ">=0.7, <0.9",
			Publish: &no, Include: []string{"i"}, Exclude: []string{"e"},
		},
		Components: []Component{
			{
				ID: "main", File: "openai.wasm", Hash: "abc", Type: "executable", Link: []string{"other"},
				Capabilities: Capabilities{FSRead: []string{"home://b"}, Net: []string{"b.example"}, KV: []string{"not merged"}, Uplink: true},
			},
			{File: "second.wasm"},
		},
		Imports: []Import{
			{"astrid", "session", "^1.0", false},
			{"astrid", "flat", "1", true},
			{"other", "thing", "~1.2", false},
		},
		Exports: []Export{{"astrid", "chat", "1.0.0"}, {"astrid", "extra", "2.0.0"}},
		Publish: []Publish{
			{Topic: "llm.v1.out", WIT: "opaque"},
			{"llm.v1.typed", "astrid:llm/out", Source{"version", "1.0"}, true},
		},
		Subscribe: []Subscribe{
			{Topic: "llm.v1.in", WIT: "opaque", Priority: 100},
			{"llm.v1.handled", "opaque", Source{"path", "wit"}, "act", 100},
			{Topic: "llm.v1.first", WIT: "opaque", Handler: "act", Priority: 1},
		},
		Tools: []Tool{{"search", "searches", "s", true}},
		Capabilities: Capabilities{
			FSRead: []string{"cwd://a", "home://b"}, Net: []string{"b.example"}, NetConnect: []string{"a:443", "b:80"},
		},
		ContextFiles: []ContextFile{{"ctx", "ctx.md"}},
		Commands:     []Command{{Name: "Any Name", Kind: "slash"}, {"ask", "asks", "ask.md", "cli"}},
		MCPServers:   []MCPServer{{"m", "serves", "stdio", "run", []string{"-x"}}},
		Uplinks:      []Uplink{{"u", "p", "chat"}},
	}
	if diff := cmp.Diff(want, m, cmpopts.IgnoreUnexported(Manifest{}, Capabilities{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if m.ID().String() != "openai" {
		t.Errorf("ID %s", m.ID())
	}
	if got := m.EnvKeys(); !slices.Equal(got, []string{"api_key", "model"}) {
		t.Errorf("EnvKeys %q", got)
	}
	env, ok := m.Env("model")
	wantEnv := EnvField{
		Key: "model", Type: "select", Default: Value{"small", true}, EnumValues: []string{"small", "large"},
		OptionsFrom: &OptionsFrom{HTTP: "http://x", Select: "data[].id", After: []string{"api_key"}},
	}
	if diff := cmp.Diff(wantEnv, env, cmp.AllowUnexported(Value{})); diff != "" || !ok {
		t.Errorf("-want +got\n%s", diff)
	}
	if env, _ := m.Env("api_key"); !env.IsSecret() || env.Request != "Key?" || env.Placeholder != "sk-" || !env.Default.IsZero() {
		t.Errorf("api_key is %+v", env)
	}
	if _, ok := m.Env("API_KEY"); ok {
		t.Error("env keys must be case-sensitive")
	}
	if got := m.Unknown(); len(got) != 0 {
		t.Errorf("unknown %v", got)
	}
}

// problems parses a broken manifest and returns its errors as line:column: reason.
func problems(t *testing.T, doc string) []string {
	t.Helper()
	_, err := Parse("F", []byte(doc))
	if err == nil {
		t.Fatal("parsed")
	}
	var texts []string
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%T is not an *Error", err)
		}
		texts = append(texts, strings.TrimPrefix(err.Error(), "F:"))
	}
	return texts
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, doc string
		want      []string // prefixes, in order
	}{
		{"empty", "", []string{"1:1: missing key package"}},
		{"syntax", "[package]\nname = x\n", []string{"2:8: "}},
		{"syntax at the end", "[package]\nname = 'x", []string{"2:9: "}},
		{"not UTF-8", "[package]\nname = '\xff'\n", []string{"2:9: "}},
		{"duplicate key", head + "name = 'y'\n", []string{"4:1: name is already defined"}},
		{"missing keys", "\n[package]\n", []string{"2:2: missing key name", "2:2: missing key version"}},
		{"package of the wrong type", "package = 1", []string{"1:1: package must be a table, not an integer"}},
		{"name of the wrong type", "[package]\nname = 1\nversion = '1.0.0'", []string{"2:1: name must be a string, not an integer"}},
		{"case twin is no name", "[package]\nName = 'x'\nversion = '1.0.0'", []string{"2:1: missing key name: keys are case-sensitive, and Name is another"}},
		{"name is no id", "[package]\nname = '../x'\nversion = '1.0.0'", []string{`2:1: invalid capsule id "../x"`}},
		{"name is a device", "[package]\nname = 'con'\nversion = '1.0.0'", []string{`2:1: invalid capsule id "con"`}},
		{"short version", "[package]\nname = 'x'\nversion = '1.0'", []string{`3:1: "1.0" is not a full semantic version`}},
		{"version with v", "[package]\nname = 'x'\nversion = 'v1.0.0'", []string{`3:1: "v1.0.0" is not`}},
		{"bad requirement", head + "astrid-version = 'x y'", []string{`4:1: invalid astrid-version "x y"`}},
		{"unmet requirement", head + "astrid-version = '1'", []string{`4:1: needs a runtime of version "1", and this one is 0.8.0`}},
		{"string list", head + "authors = ['a', 1, ['b']]", []string{"4:1: authors must hold strings only, not an array", "4:17: authors must hold strings only, not an integer"}},
		{"component without file", head + "[[component]]\nid = 'x'", []string{"4:3: missing key file"}},
		{"component spelt twice", head + "[[component]]\nfile = 'x'\nentrypoint = 'y'", []string{"6:1: entrypoint is another spelling of file"}},
		{
			"component spelt twice, wrongly", head + "[[component]]\nfile = 1\nentrypoint = 'y'",
			[]string{"5:1: file must be a string", "6:1: entrypoint is another spelling of file"},
		},
		{"component as a table", head + "[component]\nfile = 'x'", []string{"4:2: component must be an array, not a table"}},
		{"component as numbers", "component = [1]\n" + head, []string{"1:14: component must hold tables only, not an integer"}},
		{"capability flag", head + "[capabilities]\nuplink = 'yes'", []string{"5:1: uplink must be a boolean, not a string"}},
		{"capability list", head + "[capabilities]\nnet = '*'", []string{"5:1: net must be an array, not a string"}},
		{"component capability", head + "[[component]]\nfile = 'x'\ncapabilities.kv = true", []string{"6:14: kv must be an array"}},
		{"uplink with imports", head + "[capabilities]\nuplink = true\n[imports]\n'a:b' = '1'", []string{"5:1: a capsule with the uplink capability"}},
		{"env as a value", head + "[env]\nkey = 'x'", []string{"5:1: key must be a table, not a string"}},
		{"env without type", head + "[env.key]\nrequest = 'x'", []string{"4:6: missing key type"}},
		{"env as an array", head + "[[env]]\n", []string{"4:3: env must be a table, not an array"}},
		{"import without namespace", head + "[imports]\n':b' = '1'", []string{`5:1: ":b" has an empty namespace or interface`}},
		{"import without interface", head + "[imports]\n'a:' = '1'", []string{`5:1: "a:" has an empty`}},
		{"import split at the first colon", head + "[imports]\n'a:b:c' = '1'", []string{`5:1: "b:c" in imports must be`}},
		{"import without colon", head + "[imports]\nastrid = '1'", []string{"5:1: astrid must be a table of interfaces, not a string"}},
		{"import with capitals", head + "[imports.Astrid]\na = '1'", []string{`5:1: "Astrid" in imports must be`}},
		{"import with a bad version", head + "[imports]\n'a:b' = { version = 'one' }", []string{`5:11: invalid version requirement "one"`}},
		{"import without version", head + "[imports]\n'a:b' = { optional = true }", []string{"5:1: missing key version"}},
		{"import of the wrong type", head + "[imports]\n'a:b' = 1", []string{"5:1: b must be a version or a table, not an integer"}},
		{"export with a requirement", head + "[exports]\n'a:b' = '^1.0.0'", []string{`5:1: "^1.0.0" is not a full semantic version`}},
		{"A28 priority without handler", head + "[subscribe]\n'a.b' = { wit = 'opaque', priority = 1 }", []string{"5:27: priority needs a handler"}},
		{
			"A29 version and tag", head + "[publish]\n'a.b' = { wit = 'opaque', version = '1', tag = 'v1' }",
			[]string{"5:42: at most one of version, tag, rev, branch and path"},
		},
		{"A30 empty segment", head + "[publish]\n'a..b' = 'opaque'", []string{`5:1: topic "a..b" contains empty segments`}},
		{
			"A30 in subscribe", head + "[subscribe]\n'a.' = 'opaque'\n'' = 'opaque'",
			[]string{`5:1: topic "a." contains empty segments`, `6:1: topic "" contains empty segments`},
		},
		{"topic without wit", head + "[publish]\n'a' = {}", []string{"5:1: missing key wit"}},
		{"topic of the wrong type", head + "[publish]\n'a' = true", []string{"5:1: topic a must be a type or a table, not a boolean"}},
		{
			"priority out of range", head + "[subscribe]\n'a' = { wit = 'x', handler = 'h', priority = 4294967296 }",
			[]string{"5:35: priority must be between 0 and 4294967295"},
		},
		{"negative priority", head + "[subscribe]\n'a' = { wit = 'x', handler = 'h', priority = -1 }", []string{"5:35: priority must be"}},
		{"tool", head + "[[tool]]\nname = 'x'", []string{"4:3: missing key description_for_llm"}},
		{"context file", head + "[[context_file]]\n", []string{"4:3: missing key name", "4:3: missing key file"}},
		{"command kind", head + "[[command]]\nname = 'x'\nkind = 'web'", []string{`6:1: kind must be one of slash, cli, not "web"`}},
		{"cli command", head + "[[command]]\nname = 'X'\nkind = 'cli'", []string{"5:1: the name of a cli command is"}},
		{"long cli command", head + "[[command]]\nname = '" + strings.Repeat("x", 33) + "'\nkind = 'cli'", []string{"5:1: the name of a cli command is"}},
		{"cli command of the runtime", head + "[[command]]\nname = 'run'\nkind = 'cli'", []string{"5:1: run is a verb of the runtime"}},
		{"mcp server", head + "[[mcp_server]]\nargs = 'x'", []string{"4:3: missing key id", "5:1: args must be an array"}},
		{"uplink", head + "[[uplink]]\nname = 'x'\nplatform = 'y'", []string{"4:3: missing key profile"}},
		{"uplink profile", head + "[[uplink]]\nname = 'x'\nplatform = 'y'\nprofile = 'loud'", []string{"7:1: profile must be one of chat, interactive, notify, bridge"}},
		{
			"everything is reported, in order", "[capabilities]\nnet = 1\n[package]\nname = 'X'\nversion = 'y'\n",
			[]string{"2:1: net", "4:1: invalid capsule id", `5:1: "y" is not`},
		},
		{"CRLF", "[package]\r\nname = 1\r\nversion = '1.0.0'\r\n", []string{"2:1: name must be"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := problems(t, test.doc)
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], test.want[i]) {
					t.Errorf("got %q, want %q…", got[i], test.want[i])
				}
			}
		})
	}
}

func TestUnknownKeys(t *testing.T) {
	// A31: tables of older runtimes parse and do nothing.
	m := mustParse(t, "Version = 2\n"+head+`
Name = "twin"
"od\u0007d key" = 1
[[interceptor]]
event = "x"
[capabilities]
ipc_publish = ["a"]
[[component]]
file = "x"
size = 1
[env.key]
type = "text"
defualt = 1
default = { any = 1 }
[subscribe]
"a.b" = { wit = "opaque", fanout = true }
`)
	var got []string
	for _, k := range m.Unknown() {
		got = append(got, k.String())
	}
	want := []string{
		"Version", "package.Name", `package."od\ad key"`, "interceptor", "capabilities.ipc_publish",
		"component.size", "env.key.defualt", `subscribe."a.b".fanout`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if k := m.Unknown()[1]; k.Line != 6 || k.Column != 1 {
		t.Errorf("Name is at %d:%d", k.Line, k.Column)
	}
	if names := m.Capabilities.HeldNames(); len(names) != 0 {
		t.Errorf("held %q", names)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "Capsule.toml")
	write := func(data string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("\ufeff" + head)
	if m, err := ReadFile(path); err != nil || m.ID().String() != "probe" {
		t.Errorf("with a byte order mark: %v", err)
	}
	pad := func(n int) string { return head + "#" + strings.Repeat("x", n-len(head)-1) }
	write(pad(MaxSize))
	if _, err := ReadFile(path); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	write(pad(MaxSize + 1))
	_, err := ReadFile(path)
	if e, ok := errors.AsType[*Error](err); !ok || e.Line != 0 || !strings.HasPrefix(err.Error(), path+": larger than") {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := ReadFile(dir); err == nil {
		t.Error("read a directory")
	}
}
