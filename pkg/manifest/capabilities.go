package manifest

import "slices"

// Capabilities is what a capsule may do: eleven names, each a flag or a list. The zero value may do nothing.
type Capabilities struct {
	AllowPersistent      bool     // allow_persistent: processes that outlive a call
	AllowPromptInjection bool     // allow_prompt_injection: text that reaches a prompt unescaped
	FSRead               []string // fs_read: path prefixes
	FSWrite              []string // fs_write: path prefixes
	HostProcess          []string // host_process: command lines
	Identity             []string // identity: levels
	KV                   []string // kv: declared only, nothing checks it
	Net                  []string // net: HTTP hosts
	NetBind              []string // net_bind: any entry grants it
	NetConnect           []string // net_connect: host:port
	Uplink               bool     // uplink: speaks for other principals

	grants map[string]Grant
	places map[string][]place // where the entries of each list are
}

// place is a position in a manifest.
type place struct{ line, column int }

// Grant is the line of a manifest that grants a capability. Text is the assignment on one line, such as
// net_connect = ["a:443"]; Line and Column are where it begins.
type Grant struct {
	Text   string
	Line   int
	Column int
}

// capability ties a name to its field: exactly one of flag and list is set. example is an entry for the list, to
// show what an assignment looks like; merged says that what a component is granted is the capsule's, too.
type capability struct {
	name    string
	flag    *bool
	list    *[]string
	example string
	merged  bool
}

func (c capability) held() bool {
	return c.flag != nil && *c.flag || c.list != nil && len(*c.list) > 0
}

// table is the one place where names and fields meet, in the order of the names. Decoding, Has, HeldNames and
// CapabilityNames all read it, so they cannot disagree.
func (c *Capabilities) table() []capability {
	return []capability{
		{name: "allow_persistent", flag: &c.AllowPersistent},
		{name: "allow_prompt_injection", flag: &c.AllowPromptInjection},
		{name: "fs_read", list: &c.FSRead, example: "cwd://data", merged: true},
		{name: "fs_write", list: &c.FSWrite, example: "home://notes", merged: true},
		{name: "host_process", list: &c.HostProcess, example: "git status", merged: true},
		{name: "identity", list: &c.Identity, example: "resolve"},
		{name: "kv", list: &c.KV, example: "store"},
		{name: "net", list: &c.Net, example: "api.example.com", merged: true},
		{name: "net_bind", list: &c.NetBind, example: "unix", merged: true},
		{name: "net_connect", list: &c.NetConnect, example: "api.example.com:443"},
		{name: "uplink", flag: &c.Uplink},
	}
}

// HeldNames returns the names of the capabilities that are held, sorted: true flags and non-empty lists. What
// the list says does not matter, even one empty entry counts.
func (c Capabilities) HeldNames() []string {
	names := []string{}
	for _, f := range c.table() {
		if f.held() {
			names = append(names, f.name)
		}
	}
	return names
}

// Has reports whether the capability of that name is held. Names are case-sensitive; an unknown one is not
// held.
func (c Capabilities) Has(name string) bool {
	return slices.ContainsFunc(c.table(), func(f capability) bool { return f.name == name && f.held() })
}

// Grant returns the line that grants a capability, the first if several do, and false if none does or the
// capabilities were not read from a manifest.
func (c Capabilities) Grant(name string) (Grant, bool) {
	g, ok := c.grants[name]
	return g, ok
}

// Arguments returns the list of a capability, nil for one that is a flag, not held, or unknown. Callers must not
// change it.
func (c Capabilities) Arguments(name string) []string {
	for _, f := range c.table() {
		if f.name == name && f.list != nil {
			return *f.list
		}
	}
	return nil
}

// ExampleGrant returns an assignment that would grant the capability of that name in a [capabilities] table, and
// "" for an unknown one. The entry of a list is an example.
func ExampleGrant(name string) string {
	var c Capabilities
	for _, f := range c.table() {
		switch {
		case f.name != name:
		case f.flag != nil:
			return name + " = true"
		default:
			return name + ` = ["` + f.example + `"]`
		}
	}
	return ""
}

// CapabilityNames returns all eleven names, sorted.
func CapabilityNames() []string {
	var c Capabilities
	names := make([]string, 0, 11)
	for _, f := range c.table() {
		names = append(names, f.name)
	}
	return names
}

// KnownCapability reports whether name is one of CapabilityNames.
func KnownCapability(name string) bool { return slices.Contains(CapabilityNames(), name) }
