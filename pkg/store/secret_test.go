package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"astrid/pkg/store"
)

const canary = "hunter2-canary"

func secret(t testing.TB, value string) store.Secret {
	t.Helper()
	s, err := store.NewSecret([]byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// leaks reports whether s holds the canary in any form that fmt, or an encoder, would write it.
func leaks(s string) bool {
	for _, form := range []string{
		canary,
		fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary),
		strings.Trim(fmt.Sprint([]byte(canary)), "[]"),
		"aHVudGVyMi1jYW5hcnk", // base64
	} {
		if strings.Contains(s, form) {
			return true
		}
	}
	return false
}

type exported struct{ Token store.Secret }

type hidden struct {
	name  string
	token store.Secret
	in    *struct{ token store.Secret }
}

func TestSecretIsRedactedEverywhere(t *testing.T) {
	s := secret(t, canary)
	exposed := map[string]any{
		"value":   s,
		"pointer": &s,
		"struct":  exported{s},
		"to it":   &exported{s},
		"slice":   []store.Secret{s, s},
		"array":   [1]store.Secret{s},
		"map":     map[string]store.Secret{"k": s},
		"any":     []any{s, &s},
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%10.3s", "%t", "%f", "%U", "%c", "%b", "%o", "%z"}
	for name, v := range exposed {
		for _, verb := range verbs {
			got := fmt.Sprintf(verb, v)
			// A pointer within a slice or to a slice is an address; all else must say that it was redacted.
			if leaks(got) || !strings.Contains(got, "[redacted]") {
				t.Errorf("%s under %s: %s", name, verb, got)
			}
		}
		if got, err := json.Marshal(v); err != nil || leaks(string(got)) || !strings.Contains(string(got), `"[redacted]"`) {
			t.Errorf("%s in JSON: %s, %v", name, got, err)
		}
		for _, format := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(format(&b)).Info("m", "k", v, slog.Group("g", "k", v))
			if leaks(b.String()) || !strings.Contains(b.String(), "[redacted]") {
				t.Errorf("%s in a log: %s", name, b.String())
			}
		}
	}
	if s.String() != "[redacted]" || s.GoString() != "[redacted]" {
		t.Errorf("String %q, GoString %q", s.String(), s.GoString())
	}
	if text, err := s.MarshalText(); err != nil || string(text) != "[redacted]" {
		t.Errorf("MarshalText %q, %v", text, err)
	}
}

// fmt cannot call the methods of what is in unexported fields, nor does it for every verb.
func TestSecretDoesNotLeakByReflection(t *testing.T) {
	s := secret(t, canary)
	inner := &struct{ token store.Secret }{s}
	for name, v := range map[string]any{
		"value": s, "hidden": hidden{"n", s, inner}, "to hidden": &hidden{"n", s, inner}, "inner": *inner,
		"slice": []hidden{{token: s}}, "map": map[string]hidden{"k": {token: s}},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p", "%T", "%w", "%!", "%"} {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("%s under %s: %s", name, verb, got)
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "k", v)
		if leaks(b.String()) {
			t.Errorf("%s in a log: %s", name, b.String())
		}
	}
}

func TestSecretInErrors(t *testing.T) {
	s := secret(t, canary)
	mistake := "%w" // of what is no error: fmt then ignores every method
	for _, err := range []error{
		fmt.Errorf("%v: %w", s, errors.New("x")),
		fmt.Errorf(mistake, s),
		fmt.Errorf("%s %d", &s, s),
		errors.Join(fmt.Errorf("%+v", exported{s})),
	} {
		if leaks(err.Error()) {
			t.Error(err)
		}
	}
	func() {
		defer func() {
			if got := fmt.Sprint(recover()); leaks(got) {
				t.Errorf("panic: %s", got)
			}
		}()
		panic(s)
	}()
}

func TestNewSecret(t *testing.T) {
	for _, c := range []struct {
		name   string
		value  []byte
		reason string
	}{
		{"one byte", []byte("x"), ""},
		{"newline kept", []byte("x\n"), ""},
		{"NUL", []byte("a\x00b"), ""},
		{"at the limit", bytes.Repeat([]byte("x"), store.MaxSecret), ""},
		{"empty", nil, "must not be empty"},
		{"over the limit", bytes.Repeat([]byte("x"), store.MaxSecret+1), "65537 bytes exceeds the limit of 65536"},
		{"not UTF-8", []byte(canary + "\xff"), "UTF-8"},
	} {
		s, err := store.NewSecret(c.value)
		if c.reason == "" {
			if err != nil || !bytes.Equal(s.Reveal(), c.value) || s.Len() != len(c.value) || s.IsEmpty() {
				t.Errorf("%s: %d bytes, %v", c.name, s.Len(), err)
			}
			continue
		}
		e, ok := errors.AsType[*store.InvalidError](err)
		if !ok || !strings.Contains(e.Reason, c.reason) || leaks(err.Error()) {
			t.Errorf("%s: %v, want an *InvalidError that says %q", c.name, err, c.reason)
		}
	}
}

func TestSecretIsImmutable(t *testing.T) {
	value := []byte(canary)
	s, err := store.NewSecret(value)
	if err != nil {
		t.Fatal(err)
	}
	clear(value)
	clear(s.Reveal())
	if string(s.Reveal()) != canary {
		t.Error("the value changed from outside")
	}
	var zero store.Secret
	if !s.Equal(secret(t, canary)) || s.Equal(secret(t, "other")) || s.Equal(zero) || !zero.Equal(store.Secret{}) {
		t.Error("Equal is wrong")
	}
	if zero.Len() != 0 || len(zero.Reveal()) != 0 || zero.String() != "[redacted]" {
		t.Error("the zero Secret is not the empty one")
	}
}

func TestReadSecret(t *testing.T) {
	for _, test := range []struct {
		in, want string
		raw      bool
		stripped int
	}{
		{in: "value", want: "value"},
		{in: "value\n", want: "value", stripped: 1},
		{in: "value\r\n", want: "value", stripped: 2},
		{in: "value\n", want: "value\n", raw: true},
		{in: "value\r", want: "value\r"},
		{in: "va\rlue\n", want: "va\rlue", stripped: 1},
		{in: "value\n\n", want: "value\n\n"},
		{in: "two\nlines\n", want: "two\nlines\n"},
		{in: "two\nlines", want: "two\nlines"},
		{in: "\nvalue", want: "\nvalue"},
		{in: " value \n", want: " value ", stripped: 1},
		{in: "\n", want: "\n", raw: true},
		{in: strings.Repeat("é", store.MaxSecret/2) + "\r\n", want: strings.Repeat("é", store.MaxSecret/2), stripped: 2},
	} {
		s, stripped, err := store.ReadSecret(iotest.OneByteReader(strings.NewReader(test.in)), test.raw)
		if err != nil || string(s.Reveal()) != test.want || stripped != test.stripped {
			t.Errorf("%.20q, raw %v: got %.20q, %d, %v", test.in, test.raw, s.Reveal(), stripped, err)
		}
	}
}

func TestReadSecretRefuses(t *testing.T) {
	for _, in := range []string{
		"", "\n", "\r\n", canary + "\xff", strings.Repeat("x", store.MaxSecret+1),
		strings.Repeat("x", store.MaxSecret+1) + "\n", strings.Repeat("x", store.MaxSecret+3),
	} {
		_, _, err := store.ReadSecret(strings.NewReader(in), false)
		if _, ok := errors.AsType[*store.InvalidError](err); !ok || leaks(err.Error()) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
	if _, _, err := store.ReadSecret(iotest.ErrReader(io.ErrClosedPipe), false); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a failing reader: %v", err)
	}
	endless := &countingReader{}
	if _, _, err := store.ReadSecret(endless, false); err == nil || endless.read > 2*store.MaxSecret {
		t.Errorf("an endless reader: %v after %d bytes", err, endless.read)
	}
}

// countingReader never ends.
type countingReader struct{ read int }

func (r *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	r.read += len(p)
	return len(p), nil
}
