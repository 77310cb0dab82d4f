package audit

import (
	"slices"
	"strings"
)

// The topic tables of a manifest, which gate functions as capabilities do.
const (
	publish   = "publish"
	subscribe = "subscribe"
)

// rule says which functions of a host package need a declaration.
type rule struct {
	pkg   string   // in every version, and in each of its interfaces
	funcs []string // nil: all of them
	needs []string // capabilities, or publish or subscribe
	// asks is what every call asks for, whatever its arguments, where there is something.
	asks string
	// optional: the function is of no use without the declaration, but not refused for the lack of it.
	optional bool
}

// rules returns the table. The functions that are optional in it are those that the runtime has not got yet, and
// those that nothing gates.
func rules() []rule {
	const (
		fs, net, process, identity = "astrid:fs", "astrid:net", "astrid:process", "astrid:identity"
		ipc                        = "astrid:ipc"
	)
	return []rule{
		{pkg: fs, funcs: words("exists stat readdir read-file"), needs: words("fs_read")},
		{pkg: fs, funcs: words("mkdir mkdir-all unlink write-file"), needs: words("fs_write")},
		{pkg: fs, funcs: words("open stat-symlink canonicalize read-link copy"), needs: words("fs_read"), optional: true},
		{pkg: fs, funcs: words("open append copy rename remove-dir-all hard-link"), needs: words("fs_write"), optional: true},
		{pkg: "astrid:http", needs: words("net")},
		{pkg: net, funcs: words("connect-tcp lookup-host"), needs: words("net_connect")},
		{pkg: net, funcs: words("bind-unix"), needs: words("net_bind"), asks: "a socket"},
		{pkg: process, funcs: words("spawn spawn-background"), needs: words("host_process")},
		{pkg: process, funcs: words("spawn-persistent"), needs: words("host_process allow_persistent")},
		{pkg: identity, funcs: words("resolve"), needs: words("identity"), asks: "resolve"},
		{pkg: identity, funcs: words("link unlink list-links"), needs: words("identity"), asks: "link"},
		{pkg: identity, funcs: words("create-user"), needs: words("identity"), asks: "admin"},
		{pkg: "astrid:uplink", needs: words("uplink")},
		{pkg: ipc, funcs: words("publish"), needs: words(publish)},
		{pkg: ipc, funcs: words("publish-as"), needs: words("uplink " + publish)},
		{pkg: ipc, funcs: words("subscribe"), needs: words(subscribe)},
		{pkg: "astrid:kv", needs: words("kv"), optional: true},
	}
}

func words(s string) []string { return strings.Fields(s) }

// covers reports whether the rule is about a function of an interface.
func (r rule) covers(iface, fn string) bool {
	// Modules whose imports follow the later convention begin with its name.
	iface = strings.TrimPrefix(iface, "cm32p2|")
	pkg, _, ok := strings.Cut(iface, "/")
	return ok && pkg == r.pkg && (r.funcs == nil || slices.Contains(r.funcs, fn))
}
