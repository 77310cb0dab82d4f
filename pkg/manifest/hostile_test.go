package manifest

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// TestHostile feeds what makes quadratic readers take minutes. It does not measure: a test that hangs fails.
func TestHostile(t *testing.T) {
	repeat := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			b.WriteString(line(i))
		}
		return b.String()
	}
	const size = MaxSize - 4096
	number := func(i int) string { return strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strconv.Itoa(i) }
	tests := map[string]string{
		"many keys":     head + "[junk]\n" + repeat(size, func(i int) string { return number(i) + "=1\n" }),
		"many tables":   head + repeat(size, func(i int) string { return "[" + number(i) + "]\n" }),
		"many elements": head + "[junk]\n" + repeat(size/2, func(i int) string { return number(i) + "=1\n" }) + strings.Repeat("[[a]]\n", size/12),
		"many unknown in one line": head + "[env.k]\ntype='text'\n[publish]\nt={wit='x'," +
			repeat(size, func(i int) string { return number(i) + "=1," }) + "}\n",
		"long path, many unknown": head + "[env." + strings.Repeat("x", size/2) + "]\ntype='text'\n" +
			repeat(size/2, func(i int) string { return number(i) + "=1\n" }),
		"many settings": head + repeat(size, func(i int) string { return "[env." + number(i) + "]\ntype=''\n" }),
		"long string":   head + "description = '" + strings.Repeat("x", size) + "'\n",
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) { mustParse(t, doc) })
	}
	t.Run("unknown in many tables of one name", func(t *testing.T) {
		for _, doc := range []string{
			repeat(size, func(int) string { return "[[publish]]\na=1\n" }),
			"publish=[" + repeat(size, func(int) string { return "{a=1}," }) + "]\n",
		} {
			d, _ := ParseDocument("Capsule.toml", []byte(head+doc))
			for _, k := range d.Unknown {
				d.Nearest(k)
			}
			if len(d.Unknown) < 50_000 {
				t.Errorf("%d unknown keys", len(d.Unknown))
			}
		}
	})
	t.Run("many errors", func(t *testing.T) {
		got := problems(t, head+repeat(size, func(i int) string { return "[env." + number(i) + "]\n" }))
		if len(got) != maxErrors+1 || !strings.Contains(got[maxErrors], "more errors") {
			t.Errorf("%d errors, the last is %q", len(got), got[len(got)-1])
		}
	})
	t.Run("long name in an error", func(t *testing.T) {
		if got := problems(t, head+"[env]\n"+strings.Repeat("x", size)+" = 1\n")[0]; len(got) > 200 {
			t.Errorf("%d bytes", len(got))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(head))
	f.Add([]byte(head + "[[interceptor]]\n[imports]\n'a:b' = '1'\na = { c = '*' }\n"))
	f.Add([]byte(head + "[env.k]\ntype = 'text'\ndefault = [1.5, {a = 1979-05-27}]\n"))
	f.Add([]byte(head + "[publish]\n'a.b' = { wit = 'opaque', tag = '', rev = '' }\n"))
	for _, doc := range treeSeeds() {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Spare capacity must not disturb the positions.
		m, err := Parse("F", append(make([]byte, 0, len(data)+8), data...))
		lines := strings.Count(string(data), "\n") + 1
		doc, docErr := ParseDocument("F", data)
		if (docErr == nil) != (err == nil) || (doc.Manifest == nil) != (err != nil) {
			t.Fatalf("as a document: %v, otherwise %v", docErr, err)
		}
		for _, k := range doc.Unknown {
			if line, column := doc.Position(k.Path...); line < 1 || line > lines || column < 1 {
				t.Errorf("%s is at %d:%d", k, line, column)
			}
			doc.Nearest(k) // does not panic
		}
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Line < 0 || e.Line > lines || e.Line > 0 && e.Column < 1 || e.Reason == "" {
				t.Errorf("error %#v of %d lines", err, lines)
			}
			return
		}
		if m.ID().IsZero() || m.ID().String() != m.Package.Name {
			t.Errorf("id %q, name %q", m.ID(), m.Package.Name)
		}
		for _, name := range CapabilityNames() {
			if _, granted := m.Capabilities.Grant(name); granted != m.Capabilities.Has(name) {
				t.Errorf("%s: granted %v, held %v", name, granted, !granted)
			}
		}
		for _, k := range m.Unknown() {
			if k.Line < 1 || k.Line > lines || k.Column < 1 || len(k.Path) == 0 {
				t.Errorf("unknown key at %d:%d", k.Line, k.Column)
			}
		}
	})
}
