package overlay_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/overlay"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	secret := func(_ home.CapsuleID, key string) bool { return key == "api_key" || key == "moved" }
	check := func() (found []string) {
		problems, err := overlay.Check(ctx, f.home, f.alice, secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if p.Error() == "" || bytes.Contains([]byte(p.Error()), []byte("canary")) || p.Principal != f.alice {
				t.Errorf("%+v says %q", p, p.Error())
			}
			line := filepath.Base(p.Path) + " " + string(p.Kind)
			for _, key := range p.Keys {
				line += " " + key
			}
			found = append(found, line)
		}
		return found
	}
	if got := check(); got != nil {
		t.Errorf("without a tree: %v", got)
	}
	dir := f.home.EnvDir(f.alice).Path()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"fine.env.json":   `{"base_url":"canary","moved":""}`,
		"broken.env.json": `{"a":"canary"`,
		"large.env.json":  string(bytes.Repeat([]byte("canary"), overlay.MaxSize)),
		"bad.env.json":    `{"api_key":"canary","tags":["canary"],"n":null,"__x":"canary","ASTRID_SOCKET_PATH":"canary"}`,
		"No_Id.env.json":  `{}`,
		"notes.txt":       "canary",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"No_Id.env.json stray",
		"bad.env.json foreign n tags",
		"bad.env.json plaintext api_key",
		"bad.env.json reserved ASTRID_SOCKET_PATH __x",
		"broken.env.json unreadable",
		"large.env.json unreadable",
		"notes.txt stray",
	}
	if diff := cmp.Diff(want, check()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
