package manifest

import (
	"strings"

	"astrid/pkg/home"
)

// manifest reads the whole document.
func (d *decoder) manifest(f fields) *Manifest {
	m := &Manifest{}
	if p, ok := f.sub("package"); ok {
		m.Package, m.id = p.pkg()
	} else if f.get("package") == nil {
		f.missing("package")
	}
	m.Capabilities = f.capabilities()
	m.Components = list(f, "component", fields.component)
	for _, c := range m.Components {
		m.Capabilities.merge(c.Capabilities)
	}
	m.Imports = f.imports()
	m.Exports = f.exports()
	m.Publish = f.publish()
	m.Subscribe = f.subscribe()
	m.Tools = list(f, "tool", fields.tool)
	m.env = f.env()
	m.ContextFiles = list(f, "context_file", fields.contextFile)
	m.Commands = list(f, "command", fields.command)
	m.MCPServers = list(f, "mcp_server", fields.mcpServer)
	m.Uplinks = list(f, "uplink", fields.uplink)
	if n := f.get("skill"); n != nil {
		n.opaque = true // later runtimes have dropped it, so whatever it says is fine
	}
	if m.Capabilities.Uplink && len(m.Imports) > 0 {
		d.fail(f.get("capabilities").fields["uplink"], "a capsule with the uplink capability must not have imports")
	}
	return m
}

func (f fields) pkg() (Package, home.CapsuleID) {
	name, nameAt := f.requiredAt("name")
	version, versionAt := f.requiredAt("version")
	p := Package{
		Name:          name,
		Version:       version,
		Description:   f.text("description"),
		Authors:       f.texts("authors"),
		Repository:    f.text("repository"),
		Homepage:      f.text("homepage"),
		Documentation: f.text("documentation"),
		License:       f.text("license"),
		LicenseFile:   f.text("license-file"),
		Readme:        f.text("readme"),
		Keywords:      f.texts("keywords"),
		Categories:    f.texts("categories"),
		AstridVersion: f.text("astrid-version"),
		Publish:       f.flag("publish"),
		Include:       f.texts("include"),
		Exclude:       f.texts("exclude"),
	}
	if n := f.get("metadata"); n != nil {
		n.opaque = true
	}
	var id home.CapsuleID
	if nameAt != nil {
		var err error
		if id, err = home.ParseCapsuleID(name); err != nil {
			f.fail(nameAt, "%v", err)
		}
	}
	if n := f.table.fields["astrid-version"]; n != nil && n.kind == kindString {
		f.runtimeVersion(n)
	}
	if versionAt != nil {
		f.version(versionAt, version)
	}
	return p, id
}

// runtimeVersion checks the runtime that the capsule asks for.
func (f fields) runtimeVersion(n *node) {
	req, err := parseRequirement(n.text)
	switch {
	case err != nil:
		f.fail(n, "invalid astrid-version %s: %v", show(n.text), err)
	case !req.matches("v" + RuntimeVersion):
		f.fail(n, "needs a runtime of version %s, and this one is %s", show(n.text), RuntimeVersion)
	}
}

// version checks a full semantic version.
func (f fields) version(n *node, text string) {
	if !isVersion(text) {
		f.fail(n, "%s is not a full semantic version such as 1.2.3", show(text))
	}
}

func (f fields) component() Component {
	return Component{
		ID:           f.text("id"),
		File:         f.required("file", "entrypoint"),
		Hash:         f.text("hash"),
		Type:         f.text("type"),
		Link:         f.texts("link"),
		Capabilities: f.capabilities(),
	}
}

// capabilities reads a [capabilities] table, of the capsule or of a component.
func (f fields) capabilities() Capabilities {
	c := Capabilities{grants: map[string]Grant{}, places: map[string][]place{}}
	t, ok := f.sub("capabilities")
	if !ok {
		return c
	}
	for _, entry := range c.table() {
		if entry.flag != nil {
			*entry.flag = t.isSet(entry.name)
		} else {
			*entry.list = t.texts(entry.name)
		}
		if entry.held() {
			n := t.get(entry.name)
			line, column := f.position(n.pos)
			c.grants[entry.name] = Grant{entry.name + " = " + newValue(n).Text(), line, column}
			for _, item := range n.items {
				line, column := f.position(item.pos)
				c.places[entry.name] = append(c.places[entry.name], place{line, column})
			}
		}
	}
	return c
}

// merge adds what a component is granted: the lists that the Rust runtime merges, and nothing else.
func (c *Capabilities) merge(from Capabilities) {
	theirs := from.table()
	for i, mine := range c.table() {
		if !mine.merged {
			continue
		}
		*mine.list = append(*mine.list, *theirs[i].list...)
		c.places[mine.name] = append(c.places[mine.name], from.places[mine.name]...)
		grant, granted := from.grants[mine.name]
		if _, ok := c.grants[mine.name]; !ok && granted {
			c.grants[mine.name] = grant
		}
	}
}

func (f fields) env() map[string]EnvField {
	env := map[string]EnvField{}
	for key, n := range f.entries("env") {
		if n.kind != kindTable {
			f.fail(n, "%s must be a table, not %v", showKey(key), n.kind)
			continue
		}
		if home.ReservedKey(key) {
			f.warn(n, "%s belongs to the host: this declaration has no effect", showKey(key))
		}
		env[key] = fields{f.decoder, n}.envField(key)
	}
	return env
}

func (f fields) envField(key string) EnvField {
	field := EnvField{
		Key:         key,
		Type:        f.required("type"),
		Request:     f.text("request"),
		Description: f.text("description"),
		EnumValues:  f.texts("enum_values"),
		Placeholder: f.text("placeholder"),
	}
	if n := f.get("default"); n != nil {
		n.opaque = true
		field.Default = newValue(n)
	}
	if n := f.get("scope"); n != nil {
		n.opaque = true
		f.warn(n, "scope has no effect: the operator chooses it when setting the secret")
	}
	if o, ok := f.sub("options_from", "options-from"); ok {
		field.OptionsFrom = &OptionsFrom{
			HTTP:   o.required("http"),
			Bearer: o.text("bearer"),
			Select: o.text("select"),
			After:  o.texts("after"),
		}
		if field.OptionsFrom.Select == "" {
			field.OptionsFrom.Select = "data[].id"
		}
	}
	return field
}

func (f fields) tool() Tool {
	return Tool{
		Name:           f.required("name"),
		Description:    f.required("description_for_llm"),
		InputSchemaWIT: f.text("input_schema_wit"),
		Mutable:        f.isSet("mutable"),
	}
}

func (f fields) contextFile() ContextFile {
	return ContextFile{Name: f.required("name"), File: f.required("file")}
}

func (f fields) command() Command {
	name, nameAt := f.requiredAt("name")
	c := Command{
		Name:        name,
		Description: f.text("description"),
		File:        f.text("file"),
		Kind:        f.oneOf("kind", "slash", "cli"),
	}
	if c.Kind == "" {
		c.Kind = "slash"
	}
	if nameAt != nil && c.Kind == "cli" {
		switch {
		case len(name) > 32 || !isIdentifier(name):
			f.fail(nameAt, "the name of a cli command is 1 to 32 lower-case letters, digits and '-', and begins with a letter")
		case strings.Contains(builtinVerbs, " "+name+" "):
			f.fail(nameAt, "%s is a verb of the runtime: a cli command needs another name", showKey(name))
		}
	}
	return c
}

// builtinVerbs are the names that no cli command can have.
const builtinVerbs = " new install update list remove tree deps build check config show run help "

func (f fields) mcpServer() MCPServer {
	return MCPServer{
		ID:          f.required("id"),
		Description: f.text("description"),
		Type:        f.text("type"),
		Command:     f.text("command"),
		Args:        f.texts("args"),
	}
}

func (f fields) uplink() Uplink {
	u := Uplink{Name: f.required("name"), Platform: f.required("platform")}
	if u.Profile = f.oneOf("profile", "chat", "interactive", "notify", "bridge"); f.get("profile") == nil {
		f.missing("profile")
	}
	return u
}

// oneOf returns a string out of a set, empty if absent.
func (f fields) oneOf(name string, allowed ...string) string {
	n := f.typed(kindString, name)
	if n == nil {
		return ""
	}
	for _, a := range allowed {
		if n.text == a {
			return a
		}
	}
	f.fail(n, "%s must be one of %s, not %s", name, strings.Join(allowed, ", "), show(n.text))
	return ""
}

// isIdentifier reports whether s is a lower-case letter followed by such letters, digits and '-'.
func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}
