package overlay_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/overlay"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func key(t interface {
	Helper()
	Fatal(...any)
}, s string,
) home.Key {
	t.Helper()
	k, err := home.LookupKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEncode(t *testing.T) {
	var o overlay.Overlay
	if got := string(o.Encode()); got != "{}" {
		t.Errorf("empty: %s", got)
	}
	for k, v := range map[string]string{
		"base_url": "http://localhost:1234/?a=1&b=<2>", "Z": "", "_a": "line\nquote\" back\\ tab\t\x01\x7f\u2028é",
	} {
		if err := o.Set(key(t, k), v); err != nil {
			t.Fatal(err)
		}
	}
	const want = "{\n" +
		"  \"Z\": \"\",\n" +
		"  \"_a\": \"line\\nquote\\\" back\\\\ tab\\t\\u0001\x7f\u2028é\",\n" +
		"  \"base_url\": \"http://localhost:1234/?a=1&b=<2>\"\n" +
		"}"
	if diff := cmp.Diff(want, string(o.Encode())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One value that is no string makes the Rust runtime ignore the file: the next write leaves only strings.
func TestEncodeWritesOnlyStrings(t *testing.T) {
	o, err := overlay.Parse("f", []byte(`{"n":5.0,"b":true,"l":["a",1],"o":{"y":1,"x":2},"s":"s","gone":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Set(key(t, "s"), "s"); err != nil { // the same value, and yet a set
		t.Fatal(err)
	}
	const want = `{
  "b": "true",
  "l": "[\"a\",1]",
  "n": "5.0",
  "o": "{\"x\":2,\"y\":1}",
  "s": "s"
}`
	if diff := cmp.Diff(want, string(o.Encode())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := o.Foreign(); len(f) != 0 {
		t.Errorf("still foreign: %q", f)
	}
}

func TestSetRefuses(t *testing.T) {
	var o overlay.Overlay
	for _, k := range []string{"__x", "__host__", "ASTRID_SOCKET_PATH", ".hidden", "a b", strings.Repeat("k", 129)} {
		if _, ok := errors.AsType[*home.NameError](o.Set(key(t, k), "v")); !ok {
			t.Errorf("key %q was set", k)
		}
	}
	err := o.Set(key(t, "k"), "canary\xff")
	if e, ok := errors.AsType[*overlay.ValueError](err); !ok || e.Key != "k" || strings.Contains(err.Error(), "canary") {
		t.Errorf("a value that is not UTF-8: %v", err)
	}
	if _, ok := errors.AsType[*home.NameError](o.Set(home.Key{}, "v")); !ok {
		t.Error("no key was set")
	}
	if len(o.Keys()) != 0 {
		t.Errorf("keys %q", o.Keys())
	}
}

func TestNilIsEmpty(t *testing.T) {
	var o *overlay.Overlay
	if _, ok := o.Lookup("k"); ok || o.Keys() != nil || o.Foreign() != nil || string(o.Encode()) != "{}" {
		t.Error("nil is not empty")
	}
}

// An overlay behaves as a map of strings, whatever is set and unset, and so does what it is written as.
func TestOverlayIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o overlay.Overlay
		model := make(map[string]string)
		keys := rapid.StringMatching(`[a-cA-C][a-c0-9._-]{0,2}`)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, v := keys.Draw(t, "key"), rapid.String().Draw(t, "value")
				if err := o.Set(key(t, k), v); err != nil {
					t.Fatal(err)
				}
				model[k] = v
			},
			"unset": func(t *rapid.T) {
				k := keys.Draw(t, "key")
				_, had := model[k]
				delete(model, k)
				if o.Unset(key(t, k)) != had {
					t.Fatalf("Unset(%q) is not %v", k, had)
				}
			},
			"": func(t *rapid.T) {
				if !slices.Equal(o.Keys(), slices.Sorted(maps.Keys(model))) {
					t.Fatalf("keys %q, want those of %q", o.Keys(), model)
				}
				for k, want := range model {
					if got, ok := o.Lookup(k); !ok || got != want {
						t.Fatalf("%q is %q, %v; want %q", k, got, ok, want)
					}
				}
				wantRoundTrip(t, &o)
			},
		})
	})
}
