package wit

import (
	"fmt"
	"strings"
)

// keywords are the words of WIT that an identifier has to be told from by a %, those of proposals included: an escape
// too many does no harm.
const keywords = " as async bool borrow char constructor enum error-context export f32 f64 flags float32 float64 from" +
	" func future import include interface list map option own package record resource result s16 s32 s64 s8 static" +
	" stream string tuple type u16 u32 u64 u8 union use variant with world "

// identifier returns a name as WIT writes it.
func identifier(name string) string {
	if strings.Contains(keywords, " "+name+" ") {
		return "%" + name
	}
	return name
}

// path is the name of an interface, taken apart.
type path struct {
	pkg     string // namespace:package
	iface   string
	version string // empty for none
}

// parsePath takes apart the name of an interface, which validation has checked, and reports whether it is one: a
// plain label is not.
func parsePath(name string) (path, bool) {
	rest, version, _ := strings.Cut(name, "@")
	pkg, iface, ok := strings.Cut(rest, "/")
	return path{pkg, iface, version}, ok
}

// owner returns the package that the interface is in, as WIT writes it.
func (p path) owner() string {
	namespace, name, _ := strings.Cut(p.pkg, ":")
	return identifier(namespace) + ":" + identifier(name) + p.at()
}

func (p path) at() string {
	if p.version == "" {
		return ""
	}
	return "@" + p.version
}

// String returns the whole name as WIT writes it.
func (p path) String() string {
	namespace, name, _ := strings.Cut(p.pkg, ":")
	return identifier(namespace) + ":" + identifier(name) + "/" + identifier(p.iface) + p.at()
}

// funcName is the name of a function, taken apart: kind is constructor, method or static and resource its resource
// for a function of one.
type funcName struct{ kind, resource, name string }

func parseFuncName(s string) funcName {
	rest, ok := strings.CutPrefix(s, "[")
	if !ok {
		return funcName{name: s}
	}
	kind, rest, _ := strings.Cut(rest, "]")
	resource, name, _ := strings.Cut(rest, ".")
	return funcName{kind, resource, name}
}

// free returns name, or where it is taken a name made of it.
func free(name string, taken func(string) bool) string {
	for n, try := 1, name; ; n++ {
		if !taken(try) {
			return try
		}
		try = fmt.Sprintf("%s-x%d", name, n)
	}
}
