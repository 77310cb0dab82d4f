package hostsys_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"astrid/pkg/home"
	"astrid/pkg/hostsys"
)

func TestA37GetCallerWithoutCaller(t *testing.T) {
	h := newWorld(t).host()
	for name, ctx := range map[string]func() (hostsys.CallerContext, error){
		"no invocation": func() (hostsys.CallerContext, error) { return h.GetCaller(t.Context()) },
		"no caller": func() (hostsys.CallerContext, error) {
			return h.GetCaller(h.Invocation(t.Context(), hostsys.Invocation{}))
		},
	} {
		if got, err := ctx(); err != nil || got != (hostsys.CallerContext{}) {
			t.Errorf("%s: get-caller = %+v, %v", name, got, err)
		}
	}
}

func TestGetCaller(t *testing.T) {
	w := newWorld(t)
	h := w.host()
	at := time.Date(2026, 6, 11, 12, 0, 0, 123_456_789, time.FixedZone("", 2*60*60))
	given := hostsys.NewCaller(w.principal("alice"), hostsys.OperatorID, at)
	got, err := h.GetCaller(h.Invocation(t.Context(), hostsys.Invocation{Caller: &given}))
	if err != nil {
		t.Fatal(err)
	}
	alice := "alice"
	want := hostsys.CallerContext{
		Principal: &alice,
		SourceID:  "69bca920-313b-5134-a591-f2bc2a1e4fb0",
		Timestamp: "2026-06-11T10:00:00.123456789+00:00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimestampKeepsEveryDigit(t *testing.T) {
	if got, want := hostsys.Timestamp(time.Unix(1749600000, 0)), "2025-06-11T00:00:00.000000000+00:00"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOperatorID(t *testing.T) {
	namespace := uuid.MustParse("310714d5-9c6d-4c94-8187-75258f393bb6")
	if got := uuid.NewSHA1(namespace, []byte("operator")).String(); got != hostsys.OperatorID {
		t.Errorf("the operator is %s, and should be %s", hostsys.OperatorID, got)
	}
}

// What a caller may not be called decides nothing, and the guest sees it all the same.
func TestInvalidCallerFallsBackToTheOwner(t *testing.T) {
	for _, name := range []string{"", "foo.bar", "not valid", "../alice", home.HostSlot, " __host__", "__host__\x00", "../__host__", strings.Repeat("a", 65)} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provision("default", "alice")
			w.setSecret(home.PrincipalScope(home.DefaultPrincipal()), "owner-value-1234")
			w.setSecret(home.PrincipalScope(w.principal("alice")), "alice-value-5678")
			h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
			ctx := h.Invocation(t.Context(), hostsys.Invocation{
				Caller:   caller(name),
				Settings: w.settings("alice", `{"base_url":"http://alice"}`),
				Log:      w.log("alice"),
			})

			if got, err := h.GetCaller(ctx); err != nil || got.Principal == nil || *got.Principal != name {
				t.Errorf("get-caller = %+v, %v", got, err)
			}
			if got := get(ctx, t, h, "api_key"); got != "owner-value-1234" {
				t.Errorf("api_key reads %q", got)
			}
			if got := get(ctx, t, h, "base_url"); got != "https://default.example" {
				t.Errorf("base_url reads %q", got)
			}
			h.Log(ctx, hostsys.LevelInfo, "hello")
			if w.logged("default") == "" || w.logged("alice") != "" {
				t.Errorf("logged %q for the owner and %q for alice", w.logged("default"), w.logged("alice"))
			}
		})
	}
}

func TestInvocationDecidesTheSettings(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.PrincipalScope(home.DefaultPrincipal()), "owner-value-1234")
	w.setSecret(home.PrincipalScope(w.principal("alice")), "alice-value-5678")
	h := w.host()
	alice := hostsys.Invocation{Caller: caller("alice"), Settings: w.settings("alice", `{"base_url":"http://alice"}`)}
	for range 2 { // one after the other, nothing stays behind
		ctx := h.Invocation(t.Context(), alice)
		if got := get(ctx, t, h, "api_key") + " " + get(ctx, t, h, "base_url"); got != "alice-value-5678 http://alice" {
			t.Errorf("for alice: %q", got)
		}
		ctx = t.Context()
		if got := get(ctx, t, h, "api_key") + " " + get(ctx, t, h, "base_url"); got != "owner-value-1234 https://default.example" {
			t.Errorf("without an invocation: %q", got)
		}
	}
}

func TestNobodyGetsTheSettingsOfTheOwner(t *testing.T) {
	w := newWorld(t)
	w.setSecret(home.PrincipalScope(home.DefaultPrincipal()), "owner-value-1234")
	h := w.host()

	ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice")})
	for _, key := range []string{"api_key", "base_url"} {
		got, err := h.GetConfig(ctx, key)
		if got != nil || !errors.Is(err, &hostsys.ErrorCode{Case: hostsys.Unknown}) {
			t.Errorf("GetConfig(%q) = %v, %v, for alice, who brought no settings", key, got, err)
		}
	}
	ctx = h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("default")})
	if got := get(ctx, t, h, "api_key"); got != "owner-value-1234" {
		t.Errorf("the owner's own secret reads %q", got)
	}
}

func TestInvocationIsThatOfItsHost(t *testing.T) {
	w := newWorld(t)
	outer, inner := w.host(), w.host()
	ctx := outer.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice")})
	if got, err := inner.GetCaller(ctx); err != nil || got.Principal != nil {
		t.Errorf("another host takes %+v for its caller, %v", got, err)
	}
}
