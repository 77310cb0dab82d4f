package iostreams

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestReadHidden(t *testing.T) {
	tests := []struct {
		typed, want string
		err         error
	}{
		{"value\r", "value", nil},
		{"value\nrest", "value", nil},
		{"value", "value", nil}, // the terminal is gone
		{"", "", nil},
		{"\x04", "", nil},
		{"a\x15value\r", "value", nil},
		{"\x7f\x08\x15\r", "", nil},
		{"valuéé\x7f\x08e\r", "value", nil},
		{"a\tb\r", "a\tb", nil},
		{"\xff\xff\x7f\r", "\xff", nil}, // refused later, as no text
		{"val\x03", "", ErrInterrupted},
		{"val\x1b[Due\r", "", ErrControl},
		{"val\x04ue\r", "", ErrControl},
		{"val\u0085ue\r", "", ErrControl},
		{strings.Repeat("x", MaxAnswer) + "\r", strings.Repeat("x", MaxAnswer), nil},
		{strings.Repeat("x", MaxAnswer+1) + "\r", "", ErrTooLong},
		{strings.Repeat("x", 10*MaxAnswer) + "\r", "", ErrTooLong},
	}
	for _, test := range tests {
		got, err := readHidden(strings.NewReader(test.typed))
		if string(got) != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%.20q: got %.20q, %v; want %.20q, %v", test.typed, got, err, test.want, test.err)
		}
	}
	broken := iotest.ErrReader(io.ErrClosedPipe)
	if got, err := readHidden(broken); got != nil || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a broken terminal: %q, %v", got, err)
	}
	if _, err := readLine(broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a broken terminal: %v", err)
	}
}

func TestReadLine(t *testing.T) {
	for typed, want := range map[string]string{
		"value\nrest": "value", "value\r\nrest": "value", "value\r\r\n": "value\r", "va\rlue\n": "va\rlue",
		"value": "value", "\r\n": "", "": "",
		strings.Repeat("x", MaxAnswer+1) + "\n": strings.Repeat("x", MaxAnswer),
	} {
		if got, err := readLine(strings.NewReader(typed)); string(got) != want || err != nil {
			t.Errorf("%.20q: got %.20q, %v; want %.20q", typed, got, err, want)
		}
	}
}

// Neither reader takes a byte of what follows the line, which the next question is answered by.
func TestReadersStopAtTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[a-zé]*`).Draw(t, "line")
		rest := rapid.String().Draw(t, "rest")
		for name, read := range map[string]func(io.Reader) ([]byte, error){"readLine": readLine, "readHidden": readHidden} {
			in := strings.NewReader(line + "\n" + rest)
			if got, err := read(in); string(got) != line || err != nil {
				t.Fatalf("%s: got %q, %v", name, got, err)
			}
			if left, _ := io.ReadAll(in); string(left) != rest {
				t.Fatalf("%s left %q", name, left)
			}
		}
	})
}

func TestErase(t *testing.T) {
	for dumb, want := range map[bool]string{true: "\r\n", false: "\r\n\x1b[F\x1b[K"} {
		var out bytes.Buffer
		(&Streams{dumb: dumb}).erase(&out)
		if out.String() != want {
			t.Errorf("dumb %v: %q", dumb, out.String())
		}
	}
}
