package manifest

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Places are the directories that the schemes of fs_read and fs_write stand for: absolute paths with slashes, links
// resolved.
type Places struct {
	Workspace string // cwd://
	Home      string // home://, that of the principal who is acted for
}

// Match says whether a capability allows one argument.
type Match struct {
	Allowed bool
	Tested  string // what the argument was taken as: the host of a URL, the absolute path
	Entry   string // the first entry that allows it
	Line    int    // of that entry; 0 if the capabilities were not read from a manifest
	Column  int
	Reason  string // why it is not allowed
}

// ArgumentError reports an argument that the runtime would never ask about. It does not repeat the argument, which
// may be a URL with a password.
type ArgumentError struct {
	Capability string
	Reason     string
}

func (e *ArgumentError) Error() string { return e.Capability + ": " + e.Reason }

// Match reports whether the runtime would let the capsule use a capability for an argument. It follows the runtime's
// own rules also where they surprise: see [Explain]. Paths are compared as they are written; the runtime resolves
// links before it asks. The error is an *ArgumentError, also for a capability that takes no argument.
func (c Capabilities) Match(name, argument string, at Places) (Match, error) {
	r, err := ruleOf(name)
	if err != nil {
		return Match{}, err
	}
	tested, err := r.read(argument, at)
	if err != nil {
		return Match{}, err
	}
	m := Match{Tested: tested, Reason: "no entry of " + name + " matches"}
	if r.never != nil {
		if reason := r.never(tested); reason != "" {
			m.Reason = reason
			return m, nil
		}
	}
	entries := c.Arguments(name)
	if len(entries) == 0 {
		m.Reason = name + " is not held"
	}
	i := slices.IndexFunc(entries, func(entry string) bool { return r.allows(entry, tested, at) })
	if i < 0 {
		return m, nil
	}
	m.Allowed, m.Entry, m.Reason = true, entries[i], ""
	if where := c.places[name]; i < len(where) {
		m.Line, m.Column = where[i].line, where[i].column
	}
	return m, nil
}

// rule is how the entries of one capability are compared with an argument.
type rule struct {
	read   func(argument string, at Places) (tested string, err error)
	never  func(tested string) (reason string) // what no entry allows; nil for nothing
	allows func(entry, tested string, at Places) bool
}

func ruleOf(name string) (rule, error) {
	switch name {
	case "fs_read", "fs_write":
		return rule{
			read:   func(argument string, at Places) (string, error) { return readPath(name, argument, at) },
			never:  climbs,
			allows: allowsPath,
		}, nil
	case "host_process":
		return rule{read: readCommand, allows: allowsCommand}, nil
	case "identity":
		return rule{read: readLevel, allows: allowsLevel}, nil
	case "net":
		return rule{read: readURL, allows: allowsHost}, nil
	case "net_bind":
		return rule{read: readAny, allows: func(entry, _ string, _ Places) bool { return entry != "" }}, nil
	case "net_connect":
		return rule{read: readEndpoint, allows: allowsEndpoint}, nil
	case "kv":
		return rule{}, &ArgumentError{name, "it is declarative only: nothing checks it, so there is nothing to test"}
	}
	if KnownCapability(name) {
		return rule{}, &ArgumentError{name, "it is a flag and takes no argument"}
	}
	return rule{}, &ArgumentError{showKey(name), "there is no such capability"}
}

func readAny(argument string, _ Places) (string, error) { return argument, nil }

func readCommand(argument string, _ Places) (string, error) {
	if argument == "" {
		return "", &ArgumentError{"host_process", "takes a command line"}
	}
	return argument, nil
}

// allowsCommand compares text, not words: two spaces are not one.
func allowsCommand(entry, command string, _ Places) bool {
	rest, ok := strings.CutPrefix(command, entry)
	return ok && (rest == "" || rest[0] == ' ')
}

// rank orders the levels of identity; each includes those below it. 0 is no level.
func rank(level string) int {
	return 1 + slices.Index([]string{"resolve", "link", "admin"}, level)
}

func readLevel(argument string, _ Places) (string, error) {
	if rank(argument) == 0 {
		return "", &ArgumentError{"identity", "takes a level: resolve, link or admin"}
	}
	return argument, nil
}

func allowsLevel(entry, level string, _ Places) bool { return rank(entry) >= rank(level) }

// readEndpoint takes host:port as a guest names them to the runtime: the host is compared as it is, without the
// brackets that an IPv6 address has in a URL unless the guest wrote them.
func readEndpoint(argument string, _ Places) (string, error) {
	host, port, ok := cutLast(argument)
	if _, valid := parsePort(port); !ok || !valid || host == "" || strings.ContainsAny(host, "/@") {
		return "", &ArgumentError{"net_connect", "takes host:port and no URL, with a port from 0 to 65535"}
	}
	return argument, nil
}

// allowsEndpoint splits both at their last colon. An entry's port may be *; its host is literal, also when it is *.
func allowsEndpoint(entry, endpoint string, _ Places) bool {
	host, port, ok := cutLast(entry)
	wantHost, wantPort, _ := cutLast(endpoint)
	if !ok || !equalFoldASCII(host, wantHost) {
		return false
	}
	n, valid := parsePort(port)
	want, _ := parsePort(wantPort)
	return port == "*" || valid && n == want
}

func cutLast(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// parsePort reads a port as the runtime does, which takes leading zeros and a plus sign.
func parsePort(s string) (uint16, bool) {
	digits := strings.TrimPrefix(s, "+")
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), err == nil
}

// equalFoldASCII is equality but for the case of ASCII letters. Unicode's folding would take the Kelvin sign for a k.
func equalFoldASCII(a, b string) bool {
	lower := func(c byte) byte {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// readURL takes a URL of http or https, or what follows "https://" in one, and returns its host as the runtime's
// parser spells it. What that parser would turn into another host than the one that is written is refused: the answer
// for it would mislead.
func readURL(argument string, _ Places) (string, error) {
	fail := func(reason string) (string, error) { return "", &ArgumentError{"net", reason} }
	text := argument
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' }) {
		return fail("takes a URL or a host, without spaces, backslashes and control characters")
	}
	u, err := url.Parse(text)
	if err != nil {
		return fail("takes a URL or a host, and this is neither")
	}
	if s := u.Scheme; s != "http" && s != "https" {
		return fail("takes a URL of http or https, or a host")
	}
	host := u.Hostname()
	if _, ok := parsePort(u.Port()); u.Port() != "" && !ok {
		return fail("the port of the URL is over 65535")
	}
	if strings.HasPrefix(u.Host, "[") {
		addr, err := netip.ParseAddr(host)
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return fail("what is in brackets is no IPv6 address")
		}
		return "[" + compress(addr) + "]", nil
	}
	switch {
	case host == "":
		return fail("the URL has no host")
	case strings.ContainsFunc(host, func(r rune) bool { return !isHostRune(r) }):
		return fail("a host has letters, digits, '-', '_' and '.'; write another alphabet in its xn-- form")
	case endsInNumber(host):
		if _, err := netip.ParseAddr(host); err != nil {
			return fail("write an IPv4 address as four decimal numbers")
		}
	}
	return strings.ToLower(host), nil
}

// compress writes an IPv6 address as a URL does: an embedded IPv4 address as hexadecimal groups.
func compress(addr netip.Addr) string {
	if !addr.Is4In6() {
		return addr.String()
	}
	b := addr.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15]))
}

func isHostRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

// endsInNumber reports whether a URL parser takes the host for an IPv4 address in one of its many spellings.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	hex, isHex := strings.CutPrefix(last, "0x")
	return last != "" && strings.Trim(last, "0123456789") == "" || isHex && strings.Trim(hex, "0123456789abcdef") == ""
}

// allowsHost lets an entry stand for itself and all below it. The entry is compared as it is: one with capitals never
// matches a host, which the parser has made lower-case.
func allowsHost(entry, host string, _ Places) bool {
	return entry == "*" || host == entry || strings.HasSuffix(host, "."+entry)
}

// readPath returns the absolute path that an argument stands for.
func readPath(name, argument string, at Places) (string, error) {
	switch {
	case argument == "":
		return "", &ArgumentError{name, "takes a path: absolute, in the workspace, or one of cwd:// or home://"}
	case strings.ContainsRune(argument, 0):
		return "", &ArgumentError{name, "a path has no NUL"}
	}
	base, rest := at.Workspace, argument
	if suffix, ok := strings.CutPrefix(argument, "cwd://"); ok {
		rest = suffix
	} else if suffix, ok := strings.CutPrefix(argument, "home://"); ok {
		base, rest = at.Home, suffix
	}
	return join(base, rest), nil
}

// climbs is why a path with ".." is never allowed.
func climbs(path string) string {
	if slices.Contains(strings.Split(path, "/"), "..") {
		return "a path with '..' is never allowed"
	}
	return ""
}

// allowsPath compares whole components: /data allows /data/x and not /database. "*" is the workspace, and the empty
// entry everything.
func allowsPath(entry, path string, at Places) bool {
	if suffix, ok := strings.CutPrefix(entry, "cwd://"); ok {
		return isBelow(path, join(at.Workspace, suffix))
	}
	if suffix, ok := strings.CutPrefix(entry, "home://"); ok {
		return isBelow(path, join(at.Home, suffix))
	}
	switch entry {
	case "*":
		return isBelow(path, at.Workspace)
	case "":
		return true
	}
	return isBelow(path, entry)
}

// join is base/rest, or rest alone if it is absolute.
func join(base, rest string) string {
	if isAbs(rest) {
		return rest
	}
	return base + "/" + rest
}

func isAbs(path string) bool { return strings.HasPrefix(path, "/") || filepath.IsAbs(path) }

func isBelow(path, base string) bool {
	if !isAbs(base) || !isAbs(path) {
		return false
	}
	want, have := components(base), components(path)
	return len(want) <= len(have) && slices.Equal(want, have[:len(want)])
}

// components splits an absolute path; repeated slashes and "." mean nothing.
func components(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(c string) bool { return c == "" || c == "." })
}
