package manifest

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
)

// granting returns capabilities whose list of that name has these entries.
func granting(name string, entries ...string) Capabilities {
	var c Capabilities
	for _, f := range c.table() {
		if f.name == name {
			*f.list = entries
		}
	}
	return c
}

var testPlaces = Places{Workspace: "/work/space", Home: "/home/u/.astrid/home/alice"}

func TestMatch(t *testing.T) {
	const (
		allowed = "allowed"
		denied  = "denied"
		invalid = "invalid"
	)
	for _, c := range []struct {
		name, entry, argument, want string
	}{
		{"net", "api.example.com", "https://api.example.com/v1?q#f", allowed},
		{"net", "api.example.com", "http://api.example.com:8080", allowed},
		{"net", "api.example.com", "api.example.com", allowed},
		{"net", "api.example.com", "api.example.com:8443/path", allowed},
		{"net", "api.example.com", "https://API.Example.COM", allowed},
		{"net", "api.example.com", "https://user:password@api.example.com", allowed},
		{"net", "api.example.com", "https://v2.api.example.com", allowed},
		{"net", "api.example.com", "https://example.com", denied},
		{"net", "api.example.com", "https://api.example.com.evil", denied},
		{"net", "api.example.com", "https://evilapi.example.com", denied},
		{"net", "api.example.com", "https://api.example.com@evil.com", denied},
		{"net", "api.example.com", "https://api.example.com:x@evil.com", denied},
		{"net", "api.example.com", "https://evil.com/@api.example.com", denied},
		{"net", "api.example.com", "https://evil.com?.api.example.com", denied},
		{"net", "api.example.com", "https://evil.com#.api.example.com", denied},
		{"net", "api.example.com", "https://api.example.com.", denied},
		{"net", "api.example.com.", "https://api.example.com.", allowed},
		{"net", "API.example.com", "https://api.example.com", denied},
		{"net", "*", "https://anything.example", allowed},
		{"net", "*.example.com", "https://api.example.com", denied},
		{"net", ".example.com", "https://api.example.com", denied},
		{"net", "", "https://api.example.com", denied},
		{"net", "", "https://api.example.com.", allowed},
		{"net", "127.0.0.1", "http://127.0.0.1:80", allowed},
		{"net", "127.0.0.1", "http://127.1", invalid},
		{"net", "127.0.0.1", "http://0x7f.0.0.1", invalid},
		{"net", "127.0.0.1", "http://2130706433", invalid},
		{"net", "127.0.0.1", "http://127.0.0.1.", invalid},
		{"net", "127.0.0.1", "http://0127.0.0.1", invalid},
		{"net", "[::1]", "http://[::1]:80", allowed},
		{"net", "[::1]", "http://[0:0:0:0:0:0:0:1]", allowed},
		{"net", "[2001:db8::a]", "http://[2001:DB8::A]", allowed},
		{"net", "::1", "http://[::1]", denied},
		{"net", "[::ffff:7f00:1]", "http://[::ffff:127.0.0.1]", allowed},
		{"net", "127.0.0.1", "http://[::ffff:127.0.0.1]", denied},
		{"net", "*", "http://[fe80::1%25eth0]", invalid},
		{"net", "*", "http://[127.0.0.1]", invalid},
		{"net", "evil.com", `https://evil.com\@api.example.com`, invalid},
		{"net", "api.example.com", "https://api.example.com\t.evil.com", invalid},
		{"net", "api.example.com", " https://api.example.com", invalid},
		{"net", "*", "https://", invalid},
		{"net", "*", "https:///api.example.com", invalid},
		{"net", "*", "https:api.example.com", invalid},
		{"net", "*", "ftp://api.example.com", invalid},
		{"net", "*", "file:///etc/passwd", invalid},
		{"net", "*", "https://api.example.com:99999", invalid},
		{"net", "*", "https://api.ex%61mple.com", invalid},
		{"net", "kelvin.example", "https://\u212aelvin.example", invalid},
		{"net", "*", "https://bücher.example", invalid},
		{"net", "*", "https://*.example.com", invalid},
		{"net", "*", "", invalid},

		{"net_connect", "api.example.com:443", "api.example.com:443", allowed},
		{"net_connect", "api.example.com:443", "API.EXAMPLE.COM:443", allowed},
		{"net_connect", "Api.Example.com:0443", "api.example.com:443", allowed},
		{"net_connect", "api.example.com:443", "api.example.com:80", denied},
		{"net_connect", "api.example.com:443", "api.example.com.evil:443", denied},
		{"net_connect", "api.example.com:443", "v2.api.example.com:443", denied},
		{"net_connect", "api.example.com:443", "api.example.com.:443", denied},
		{"net_connect", "api.example.com:*", "api.example.com:1", allowed},
		{"net_connect", "api.example.com:*", "api.example.com:0", allowed},
		{"net_connect", "api.example.com", "api.example.com:443", denied},
		{"net_connect", "api.example.com:", "api.example.com:443", denied},
		{"net_connect", "api.example.com:65979", "api.example.com:443", denied}, // 443 + 1<<16
		{"net_connect", "*:443", "api.example.com:443", denied},
		{"net_connect", "*:443", "*:443", allowed},
		{"net_connect", "*:*", "api.example.com:443", denied},
		{"net_connect", "*", "api.example.com:443", denied},
		{"net_connect", "*.example.com:443", "api.example.com:443", denied},
		{"net_connect", "::1:443", "::1:443", allowed},
		{"net_connect", "[::1]:443", "[::1]:443", allowed},
		{"net_connect", "[::1]:443", "::1:443", denied},
		{"net_connect", "kelvin:1", "\u212aelvin:1", denied},
		{"net_connect", "a:1", "a", invalid},
		{"net_connect", "a:1", ":1", invalid},
		{"net_connect", "a:1", "a:", invalid},
		{"net_connect", "a:*", "a:*", invalid},
		{"net_connect", "a:1", "a:65536", invalid},
		{"net_connect", "a:1", "a:-1", invalid},
		{"net_connect", "a:443", "https://a:443", invalid},
		{"net_connect", "a:443", "user:password@a:443", invalid},

		{"net_bind", "unix", "whatever", allowed},
		{"net_bind", "", "unix", denied},

		{"host_process", "git status", "git status", allowed},
		{"host_process", "git status", "git status -s", allowed},
		{"host_process", "git status", "git status ; rm -rf /", allowed}, // as the runtime has it
		{"host_process", "git status", "git", denied},
		{"host_process", "git status", "git statusx", denied},
		{"host_process", "git status", "git status\t-s", denied},
		{"host_process", "git status", "git  status", denied},
		{"host_process", "git status", "/usr/bin/git status", denied},
		{"host_process", "git", "Git", denied},
		{"host_process", "", " sh", allowed},
		{"host_process", "", "sh", denied},
		{"host_process", "git", "", invalid},

		{"identity", "resolve", "resolve", allowed},
		{"identity", "resolve", "link", denied},
		{"identity", "link", "resolve", allowed},
		{"identity", "link", "admin", denied},
		{"identity", "admin", "resolve", allowed},
		{"identity", "admin", "admin", allowed},
		{"identity", "root", "resolve", denied},
		{"identity", "Admin", "resolve", denied},
		{"identity", "admin", "root", invalid},
		{"identity", "admin", "", invalid},

		{"fs_read", "cwd://data", "cwd://data/x", allowed},
		{"fs_read", "cwd://data", "cwd://data", allowed},
		{"fs_read", "cwd://data/", "data/x", allowed},
		{"fs_read", "cwd://data", "/work/space/data/x", allowed},
		{"fs_read", "cwd://data", "cwd://./data//x", allowed},
		{"fs_read", "cwd://data", "cwd://database", denied},
		{"fs_read", "cwd://data", "cwd://Data", denied},
		{"fs_read", "cwd://data", "home://data", denied},
		{"fs_read", "cwd://data", "cwd://data/../secret", denied},
		{"fs_read", "cwd://data", "cwd://data/..", denied},
		{"fs_read", "cwd://data", "cwd://data/..x", allowed},
		{"fs_read", "cwd://", "cwd://x", allowed},
		{"fs_read", "cwd://", "/etc/passwd", denied},
		{"fs_read", "cwd:///etc", "/etc/passwd", allowed},
		{"fs_read", "cwd://../other", "/work/other/x", denied},
		{"fs_read", "*", "cwd://x", allowed},
		{"fs_read", "*", "/work/space-evil/x", denied},
		{"fs_read", "*", "home://x", denied},
		{"fs_read", "*", "/etc/passwd", denied},
		{"fs_read", "/", "/etc/passwd", allowed},
		{"fs_read", "", "/etc/passwd", allowed},
		{"fs_read", "", "/etc/../x", denied},
		{"fs_read", "data", "cwd://data", denied},
		{"fs_read", "./data", "/data", denied},
		{"fs_read", "home://", "home://.config/env/greeter.env.json", allowed},
		{"fs_read", "home://notes", "home://notes/a", allowed},
		{"fs_read", "home://notes", "/home/u/.astrid/home/alice/notes/a", allowed},
		{"fs_read", "home://notes", "/home/u/.astrid/home/bob/notes/a", denied},
		{"fs_read", "home://notes", "home://../bob/notes/a", denied},
		{"fs_read", "HOME://notes", "home://notes", denied},
		{"fs_read", "/data", "/data\x00/x", invalid},
		{"fs_read", "/data", "", invalid},
		{"fs_write", "home://notes", "home://notes/a", allowed},
		{"fs_write", "home://notes", "home://notes-evil", denied},

		{"kv", "store", "store", invalid},
	} {
		m, err := granting(c.name, c.entry).Match(c.name, c.argument, testPlaces)
		got := denied
		switch wrong, is := errors.AsType[*ArgumentError](err); {
		case is:
			got = invalid
			if c.argument != "" && len(c.argument) > 8 && strings.Contains(wrong.Error(), c.argument) {
				t.Errorf("%s: the error repeats the argument: %v", c.name, err)
			}
		case err != nil:
			t.Errorf("%s %q: %v", c.name, c.argument, err)
		case m.Allowed:
			got = allowed
		}
		if got != c.want {
			t.Errorf("%s = [%q], asked for %q: %s, want %s (tested %q)", c.name, c.entry, c.argument, got, c.want, m.Tested)
		}
		if err == nil && (m.Reason == "") != m.Allowed {
			t.Errorf("%s = [%q], asked for %q: allowed %v with the reason %q", c.name, c.entry, c.argument, m.Allowed, m.Reason)
		}
	}
}

// TestMatchWithoutArgument checks the capabilities that have nothing to match, by every one of their names.
func TestMatchWithoutArgument(t *testing.T) {
	all := everyCapability()
	for _, name := range append(CapabilityNames(), "nosuch", "NET") {
		e, known := Explain(name)
		_, err := all.Match(name, "x", testPlaces)
		_, refused := errors.AsType[*ArgumentError](err)
		if refuse := !known || e.Flag || !e.Enforced; refuse && !refused {
			t.Errorf("%s has something to match", name)
		}
	}
	if m, err := (Capabilities{}).Match("net", "a.example", Places{}); err != nil || m.Allowed || m.Reason != "net is not held" {
		t.Errorf("not held: %+v, %v", m, err)
	}
}

// TestMatchPosition checks that the entry that allows is found where it stands, in the lists of components too.
func TestMatchPosition(t *testing.T) {
	m, err := Parse("Capsule.toml", []byte(`[package]
name = "x"
version = "1.0.0"
[capabilities]
net = [
  "a.example",
  "b.example",
]
net_connect = ["a:1", "b:2"]
[[component]]
file = "x.wasm"
[component.capabilities]
net = ["c.example", "b.example"]
net_connect = ["c:3"]
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, argument string
		line, column   int
	}{
		{"net", "a.example", 6, 3},
		{"net", "b.example", 7, 3},
		{"net", "c.example", 13, 8},
		{"net_connect", "b:2", 9, 23},
		{"net_connect", "c:3", 0, 0},
	} {
		got, err := m.Capabilities.Match(c.name, c.argument, Places{})
		if err != nil || got.Line != c.line || got.Column != c.column {
			t.Errorf("%s %s: %+v, %v; want line %d, column %d", c.name, c.argument, got, err, c.line, c.column)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, name := range CapabilityNames() {
		e, ok := Explain(name)
		if !ok || e.Name != name || e.Gates == "" || e.Matching == "" {
			t.Errorf("%s is not explained: %+v", name, e)
		}
		if list := strings.Contains(e.Example, "["); e.Flag == list {
			t.Errorf("%s: a flag (%v) with the example %s", name, e.Flag, e.Example)
		}
		// What is explained with an example allows what the example says.
		if e.Flag || !e.Enforced {
			continue
		}
		_, quoted, _ := strings.Cut(e.Example, `"`)
		entry := strings.TrimSuffix(quoted, `"]`)
		if m, err := granting(name, entry).Match(name, entry, testPlaces); err != nil || !m.Allowed {
			t.Errorf("%s does not allow itself: %+v, %v", e.Example, m, err)
		}
	}
	if _, ok := Explain("NET"); ok {
		t.Error("NET is explained")
	}
}

// FuzzMatch holds the answers against other ways of saying the same.
func FuzzMatch(f *testing.F) {
	names := slices.DeleteFunc(CapabilityNames(), func(name string) bool {
		e, _ := Explain(name)
		return e.Flag || !e.Enforced
	})
	for i, seed := range [][2]string{
		{"cwd://data", "cwd://data/../x"},
		{"/", "/etc//./passwd"},
		{"git", "git push"},
		{"link", "resolve"},
		{"example.com", "https://u:p@api.example.com.:443/x"},
		{"[::1]", "http://[::1]"},
		{"unix", ""},
		{"a:*", "A:0"},
	} {
		f.Add(uint8(i), seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, n uint8, entry, argument string) {
		name := names[int(n)%len(names)]
		m, err := granting(name, entry).Match(name, argument, testPlaces)
		if err != nil {
			if _, ok := errors.AsType[*ArgumentError](err); !ok || m != (Match{}) {
				t.Fatalf("%v with %+v", err, m)
			}
			return
		}
		if !m.Allowed {
			return
		}
		if m.Entry != entry || m.Reason != "" {
			t.Fatalf("%+v", m)
		}
		switch name {
		case "net":
			if labels := strings.Split(m.Tested, "."); entry != "*" && !slices.ContainsFunc(tails(labels), func(tail []string) bool {
				return strings.Join(tail, ".") == entry
			}) {
				t.Fatalf("%q allows %q", entry, m.Tested)
			}
		case "net_connect":
			if !strings.EqualFold(entry[:strings.LastIndex(entry, ":")], m.Tested[:strings.LastIndex(m.Tested, ":")]) {
				t.Fatalf("%q allows %q", entry, m.Tested)
			}
		case "fs_read", "fs_write":
			base, ok := strings.CutPrefix(entry, "cwd://")
			if ok {
				base = join(testPlaces.Workspace, base)
			} else if base, ok = strings.CutPrefix(entry, "home://"); ok {
				base = join(testPlaces.Home, base)
			} else if entry == "*" {
				base = testPlaces.Workspace
			} else if entry == "" {
				base = "/"
			}
			if rel := path.Clean(m.Tested) + "/"; !strings.HasPrefix(rel, strings.TrimSuffix(path.Clean(base), "/")+"/") {
				t.Fatalf("%q allows %q", entry, m.Tested)
			}
		}
	})
}

func tails(labels []string) (all [][]string) {
	for i := range labels {
		all = append(all, labels[i:])
	}
	return all
}
