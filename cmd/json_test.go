package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// JSON that is shown on a terminal has no power over it, and says what it said.
func TestEscapeInvisible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		plain, err := json.Marshal([]string{want})
		if err != nil {
			t.Fatal(err)
		}
		shown := escapeInvisible(plain)
		for _, r := range string(shown) {
			if !unicode.IsGraphic(r) {
				t.Fatalf("%q holds %U", shown, r)
			}
		}
		var got []string
		if err := json.Unmarshal(shown, &got); err != nil || got[0] != want {
			t.Fatalf("%q reads as %q, %v", shown, got, err)
		}
	})
	for in, want := range map[string]string{
		`"a"`: `"a"`, "\"\u009b\u202e\x7f\"": `"\u009b\u202e\u007f"`, "\"\U000e0001\"": `"\udb40\udc01"`,
	} {
		if got := string(escapeInvisible([]byte(in))); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestErrorLines(t *testing.T) {
	a, b, twoLines := errors.New("a"), errors.New("b\x1b"), errors.New("c\nforged")
	for _, test := range []struct {
		err  error
		want []string
	}{
		{a, []string{"a"}},
		{errors.Join(a, errors.Join(b, twoLines)), []string{"a", `b\x1b`, `c\nforged`}},
		{withHint(errors.Join(a, b), "hint"), []string{"a", `b\x1b`}},
		{fmt.Errorf("%w and %w", a, b), []string{`a and b\x1b`}},
		{fmt.Errorf("about: %w", errors.Join(a, b)), []string{`about: a\nb\x1b`}},
	} {
		if got := errorLines(test.err); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.err, got, test.want)
		}
	}
}
