package wit

import (
	"slices"
	"strings"
)

// rootPackage and rootWorld are the names for what a component does not say: which package its world was in.
const (
	rootPackage = "root:component"
	rootWorld   = "root"
)

// iface is an interface of the text: what is imported and what is exported under its name, together.
type iface struct {
	path    path
	members []*member
	byKey   map[string]*member
}

// printer writes the text of a world.
type printer struct {
	*renderer
	b      strings.Builder
	indent int
}

// print returns the text of a world.
func (r *renderer) print(sides []*side) string {
	p := &printer{renderer: r}
	ifaces := interfaces(sides)
	packages := []string{}
	inPackage := map[string][]*iface{}
	for _, i := range ifaces {
		owner := i.path.owner()
		if inPackage[owner] == nil {
			packages = append(packages, owner)
		}
		inPackage[owner] = append(inPackage[owner], i)
	}
	checkOrder(ifaces)
	p.line("package " + free(rootPackage, func(s string) bool { return inPackage[s] != nil }) + ";")
	p.line("")
	p.open("world " + rootWorld)
	p.worldBody(sides)
	p.close()
	for _, owner := range packages {
		p.line("")
		p.open("package " + owner)
		for n, i := range inPackage[owner] {
			if n > 0 {
				p.line("")
			}
			p.open("interface " + identifier(i.path.iface))
			p.body(i.members, owner)
			p.close()
		}
		p.close()
	}
	return p.b.String()
}

// interfaces returns the interfaces that have a package, in the order in which they come up.
func interfaces(sides []*side) []*iface {
	var all []*iface
	byID := map[string]*iface{}
	for _, s := range sides {
		for _, c := range s.in {
			if c == nil || !c.named {
				continue
			}
			if byID[c.id] == nil {
				byID[c.id] = &iface{path: c.path, byKey: map[string]*member{}}
				all = append(all, byID[c.id])
			}
			byID[c.id].merge(c)
		}
	}
	return all
}

// merge adds the members of a container that has the interface's name. A toolchain leaves out what is not used, so
// that what is imported and what is exported need not be the same, but what is in both has to be.
func (i *iface) merge(c *container) {
	for _, m := range c.members {
		have := i.byKey[m.key]
		switch {
		case have == nil:
			add := *m
			add.methods = slices.Clone(m.methods)
			i.byKey[m.key] = &add
			i.members = append(i.members, &add)
		case have.is == isResource && m.is == isResource:
			have.addMethods(m.methods, c)
		case !have.same(m):
			unsayable("interface %s is imported with one %s and exported with another", shown(c.id), shown(m.key))
		}
	}
}

func (m *member) addMethods(methods []*member, c *container) {
	byKey := map[string]*member{}
	for _, x := range m.methods {
		byKey[x.key] = x
	}
	for _, x := range methods {
		switch have := byKey[x.key]; {
		case have == nil:
			m.methods = append(m.methods, x)
		case !have.same(x):
			unsayable("interface %s is imported with one %s and exported with another", shown(c.id), shown(x.key))
		}
	}
}

func (m *member) same(o *member) bool {
	if m.is == isUse && o.is == isUse {
		return m.from.id == o.from.id && m.source == o.source
	}
	return m.is == o.is && m.text == o.text
}

// checkOrder checks that neither interfaces nor packages use each other in a circle, which WIT does not allow.
func checkOrder(ifaces []*iface) {
	uses, needs := map[string][]string{}, map[string][]string{}
	for _, i := range ifaces {
		owner := i.path.owner()
		var used, needed []string
		for _, m := range i.members {
			if m.is != isUse {
				continue
			}
			used = append(used, m.from.path.String())
			if other := m.from.path.owner(); other != owner {
				needed = append(needed, other)
			}
		}
		uses[i.path.String()] = used
		needs[owner] = append(needs[owner], needed...)
	}
	if circular(uses) {
		unsayable("its interfaces use each other in a circle")
	}
	if circular(needs) {
		unsayable("the packages of its interfaces use each other in a circle")
	}
}

// circular reports whether a graph, all of whose nodes are keys, has a circle: it takes away what nothing points to
// until nothing is left or nothing can be taken.
func circular(edges map[string][]string) bool {
	pointedTo := map[string]int{}
	for _, to := range edges {
		for _, t := range to {
			pointedTo[t]++
		}
	}
	var free []string
	for from := range edges {
		if pointedTo[from] == 0 {
			free = append(free, from)
		}
	}
	gone := 0
	for ; len(free) > 0; gone++ {
		from := free[len(free)-1]
		free = free[:len(free)-1]
		for _, t := range edges[from] {
			if pointedTo[t]--; pointedTo[t] == 0 {
				free = append(free, t)
			}
		}
	}
	return gone != len(edges)
}

// worldBody writes what is in a world: imports, the types that it uses and defines, exports.
func (p *printer) worldBody(sides []*side) {
	in, out := sides[0], sides[1]
	p.interfacesOf(in)
	p.uses(slices.Concat(in.world.members, out.world.members), "") // a world has one set of names
	p.members(in.world.members, "import ")
	if len(in.items) > 0 && len(out.items) > 0 {
		p.line("")
	}
	p.interfacesOf(out)
	p.members(out.world.members, "export ")
}

// interfacesOf writes the imported or exported interfaces, those without a package with all that is in them.
func (p *printer) interfacesOf(s *side) {
	for i, it := range s.items {
		switch c := s.in[i]; {
		case c == nil:
		case c.named:
			p.line(s.word + " " + c.path.String() + ";")
		default:
			if it.implements != nil {
				p.line("/// Implements " + *it.implements + ".")
			}
			p.open(s.word + " " + identifier(c.id) + ": interface")
			p.body(c.members, "")
			p.close()
		}
	}
}

// body writes the members of an interface of a package.
func (p *printer) body(members []*member, owner string) {
	if p.uses(members, owner) && slices.ContainsFunc(members, func(m *member) bool { return m.is != isUse }) {
		p.line("")
	}
	p.members(members, "")
}

// members writes types and functions, functions after the given word, and what takes several lines apart.
func (p *printer) members(members []*member, word string) {
	var last *member
	for _, m := range members {
		if m.is == isUse {
			continue
		}
		if last != nil && (m.long() || last.long() || (m.is == isFunc) != (last.is == isFunc)) {
			p.line("")
		}
		last = m
		switch {
		case m.is == isFunc:
			p.line(word + m.text)
		case m.is == isResource && len(m.methods) > 0:
			p.open(m.text)
			for _, x := range m.methods {
				p.line(x.text)
			}
			p.close()
		case m.is == isResource:
			p.line(m.text + ";")
		default:
			p.line(m.text)
		}
	}
}

// long reports whether a member takes several lines.
func (m *member) long() bool { return len(m.methods) > 0 || strings.Contains(m.text, "\n") }

// uses writes the use statements among members, one for each interface that is used, and reports whether there are
// any.
func (p *printer) uses(members []*member, owner string) bool {
	var order []*container
	names := map[string][]string{}
	for _, m := range members {
		if m.is != isUse {
			continue
		}
		if names[m.from.id] == nil {
			order = append(order, m.from)
		}
		name := identifier(m.source)
		if m.source != m.key {
			name += " as " + identifier(m.key)
		}
		names[m.from.id] = append(names[m.from.id], name)
	}
	for _, from := range order {
		at := from.path.String()
		if from.path.owner() == owner {
			at = identifier(from.path.iface)
		}
		p.line("use " + at + ".{" + strings.Join(names[from.id], ", ") + "};")
	}
	return len(order) > 0
}

func (p *printer) open(text string) {
	p.line(text + " {")
	p.indent++
}

func (p *printer) close() {
	p.indent--
	p.line("}")
}

// line writes text, which may be of several lines, at the indent.
func (p *printer) line(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		p.spend(2*p.indent + len(line) + 1)
		if line != "" {
			p.b.WriteString(strings.Repeat("  ", p.indent))
		}
		p.b.WriteString(line)
		p.b.WriteByte('\n')
	}
}
