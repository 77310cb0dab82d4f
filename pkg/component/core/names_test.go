package core

import (
	"bytes"
	"fmt"
	"testing"
)

// named is a module with a name section of that content.
func named(t *testing.T, content ...byte) *Module {
	t.Helper()
	custom := append(appendName(nil, nameSection), content...)
	b := &builder{}
	return parsed(t, join(b.bytes(), []byte{byte(secCustom)}, appendU32(nil, uint32(len(custom))), custom))
}

func TestFunctionNames(t *testing.T) {
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":            {nil, ""},
		"functions":          {[]byte{1, 7, 2, 0, 1, 'f', 3, 1, 'g'}, "0:f 3:g "},
		"after the module's": {[]byte{0, 2, 1, 'm', 1, 4, 1, 0, 1, 'f'}, "0:f "},
		"after another":      {[]byte{2, 0, 1, 4, 1, 0, 1, 'f'}, ""},
		"cut":                {[]byte{1, 6, 2, 0, 1, 'f', 3, 2, 'g'}, "0:f "},
		"section cut":        {[]byte{1, 200, 1, 2, 0, 1, 'f'}, ""},
		"count too large":    {[]byte{1, 4, 9, 0, 1, 'f'}, "0:f "},
		"not UTF-8":          {[]byte{1, 10, 3, 0, 1, 'f', 1, 1, 0xff, 2, 1, 'h'}, "0:f "},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for index, name := range named(t, test.content...).FunctionNames() {
				got += fmt.Sprintf("%d:%s ", index, name)
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// However many names there are, looking through them takes no memory, and ends.
func TestFunctionNamesCost(t *testing.T) {
	const count = 2 << 20
	entries := appendU32(nil, count)
	entries = append(entries, bytes.Repeat([]byte{7, 1, 'n'}, count)...)
	m := named(t, append(appendU32([]byte{nameFunctions}, uint32(len(entries))), entries...)...)
	seen := 0
	if n := testing.AllocsPerRun(1, func() {
		seen = 0
		for range m.FunctionNames() {
			seen++
		}
	}); n > 10 {
		t.Errorf("%v allocations", n)
	}
	if seen == 0 || seen > maxNames/3 {
		t.Errorf("%d names were looked at", seen)
	}
}
