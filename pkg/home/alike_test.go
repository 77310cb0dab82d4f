package home_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"astrid/pkg/home"
)

// What some file systems take for the same name is not made next to one that is there: as a principal of secrets, of
// settings or of a home, as a key, or within one import.
func TestAlikeNamesAreNotMade(t *testing.T) {
	h := testHome(t)
	c := capsule(t, "openai")
	alice, Alice := principal(t, "alice"), principal(t, "Alice")
	secret := func(p home.Principal, k string) home.File {
		return h.SecretFile(home.PrincipalScope(p), c, key(t, k))
	}
	for _, f := range []home.File{secret(alice, "api_key"), h.OverlayFile(alice, c)} {
		if err := f.Write([]byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	locked, err := secret(alice, "api_key").Dir().LockView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Release()
	before, err := os.ReadDir(secret(alice, "api_key").Dir().Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		do    func() error
		other string
	}{
		{"a principal's secret", func() error { return secret(Alice, "api_key").Write(nil) }, "alice"},
		{"a principal's settings", func() error { return h.OverlayFile(Alice, c).Write(nil) }, "alice"},
		{"a principal's lock", func() error { _, err := h.EnvDir(Alice).Lock(t.Context()); return err }, "alice"},
		{"a key", func() error { return secret(alice, "API_key").Write(nil) }, "api_key"},
		{"a key with a dot", func() error { return secret(alice, "api_key.").Write(nil) }, "api_key"},
		{"one of two", func() error {
			return locked.Write(home.Content{File: secret(alice, "other")}, home.Content{File: secret(alice, "Other")})
		}, "other"},
	} {
		err := tt.do()
		if alike, ok := errors.AsType[*home.AlikeError](err); !ok || alike.Other != tt.other {
			t.Errorf("%s: %v, want an *AlikeError about %s", tt.name, err, tt.other)
		}
	}
	after, err := os.ReadDir(secret(alice, "api_key").Dir().Path())
	if err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the directory held %v, and holds %v, %v", before, after, err)
	}
	if err := secret(alice, "api_key").Write([]byte("new")); err != nil {
		t.Errorf("the same name: %v", err)
	}
}
