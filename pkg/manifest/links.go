package manifest

import (
	"iter"
	"strings"
)

// link is one entry of [imports] or [exports], on either surface.
type link struct {
	namespace, name string
	version         string
	optional        bool
	at              *node
}

// links reads [imports] or [exports]. An interface is written nested, [imports.astrid] session = "^1", or
// flat, [imports] "astrid:session" = "^1"; a table may mix the two.
func (f fields) links(table string) iter.Seq[link] {
	return func(yield func(link) bool) {
		for key, n := range f.entries(table) {
			if namespace, name, flat := strings.Cut(key, ":"); flat {
				if namespace == "" || name == "" {
					f.fail(n, "%s has an empty namespace or interface: write \"namespace:interface\"", showKey(key))
					continue
				}
				if l, ok := f.link(table, namespace, name, n); ok && !yield(l) {
					return
				}
				continue
			}
			if n.kind != kindTable {
				f.fail(n, "%s must be a table of interfaces, not %v: or write \"namespace:interface\"", showKey(key), n.kind)
				continue
			}
			for name, n := range n.each() {
				if l, ok := f.link(table, key, name, n); ok && !yield(l) {
					return
				}
			}
		}
	}
}

// link reads one entry: a version, or a table with one.
func (f fields) link(table, namespace, name string, n *node) (link, bool) {
	l := link{namespace: namespace, name: name, at: n}
	for _, part := range []string{namespace, name} {
		if !isIdentifier(part) {
			f.fail(n, "%s in %s must be lower-case letters, digits and '-', and begin with a letter", show(part), table)
			return link{}, false
		}
	}
	switch n.kind {
	case kindString:
		l.version = n.text
		return l, true
	case kindTable:
		t := fields{f.decoder, n}
		version, at := t.requiredAt("version")
		if table == "imports" {
			l.optional = t.isSet("optional")
		}
		if at == nil {
			return link{}, false
		}
		l.version, l.at = version, at
		return l, true
	default:
		f.fail(n, "%s must be a version or a table, not %v", showKey(name), n.kind)
		return link{}, false
	}
}

func (f fields) imports() []Import {
	var imports []Import
	for l := range f.links("imports") {
		if _, err := parseRequirement(l.version); err != nil {
			f.fail(l.at, "invalid version requirement %s: %v", show(l.version), err)
			continue
		}
		imports = append(imports, Import{l.namespace, l.name, l.version, l.optional})
	}
	return imports
}

func (f fields) exports() []Export {
	var exports []Export
	for l := range f.links("exports") {
		f.version(l.at, l.version)
		exports = append(exports, Export{l.namespace, l.name, l.version})
	}
	return exports
}

func (f fields) publish() []Publish {
	var topics []Publish
	for topic, n := range f.entries("publish") {
		t, wit := f.topic(topic, n)
		topics = append(topics, Publish{Topic: topic, WIT: wit, Source: t.source(), Fanout: t.isSet("fanout")})
	}
	return topics
}

func (f fields) subscribe() []Subscribe {
	var topics []Subscribe
	for topic, n := range f.entries("subscribe") {
		t, wit := f.topic(topic, n)
		s := Subscribe{Topic: topic, WIT: wit, Source: t.source(), Handler: t.text("handler"), Priority: DefaultPriority}
		if priority, ok := t.number("priority"); ok {
			s.Priority = priority
		}
		if p := t.get("priority"); p != nil && t.get("handler") == nil {
			f.fail(p, "priority needs a handler")
		}
		topics = append(topics, s)
	}
	return topics
}

// topic reads what both kinds of topic share: the WIT type alone, or a table with one. The rest of the table is
// returned, empty for the short form.
func (f fields) topic(topic string, n *node) (rest fields, wit string) {
	for part := range strings.SplitSeq(topic, ".") {
		if part == "" {
			f.fail(n, "topic %s contains empty segments", showKey(topic))
			break
		}
	}
	rest = fields{f.decoder, &node{}}
	switch n.kind {
	case kindString:
		wit = n.text
	case kindTable:
		rest.table = n
		wit = rest.required("wit")
	default:
		f.fail(n, "topic %s must be a type or a table, not %v", showKey(topic), n.kind)
	}
	return rest, wit
}

// source reads where the type of a topic comes from.
func (f fields) source() Source {
	var s Source
	for _, kind := range []string{"version", "tag", "rev", "branch", "path"} {
		n := f.typed(kindString, kind)
		switch {
		case n == nil:
		case s.Kind == "":
			s = Source{kind, n.text}
		default:
			f.fail(n, "at most one of version, tag, rev, branch and path may be given")
		}
	}
	return s
}
