package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func everyCapability() Capabilities {
	var c Capabilities
	for _, f := range c.table() {
		if f.flag != nil {
			*f.flag = true
		} else {
			*f.list = []string{""}
		}
	}
	return c
}

func TestCapabilityNames(t *testing.T) {
	// A19
	want := strings.Fields(`allow_persistent allow_prompt_injection fs_read fs_write host_process identity kv net
		net_bind net_connect uplink`)
	if got := CapabilityNames(); !slices.Equal(got, want) {
		t.Errorf("names %q", got)
	}
	if got := everyCapability().HeldNames(); !slices.Equal(got, want) {
		t.Errorf("held with everything set: %q", got)
	}
	if got := (Capabilities{}).HeldNames(); got == nil || len(got) != 0 {
		t.Errorf("held by default: %#v", got)
	}
}

func TestHasUnknown(t *testing.T) {
	// A20
	all := everyCapability()
	for _, name := range []string{"", "HOST_PROCESS", "host-process", "ipc_publish", "net ", "net_"} {
		if all.Has(name) || KnownCapability(name) {
			t.Errorf("%q is held or known", name)
		}
	}
}

// TestTableCoversStruct fails when a field is added without a name, or named twice.
func TestTableCoversStruct(t *testing.T) {
	var c Capabilities
	v := reflect.ValueOf(&c).Elem()
	named := map[any]bool{}
	for _, f := range c.table() {
		if (f.flag == nil) == (f.list == nil) {
			t.Errorf("%s is not exactly one of flag and list", f.name)
		}
		if f.flag != nil {
			named[f.flag] = true
		} else {
			named[f.list] = true
		}
	}
	exported := 0
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		exported++
		if !named[v.Field(i).Addr().Interface()] {
			t.Errorf("%s has no name", v.Type().Field(i).Name)
		}
	}
	if exported != len(c.table()) {
		t.Errorf("%d fields, %d names", exported, len(c.table()))
	}
}

// TestHasIsHeldNames checks Has ⇔ HeldNames ⇔ Grant on manifests with any mixture of capabilities.
func TestHasIsHeldNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var doc strings.Builder
		doc.WriteString(head + "[capabilities]\n")
		var want []string
		for _, f := range new(Capabilities).table() {
			n := rapid.IntRange(-1, 2).Draw(t, f.name)
			switch {
			case n < 0:
				continue
			case f.flag != nil:
				fmt.Fprintf(&doc, "%s = %v\n", f.name, n > 0)
			default:
				fmt.Fprintf(&doc, "%s = [%s]\n", f.name, strings.Repeat("'', ", n))
			}
			if n > 0 {
				want = append(want, f.name)
			}
		}
		m, err := Parse("F", []byte(doc.String()))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Capabilities.HeldNames(); !slices.Equal(got, want) {
			t.Fatalf("held %q, want %q", got, want)
		}
		probe := rapid.OneOf(rapid.SampledFrom(CapabilityNames()), rapid.String()).Draw(t, "probe")
		held := slices.Contains(want, probe)
		if m.Capabilities.Has(probe) != held {
			t.Fatalf("Has(%q) is %v", probe, !held)
		}
		if _, granted := m.Capabilities.Grant(probe); granted != held {
			t.Fatalf("Grant(%q) is %v", probe, granted)
		}
	})
}

func TestGrant(t *testing.T) {
	m := mustParse(t, head+`
[capabilities]
  net_connect = [ # where to
    "a:443", "b\u001b:80",
  ]
net = []
uplink = true
[[component]]
file = "x"
[component.capabilities]
net = ["first"]
kv = ["not merged"]
[[component]]
file = "y"
capabilities.net = ["second"]
`)
	tests := []struct {
		name string
		want Grant
	}{
		{"net_connect", Grant{`net_connect = ["a:443","b\u001b:80"]`, 6, 3}},
		{"uplink", Grant{"uplink = true", 10, 1}},
		{"net", Grant{`net = ["first"]`, 14, 1}},
	}
	for _, test := range tests {
		if got, ok := m.Capabilities.Grant(test.name); !ok || got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
	if g, ok := m.Capabilities.Grant("kv"); ok {
		t.Errorf("kv is granted by %+v", g)
	}
	if got := m.Capabilities.Net; !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("net %q", got)
	}
}

func TestExampleGrant(t *testing.T) {
	// Each example grants what it says, and nothing else.
	for _, name := range CapabilityNames() {
		m := mustParse(t, head+"[capabilities]\n"+ExampleGrant(name)+"\n")
		if got := m.Capabilities.HeldNames(); len(got) != 1 || got[0] != name {
			t.Errorf("%s grants %v", ExampleGrant(name), got)
		}
		if args := m.Capabilities.Arguments(name); args != nil && (len(args) != 1 || args[0] == "") {
			t.Errorf("%s: arguments %q", name, args)
		}
	}
	if got := ExampleGrant("Net"); got != "" {
		t.Errorf("unknown name: %q", got)
	}
}

func TestArguments(t *testing.T) {
	c := Capabilities{Uplink: true, Net: []string{"a", ""}}
	for name, want := range map[string]string{"net": "a,", "kv": "", "uplink": "", "NET": "", "": ""} {
		if got := strings.Join(c.Arguments(name), ","); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
