package manifest

// Explanation says what a capability means to the runtime.
type Explanation struct {
	Name     string
	Flag     bool   // true or false; else a list
	Gates    string // which calls need it
	Matching string // how the entries of a list are compared with what a call asks for
	Enforced bool   // something checks it; else it is a declaration for readers
	Example  string // an assignment that grants it
}

// Explain explains the capability of that name, and reports whether there is one.
func Explain(name string) (Explanation, bool) {
	var c Capabilities
	for _, f := range c.table() {
		if f.name != name {
			continue
		}
		e := Explanation{Name: name, Flag: f.flag != nil, Enforced: name != "kv", Example: ExampleGrant(name)}
		e.Gates, e.Matching = describe(name)
		return e, true
	}
	return Explanation{}, false
}

const (
	flagMatching = "there is nothing to match: it is held or not"
	pathMatching = "an entry allows the path that it is and everything below it, by whole components: /data allows /data/x and not /database. " +
		"cwd://x is x in the workspace, home://x is x in the home of the principal that the capsule acts for, and * is the workspace. " +
		"An empty entry or / allows everything. A path with '..' is never allowed. Links are resolved before the comparison"
)

// describe says in words what ruleOf does, and where the runtime asks.
func describe(name string) (gates, matching string) {
	switch name {
	case "allow_persistent":
		return "spawning processes that outlive the call (process spawn-persistent), in addition to host_process", flagMatching
	case "allow_prompt_injection":
		return "no host call; capsules that build prompts ask whether the sender of a text holds it", flagMatching
	case "fs_read":
		return "reading files and directories (fs exists, stat, readdir, read-file)", pathMatching
	case "fs_write":
		return "changing files and directories (fs write-file, mkdir, mkdir-all, unlink)", pathMatching
	case "host_process":
		return "starting programs of the host (process spawn, spawn-background, spawn-persistent)",
			"an entry allows the command line that it is, and every one that continues it after a space: git status allows git status -s. " +
				"Nothing is quoted or expanded: text is compared"
	case "identity":
		return "looking up, linking and creating users (identity)",
			"an entry is a level: resolve looks up, link also links, unlinks and lists links, admin also creates users"
	case "kv":
		return "nothing: each capsule has its own keys and values, whether it declares them or not",
			"nothing is matched: entries are for readers"
	case "net":
		return "HTTP requests (http)",
			"the host of the URL is compared, never scheme, port or path. An entry allows the host that it is and all below it: " +
				"example.com allows api.example.com and not badexample.com. * allows every host. An entry must be lower-case, an IPv6 address in brackets"
	case "net_bind":
		return "listening on a socket (net bind-unix)", "any entry that is not empty allows it; what it says is not looked at"
	case "net_connect":
		return "TCP connections (net connect-tcp)",
			"an entry is host:port, divided at its last colon. The host is compared without regard to case and is literal: *.example.com or * " +
				"match no host. The port is a number, or * for every port. Resolving a name asks with port 0, which only host:* or host:0 allows"
	case "uplink":
		return "speaking for other principals (ipc publish-as, uplink register and send)", flagMatching
	}
	return "", ""
}
