package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/audit"
	"astrid/pkg/component/wit"
	"astrid/pkg/manifest"
)

func parse(t *testing.T, doc string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse("Capsule.toml", []byte("[package]\nname = \"x\"\nversion = \"1.0.0\"\n"+doc))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// imports makes imports of interface#function.
func imports(names ...string) []wit.Item {
	var items []wit.Item
	for _, n := range names {
		iface, fn, _ := strings.Cut(n, "#")
		i := slices.IndexFunc(items, func(it wit.Item) bool { return it.Name == iface })
		if i < 0 {
			i = len(items)
			items = append(items, wit.Item{Name: iface, Kind: "interface"})
		}
		if fn != "" {
			items[i].Funcs = append(items[i].Funcs, wit.Func{Name: fn})
		}
	}
	return items
}

func TestCompare(t *testing.T) {
	caps := func(lines string) string { return "[capabilities]\n" + lines }
	tests := []struct {
		name     string
		manifest string
		imports  string
		want     string
	}{
		{"nothing", "", "", ""},
		{"ungated", "", "astrid:sys/host@1.0.0#log astrid:io/poll@1.0.0#poll astrid:kv/host@1.0.0#get wasi:io/poll@0.2.0#poll", ""},
		{"types alone", "", "astrid:http/host@1.0.0", ""},
		{"used", caps(`net = ["*"]`), "astrid:http/host@1.0.0#request", "net used"},
		{"another version", caps(`net = ["*"]`), "astrid:http/host@1.1.0#anything", "net used"},
		{"missing", "", "astrid:http/host@1.0.0#request", "net missing"},
		{"an empty list", caps(`net = []`), "astrid:http/host@1.0.0#request", "net missing"},
		{"unused", caps("net_connect = ['a:1']\nkv = ['k']"), "astrid:sys/host@1.0.0#log", "kv unused, net_connect unused"},
		{"declarative", caps("kv = ['k']"), "astrid:kv/host@1.0.0#get", "kv used"},
		{"unchecked", caps("allow_prompt_injection = true"), "astrid:sys/host@1.0.0#log", "allow_prompt_injection unchecked"},
		{"files", caps("fs_read = ['a']"), "astrid:fs/host@1.0.0#stat astrid:fs/host@1.0.0#unlink", "fs_read used, fs_write missing"},
		{"what the runtime has not got", "", "astrid:fs/host@1.0.0#rename", ""},
		{"what it will have", caps("fs_write = ['a']\nfs_read = ['b']"), "astrid:fs/host@1.0.0#copy", "fs_read used, fs_write used"},
		{"network", caps("net_connect = ['a:*']"), "astrid:net/host@1.0.0#lookup-host astrid:net/host@1.0.0#bind-unix", "net_bind missing, net_connect used"},
		{"an entry that allows nothing", caps("net_bind = ['']"), "astrid:net/host@1.0.0#bind-unix", "net_bind missing"},
		{"persistent", caps("host_process = ['git']"), "astrid:process/host@1.1.0#spawn-persistent", "allow_persistent missing, host_process used"},
		{"resources", caps("host_process = ['git']"), "astrid:process/host@1.0.0#[method]process-handle.wait", "host_process unused"},
		{"identity", caps("identity = ['admin']"), "astrid:identity/host@1.0.0#link", "identity used"},
		{"a level too low", caps("identity = ['resolve']"), "astrid:identity/host@1.0.0#resolve astrid:identity/host@1.0.0#link", "identity missing"},
		{"topics", "[publish]\n\"a.b\" = \"opaque\"\n", "astrid:ipc/host@1.0.0#publish astrid:ipc/host@1.0.0#subscribe", "publish used, subscribe missing"},
		{"topics unused", "[subscribe]\n\"a.b\" = \"opaque\"\n", "", "subscribe unused"},
		{"as another", caps("uplink = true"), "astrid:ipc/host@1.0.0#publish-as", "publish missing, uplink used"},
		{"core module", "", "cm32p2|astrid:uplink/host@1#register", "uplink missing"},
		{"component", "[[component]]\nfile = 'x.wasm'\n[component.capabilities]\nnet = ['a']\n", "astrid:http/host@1.0.0#request", "net used"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range audit.Compare(parse(t, test.manifest), imports(strings.Fields(test.imports)...)) {
				got = append(got, fmt.Sprintf("%s %s", f.Name, f.State))
				if (f.Reason == "") != (f.State == audit.Used) {
					t.Errorf("%s: reason %q", f.Name, f.Reason)
				}
			}
			if s := strings.Join(got, ", "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

func TestFinding(t *testing.T) {
	m := parse(t, "[capabilities]\nidentity = [\"resolve\"]\n")
	got := audit.Compare(m, imports("astrid:identity/host@1.0.0#resolve", "astrid:identity/host@1.0.0#link",
		"astrid:http/host@1.0.0#a", "astrid:http/host@1.0.0#b", "astrid:http/host@1.0.0#c", "astrid:http/host@1.0.0#d",
		"astrid:http/host@1.0.0#e"))
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	if f := got[0]; f.Grant.Line != 5 || !slices.Equal(f.Uses, []string{"astrid:identity/host@1.0.0#link"}) ||
		f.Reason != "no entry allows astrid:identity/host@1.0.0#link" {
		t.Errorf("%+v", f)
	}
	if f := got[1]; len(f.Uses) != 5 || !strings.HasSuffix(f.Reason, "#d and 1 more, which is refused without it") {
		t.Errorf("%+v", f)
	}
}

// TestKnowsCapabilities checks that each capability that the runtime enforces is used by some import.
func TestKnowsCapabilities(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("[capabilities]\n")
	for _, name := range manifest.CapabilityNames() {
		doc.WriteString(manifest.ExampleGrant(name) + "\n")
	}
	all := imports("astrid:fs/host@1.0.0#stat", "astrid:fs/host@1.0.0#unlink", "astrid:http/host@1.0.0#request",
		"astrid:net/host@1.0.0#connect-tcp", "astrid:net/host@1.0.0#bind-unix", "astrid:process/host@1.0.0#spawn-persistent",
		"astrid:identity/host@1.0.0#resolve", "astrid:uplink/host@1.0.0#send", "astrid:kv/host@1.0.0#get")
	for _, f := range audit.Compare(parse(t, doc.String()), all) {
		if want := audit.Used; f.State != want && f.Name != "allow_prompt_injection" {
			t.Errorf("%s is %s", f.Name, f.State)
		}
	}
}
