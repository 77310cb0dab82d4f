//go:build unix

package hostsys_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/manifest"
)

// keys are the names under which a manifest may declare secrets that are somebody else's, and a guest ask for them.
func spellings() []string {
	return []string{
		"../../bob/greeter/api_key", "../greeter/api_key", "../other/api_key", "..", ".", "", "/", "./api_key", "api_key/", "api_key/.",
		"../greeter/../../bob/greeter/api_key", "/etc/passwd", `..\..\bob\greeter\api_key`, "..%2f..%2fbob%2fgreeter%2fapi_key",
		"%61pi_key", "API_KEY", "Api_Key", "api_key.", "api_key ", " api_key", "api_key\x00", "api_key\n", "api_key\u200b",
		"\u202eapi_key", "api_key::$DATA", "api_key:", "\uff41pi_key", "api\u005fkey\u0301", ".astrid.lock", ".astrid-X.tmp", "~/api_key", "$HOME",
		"secrets/bob/greeter/api_key", "__host__/greeter/api_key", "bob", "greeter", "link", "second", "dir",
	}
}

// A principal's guest gets nothing of another's, of another capsule's or from outside, whatever the manifest declares to be
// a secret and whatever key the guest asks for; what is planted under names that could be asked for is not served either.
func TestNoSpellingReachesAnother(t *testing.T) {
	const canary = "somebody-elses-1234"
	w := newWorld(t)
	var doc strings.Builder
	doc.WriteString("[package]\nname = \"greeter\"\nversion = \"1.0.0\"\n[env.api_key]\ntype = \"secret\"\n")
	declared := 0
	for i, key := range spellings() {
		// Not all of them may stand in a manifest. The scope is not its author's to choose, by whatever word.
		more := fmt.Sprintf("[env.%s]\ntype = \"secret\"\nscope = \"host\"\nprincipal = \"bob\"\ncapsule = \"other\"\ndefault = %q\n", tomlKey(key), fmt.Sprintf("default-%d", i))
		if m, err := manifest.Parse("F", []byte(doc.String()+more)); err == nil {
			w.manifest = m
			doc.WriteString(more)
			declared++
		}
	}
	t.Logf("%d of %d keys may be declared", declared, len(spellings()))
	if declared < 10 {
		t.Error("too few to mean anything")
	}
	w.setSecret(home.PrincipalScope(w.principal("bob")), canary)
	alice := w.home.SecretDir(home.PrincipalScope(w.principal("alice")), w.manifest.ID()).Path()
	bobs := filepath.Join(w.home.SecretsDir().Path(), "bob", "greeter", "api_key")
	other := filepath.Join(w.home.SecretsDir().Path(), "alice", "other")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(alice, "dir"), 0o700), os.MkdirAll(other, 0o700),
		os.WriteFile(filepath.Join(other, "api_key"), []byte(canary), 0o600),
		os.Symlink(bobs, filepath.Join(alice, "link")),
		os.WriteFile(filepath.Join(alice, ".astrid-X.tmp"), []byte(canary), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	h := w.host(func(c *hostsys.Config) {
		c.Owner = w.principal("alice")
		c.Settings = w.settings("alice", `{"bob":"overlay","api_key":"overlay"}`)
	})
	for _, key := range append(spellings(), "api_key") {
		value, err := h.GetConfig(t.Context(), key)
		code, coded := errors.AsType[*hostsys.ErrorCode](err)
		switch {
		case value != nil && strings.Contains(*value, canary):
			t.Errorf("%q gives somebody else's secret", key)
		case value != nil && (key == "api_key" || *value != "overlay"):
			t.Errorf("%q gives %q", key, *value)
		case err != nil && (!coded || strings.Contains(code.Error(), canary) || strings.Contains(code.Error(), "/")):
			t.Errorf("%q: %v", key, err)
		}
	}
	if got := w.stderr.String(); strings.Contains(got, canary) {
		t.Errorf("the operator is told %s", got)
	}
}

// The host's secret is what a principal without one gets, and never what one with one gets, be it of no use.
func TestHostSlotOnlyByFallingThrough(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	w.setSecret(home.PrincipalScope(w.principal("alice")), "alice-value-5678")
	w.plantSecret(home.PrincipalScope(w.principal("empty")), "", 0o600)
	w.plantSecret(home.PrincipalScope(w.principal("open")), "open-value-9012", 0o644)
	for principal, want := range map[string]string{"alice": "alice-value-5678", "bob": "host-value-1234", "empty": none} {
		h := w.host(func(c *hostsys.Config) { c.Owner, c.Settings = w.principal(principal), w.settings(principal, "") })
		if got := get(t.Context(), t, h, "api_key"); got != want {
			t.Errorf("%s gets %q, want %q", principal, got, want)
		}
	}
	h := w.host(func(c *hostsys.Config) { c.Owner, c.Settings = w.principal("open"), w.settings("open", "") })
	value, err := h.GetConfig(t.Context(), "api_key")
	if code, ok := errors.AsType[*hostsys.ErrorCode](err); value != nil || !ok || code.Unknown != "secret unavailable" {
		t.Errorf("the one that is open to others: %v, %v", value, err)
	}
	for _, name := range []string{home.HostSlot, "__HOST__", " __host__", "__host__\x00", "../__host__"} {
		if p, err := home.ParsePrincipal(name); err == nil && p.String() == home.HostSlot {
			t.Errorf("a caller named %q is the host", name)
		}
	}
}

// The buffer in which a secret went to the redactor is empty afterwards.
func TestBufferOfASecretIsCleared(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.HostScope(), "host-value-1234")
	spy := &spyRedactor{Redactor: w.redactor}
	h := w.host(func(c *hostsys.Config) { c.Redactor = spy })
	if got := get(t.Context(), t, h, "api_key"); got != "host-value-1234" {
		t.Errorf("the guest gets %q", got)
	}
	if got := w.redactor.String("host-value-1234"); got != "[redacted]" {
		t.Errorf("the redactor makes %q of it", got)
	}
	for _, b := range spy.given {
		if strings.Trim(string(b), "\x00") != "" {
			t.Errorf("it holds %q", b)
		}
	}
	if len(spy.given) != 1 {
		t.Errorf("the redactor was given %d secrets", len(spy.given))
	}
}

type spyRedactor struct {
	hostsys.Redactor
	given [][]byte
}

func (s *spyRedactor) Add(secret []byte) {
	s.given = append(s.given, secret)
	s.Redactor.Add(secret)
}

// tomlKey writes a key as TOML does, in double quotes.
func tomlKey(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7f {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
