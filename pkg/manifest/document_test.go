package manifest

import (
	"fmt"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	doc := `[package]
nmae = "x"
version = "1.0.0"
Description = ""
zzz = 1

[[component]]
file = "a"
entry_point = "b"

[[component]]
file = "a"
hsah = "c"
file2 = "is there as well"

[capabilities]
net_conect = ["a:1"]
ipc_publish = []

[env.key]
type = "text"
Default = "x"
options-form = {}

[[comand]]
name = "x"
[capabilties]
`
	d, err := ParseDocument("F", []byte(doc))
	if err == nil || d.Manifest != nil {
		t.Fatalf("%v, %v", d.Manifest, err)
	}
	want := `2:1 package.nmae name
4:1 package.Description description
5:1 package.zzz 
9:1 component.entry_point entrypoint
13:1 component.hsah hash
14:1 component.file2 
17:1 capabilities.net_conect net_connect
18:1 capabilities.ipc_publish 
22:1 env.key.Default default
23:1 env.key.options-form options-from
25:3 comand command
27:2 capabilties 
`
	var got strings.Builder
	for _, k := range d.Unknown {
		fmt.Fprintf(&got, "%d:%d %s %s\n", k.Line, k.Column, k, d.Nearest(k))
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestPosition(t *testing.T) {
	d, err := ParseDocument("F", []byte(head+"[env]\n  a.type = 'text'\n[[component]]\nfile = 'x'\n[[component]]\n  file = 'y'\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Manifest.Package.Name == "" {
		t.Error("no manifest")
	}
	first := strings.Count(head, "\n") + 1
	tests := []struct {
		path string
		want string
	}{
		{"env a", fmt.Sprintf("%d:3", first+1)},
		{"env b", fmt.Sprintf("%d:2", first)},
		{"component 0 file", fmt.Sprintf("%d:1", first+3)},
		{"component 1 file", fmt.Sprintf("%d:3", first+5)},
		{"component 2 file", fmt.Sprintf("%d:3", first+2)},
		{"component -1", fmt.Sprintf("%d:3", first+2)},
		{"nosuch", "1:1"},
	}
	for _, test := range tests {
		line, column := d.Position(strings.Fields(test.path)...)
		if got := fmt.Sprintf("%d:%d", line, column); got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	d, err = ParseDocument("F", []byte("no toml"))
	if line, column := d.Position("env"); err == nil || line != 0 || column != 0 || len(d.Unknown) > 0 {
		t.Errorf("no TOML: %v, %d:%d", err, line, column)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "ab", 2},
		{"name", "name", 0},
		{"nmae", "name", 1},
		{"nam", "name", 1},
		{"names", "name", 1},
		{"nane", "name", 1},
		{"abcd", "dcba", 3},
		{"kitten", "sitting", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
