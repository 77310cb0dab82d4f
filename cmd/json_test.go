package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
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

func TestJSONType(t *testing.T) {
	type pair struct {
		Name string `json:"name"`
		Size *int64 `json:"size,omitempty"`
	}
	for _, test := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[string](), "string"},
		{reflect.TypeFor[*string](), "string or null"},
		{reflect.TypeFor[bool](), "boolean"},
		{reflect.TypeFor[uint64](), "number"},
		{reflect.TypeFor[time.Time](), "string"},
		{reflect.TypeFor[[]string](), "array of string or null"},
		{reflect.TypeFor[map[string]int](), "object of number or null"},
		{reflect.TypeFor[[]pair](), "array of {name: string, size: number or null} or null"},
		{reflect.TypeFor[any](), "any"},
	} {
		if got := jsonType(test.typ); got != test.want {
			t.Errorf("%s: got %q, want %q", test.typ, got, test.want)
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
