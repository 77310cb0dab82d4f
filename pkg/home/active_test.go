package home_test

import (
	"errors"
	"strings"
	"testing"

	"astrid/pkg/home"
)

func TestActivePrincipal(t *testing.T) {
	for _, c := range []struct {
		name    string
		flag    string
		flagSet bool
		env     []string
		context string // content of the file; "none" for no file
		want    string
		wantErr string
	}{
		{name: "nothing said", context: "none", want: "default"},
		{name: "empty context", context: "", want: "default"},
		{name: "context without the field", context: "other = 1\n", want: "default"},
		{name: "context", context: "active_agent = \"alice\"\n", want: "alice"},
		{name: "env over context", env: []string{"ASTRID_PRINCIPAL=bob"}, context: "active_agent = \"alice\"", want: "bob"},
		{name: "flag over env", flag: "carol", flagSet: true, env: []string{"ASTRID_PRINCIPAL=bob"}, context: "none", want: "carol"},
		{name: "env over broken context", env: []string{"ASTRID_PRINCIPAL=bob"}, context: "[", want: "bob"},
		{name: "empty flag", flagSet: true, context: "none", wantErr: "--principal: invalid principal"},
		{name: "empty env", env: []string{"ASTRID_PRINCIPAL="}, context: "none", wantErr: "ASTRID_PRINCIPAL: invalid principal"},
		{name: "bad env", env: []string{"ASTRID_PRINCIPAL=a b"}, context: "none", wantErr: "ASTRID_PRINCIPAL: invalid principal"},
		{name: "host as flag", flag: "__host__", flagSet: true, context: "none", wantErr: "reserved"},
		{name: "empty in context", context: `active_agent = ""`, wantErr: "cli-context.toml: invalid principal"},
		{name: "no string", context: "active_agent = 1", wantErr: "must be a string"},
		{name: "no toml", context: "\n active_agent = [", wantErr: "cli-context.toml: line 2, column"},
		{name: "letter case", context: `Active_Agent = "alice"`, want: "default"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := testHome(t)
			if c.context != "none" {
				if err := h.ContextFile().Write([]byte(c.context)); err != nil {
					t.Fatal(err)
				}
			}
			p, err := h.ActivePrincipal(c.flag, c.flagSet, env(c.env...))
			if c.wantErr == "" {
				if err != nil || p.String() != c.want {
					t.Errorf("%q, %v; want %q", p, err, c.want)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.wantErr) {
				t.Errorf("%q, %v; want an error that says %q", p, err, c.wantErr)
			}
		})
	}
}

// Vector A34.
func TestVectorA34ContextWithBadName(t *testing.T) {
	h := testHome(t)
	if err := h.ContextFile().Write([]byte(`active_agent = "bad name"`)); err != nil {
		t.Fatal(err)
	}
	_, err := h.ActivePrincipal("", false, env())
	inFile, ok := errors.AsType[*home.ContextError](err)
	if !ok || inFile.Path != h.ContextFile().Path() {
		t.Fatalf("%v, want a *ContextError", err)
	}
	if name, ok := errors.AsType[*home.NameError](err); !ok || name.Kind != home.KindPrincipal {
		t.Errorf("%v, want a *NameError for the principal in it", err)
	}
}

func TestContextTooLarge(t *testing.T) {
	h := testHome(t)
	if err := h.ContextFile().Write([]byte(strings.Repeat("#\n", 64<<10))); err != nil {
		t.Fatal(err)
	}
	_, err := h.ActivePrincipal("", false, env())
	if _, ok := errors.AsType[*home.TooLargeError](err); !ok {
		t.Errorf("%v, want a *TooLargeError", err)
	}
}
