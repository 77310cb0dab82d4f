package component_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"astrid/pkg/component"
	wasm "astrid/pkg/component/binary"
	"astrid/pkg/component/canon"
	"astrid/pkg/component/core"
	"astrid/pkg/component/validate"
)

// class is what an error of this runtime is about, in a word or two.
func class(err error) string {
	if trap, ok := errors.AsType[*component.Trap](err); ok {
		if fault, ok := errors.AsType[*canon.Trap](trap); ok {
			return "trap: " + fault.Fault.String()
		}
		return "trap: " + trap.Reason
	}
	if bad, ok := errors.AsType[*core.Error](err); ok {
		return [...]string{core.Malformed: "malformed", core.Invalid: "invalid: core module", core.Unsupported: "unsupported"}[bad.Kind]
	}
	if bad, ok := errors.AsType[*validate.Error](err); ok {
		return "invalid: " + bad.Rule.String()
	}
	if bad, ok := errors.AsType[*wasm.Error](err); ok {
		return [...]string{wasm.Malformed: "malformed", wasm.Invalid: "invalid: form", wasm.Unsupported: "unsupported"}[bad.Kind]
	}
	if _, ok := errors.AsType[*component.LinkError](err); ok {
		return "unlinkable"
	}
	if bad, ok := errors.AsType[*component.InvalidError](err); ok && strings.HasPrefix(bad.Reason, "core module: invalid function") {
		return "invalid: core module" // says the engine
	}
	return fmt.Sprintf("%T", err)
}

// classes maps what a directive says of an error, which are words of the reference implementation, to the classes
// that this runtime's error may be of. The first entry that matches counts.
type classes []struct{ says, class string }

var trapClasses = classes{
	{"unknown handle index|wrong type", "trap: invalid handle"},
	{"while borrowed", "trap: handle is lent out"},
	{"cannot leave", "trap: cannot leave component instance"},
	{"cannot enter", "trap: cannot enter component instance"},
	{"discriminant", "trap: invalid variant discriminant"},
	{"char", "trap: invalid char"},
	{"utf-8", "trap: invalid string encoding"},
	{"unaligned|not aligned", "trap: unaligned pointer"},
	{"out.of.bounds|beyond end of memory", "trap: pointer out of bounds"},
}

// A component of the format that holds a core module which is none is malformed, too.
var malformedClasses = classes{{"", "malformed"}}

var invalidClasses = classes{
	{"outer alias count", "invalid: index"},
	{"instance 0 has no export|no export named|missing .*(import|export|argument)|not export an item", "invalid: missing definition"},
	{"^unknown tag 0", "invalid: index"},
	{"outer alias|refers to resources", "invalid: resource"},
	{"out of bounds|^unknown ", "invalid: index"},
	{"more than once|encoding option|only be specified|cannot be specified", "invalid: (form|canonical option)"},
	{"canonical option", "invalid: canonical option"},
	{"^lowered (parameter|result) types", "invalid: type mismatch"},
	{"at least one (field|case|type|entry|variant)|more than 32 flags|duplicate 'implements'", "invalid: form"},
	{"may only refer to types or instances", "invalid: (form|sort)"},
	{"conflicts with|already defined|duplicate import|duplicate .*argument", "invalid: duplicate"},
	{"kebab|cannot be empty|extern name|semver|unexpected (character|end of input)|empty (string|identifier)|leading zero|trailing characters|`.` character|`/` after", "invalid: name"},
	{"implements|must be an interface|only instances|valid name", "invalid: name"},
	{"function should return|should (return|have|take)|resource name|not valid at this time", "invalid: name"},
	{"invalid leading byte", "invalid: form"},
	{"does not have a name in this context", "invalid: name"},
	{"not valid to be used as", "invalid: visibility"},
	{"not a (local )?resource|concrete component|`borrow` type|type index 0 is not a resource", "invalid: resource"},
	{"is not a func$", "invalid: name"},
	{"type index 0 is not|is not a (module|tag)|not a function type", "invalid: sort"},
	{"maximum byte size|memory size must be", "invalid: (size|core module)"},
	{"ascribed type", "invalid: missing definition"},
	{"^type mismatch$", "invalid: core module"},
	{"signature for a destructor|resource types are not the same|mismatch|expected", "invalid: type mismatch"},
}

// wantClass checks that err is of the class that the directive's text asks for.
func (s *suite) wantClass(table classes, text string, err error) error {
	if _, ok := errors.AsType[*unsupportedError](err); ok || err == nil && s.current == nil {
		return err
	}
	if err == nil {
		return errors.New("no error")
	}
	for _, entry := range table {
		if regexp.MustCompile(entry.says).MatchString(text) {
			if regexp.MustCompile("^(" + entry.class + ")$").MatchString(class(err)) {
				return nil
			}
			return fmt.Errorf("%q is wanted: %s, and this is %s: %v", text, entry.class, class(err), err)
		}
	}
	return fmt.Errorf("no class for %q; this is %s: %v", text, class(err), strings.SplitN(err.Error(), "\n", 2)[0])
}
