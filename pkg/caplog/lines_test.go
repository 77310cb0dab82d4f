package caplog

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"astrid/internal/inert"
	"astrid/pkg/home"
)

// grown is a file that has more to read each time that its end was reached.
type grown struct{ parts []string }

func (g *grown) Read(p []byte) (int, error) {
	if len(g.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, g.parts[0])
	if g.parts[0] = g.parts[0][n:]; g.parts[0] == "" {
		g.parts = g.parts[1:]
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// allLines reads what lines there are, and then the rest.
func allLines(t testing.TB, r io.Reader, ends int) []string {
	t.Helper()
	l := newLineReader(r)
	var out []string
	for {
		line, err := l.next()
		switch {
		case err == nil:
			out = append(out, line)
		case !errors.Is(err, io.EOF):
			t.Fatal(err)
		case ends > 0:
			ends--
		default:
			if rest, ok := l.rest(); ok {
				out = append(out, rest)
			}
			if rest, ok := l.rest(); ok {
				t.Fatalf("the rest is there twice: %q", rest)
			}
			return out
		}
	}
}

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := []struct {
		name  string
		parts []string
		want  []string
	}{
		{"empty", nil, nil},
		{"lines", []string{"a\nb\n"}, []string{"a", "b"}},
		{"empty lines", []string{"\n\na\n\n"}, []string{"", "", "a", ""}},
		{"torn", []string{"a\nb"}, []string{"a", "b"}},
		{"grown", []string{"a", "", "b", "", "\nc", "", "\n"}, []string{"ab", "c"}},
		{"a line feed later", []string{"a", "", "\n"}, []string{"a"}},
		{"at the limit", []string{long + "\nb\n"}, []string{long, "b"}},
		{"over the limit", []string{long + "y\nb\n"}, []string{long, "b"}},
		{"far over the limit", []string{long, long, long, "\nb"}, []string{long, "b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := allLines(t, &grown{slices.Clone(test.parts)}, len(test.parts)); !slices.Equal(got, test.want) {
				t.Errorf("got %.60q, want %.60q", got, test.want)
			}
		})
	}
}

// FuzzLines reads a file that grows in two steps. Where it is cut makes no difference, and every line is inert and no
// longer than a message can be.
func FuzzLines(f *testing.F) {
	f.Add("1749600000.123 INFO [my-capsule] text\n", 5)
	f.Add("1749600000.123 WARN [my-capsule] a\n  second line\n1749600001.000 ERROR [my-capsule] torn", 40)
	f.Add("\x00\xff\x1b[31m\n\n1749600000.123 INFO [my-capsule] \u202e\n", 0)
	f.Add(strings.Repeat("x", 2*maxLine)+"\ny", maxLine)
	id, err := home.ParseCapsuleID("my-capsule")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		cut = min(max(cut, 0), len(text))
		whole := allLines(t, strings.NewReader(text), 0)
		parts := []string{text[:cut], "", text[cut:]}
		if got := allLines(t, &grown{parts}, len(parts)); !slices.Equal(got, whole) {
			t.Fatalf("in parts: %q, whole: %q", got, whole)
		}
		if want := strings.Count(text, "\n"); len(whole) != want && len(whole) != want+1 {
			t.Fatalf("%d lines of %d", len(whole), want)
		}
		for _, raw := range whole {
			line := read(raw, id, time.Unix(1, 0))
			if len(line.Message) > MaxMessage || inert.Line(line.Message) != line.Message {
				t.Fatalf("message of %d bytes: %q", len(line.Message), line.Message)
			}
			if line.Err != nil && (line.Capsule != id || !line.Time.Equal(time.Unix(1, 0))) {
				t.Fatalf("%+v", line)
			}
		}
	})
}
