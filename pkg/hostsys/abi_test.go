package hostsys_test

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"astrid/pkg/hostsys"
)

func TestCasesAreInABIOrder(t *testing.T) {
	tags := []hostsys.ErrorTag{
		hostsys.CapabilityDenied, hostsys.ConfigKeyReserved, hostsys.TooLarge,
		hostsys.RegistryUnavailable, hostsys.Cancelled, hostsys.Unknown,
	}
	want := "capability-denied config-key-reserved too-large registry-unavailable cancelled unknown"
	if got := hostsys.ErrorTag(0).WitCases(); got != want {
		t.Errorf("error-code has the cases %q, want %q", got, want)
	}
	for i, name := range strings.Fields(want) {
		if tags[i] != hostsys.ErrorTag(i) || tags[i].String() != name {
			t.Errorf("case %d of error-code is %v, want %s", i, tags[i], name)
		}
	}

	all := []hostsys.Level{
		hostsys.LevelTrace, hostsys.LevelDebug, hostsys.LevelInfo, hostsys.LevelWarn, hostsys.LevelError,
	}
	want = "trace debug info warn error"
	if got := hostsys.Level(0).WitCases(); got != want {
		t.Errorf("level has the cases %q, want %q", got, want)
	}
	for i, name := range strings.Fields(want) {
		if all[i] != hostsys.Level(i) || all[i].String() != name {
			t.Errorf("case %d of level is %v, want %s", i, all[i], name)
		}
	}
	if got := hostsys.Level(5).String(); got != "invalid" {
		t.Errorf("a level beyond the cases prints as %q", got)
	}
}

func TestRecordsHaveTheFieldsOfTheABI(t *testing.T) {
	for _, tt := range []struct {
		record any
		want   []string
	}{
		{hostsys.CallerContext{}, []string{"principal *string", "source-id string", "timestamp string"}},
		{hostsys.CapabilityCheckRequest{}, []string{"source-uuid string", "capability string"}},
		{hostsys.CapabilityCheckResponse{}, []string{"allowed bool"}},
		{hostsys.HookResult{}, []string{"action string", "data *string"}},
	} {
		var got []string
		for field := range reflect.TypeOf(tt.record).Fields() {
			name := field.Tag.Get("wit")
			if name == "" {
				name = strings.ToLower(field.Name)
			}
			got = append(got, fmt.Sprint(name, " ", field.Type))
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%T has the fields %q, want %q", tt.record, got, tt.want)
		}
	}
}

func TestErrorCode(t *testing.T) {
	err := fmt.Errorf("call failed: %w", &hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "why"})
	for _, tt := range []struct {
		target hostsys.ErrorCode
		want   bool
	}{
		{hostsys.ErrorCode{Case: hostsys.Unknown}, true},
		{hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "why"}, true},
		{hostsys.ErrorCode{Case: hostsys.Unknown, Unknown: "why not"}, false},
		{hostsys.ErrorCode{Case: hostsys.Cancelled}, false},
	} {
		if got := errors.Is(err, &tt.target); got != tt.want {
			t.Errorf("errors.Is(%v, %v) = %v", err, &tt.target, got)
		}
	}
	if got := err.Error(); got != "call failed: unknown: why" {
		t.Errorf("message %q", got)
	}
	if got := (&hostsys.ErrorCode{Case: hostsys.TooLarge}).Error(); got != "too-large" {
		t.Errorf("message %q", got)
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[hostsys.Level]slog.Level{
		hostsys.LevelTrace: -8,
		hostsys.LevelDebug: slog.LevelDebug,
		hostsys.LevelInfo:  slog.LevelInfo,
		hostsys.LevelWarn:  slog.LevelWarn,
		hostsys.LevelError: slog.LevelError,
	} {
		if got := level.Slog(); got != want {
			t.Errorf("%v is %v in slog, want %v", level, got, want)
		}
		for _, name := range []string{level.String(), strings.ToUpper(level.String())} {
			if got, ok := hostsys.ParseLevel(name); got != level || !ok {
				t.Errorf("ParseLevel(%q) = %v, %v", name, got, ok)
			}
		}
	}
	for _, name := range []string{"", "fatal", "invalid", "info "} {
		if got, ok := hostsys.ParseLevel(name); ok {
			t.Errorf("ParseLevel(%q) = %v", name, got)
		}
	}
}

func TestA26UnknownActionsContinue(t *testing.T) {
	for action, want := range map[string]hostsys.Verdict{
		"continue": hostsys.Continue, "final": hostsys.Final, "deny": hostsys.Deny, "abort": hostsys.Deny,
		"modify": hostsys.Continue, "": hostsys.Continue, "Deny": hostsys.Continue, "FINAL": hostsys.Continue,
	} {
		if got := (hostsys.HookResult{Action: action}).Verdict(); got != want {
			t.Errorf("action %q has the verdict %v, want %v", action, got, want)
		}
	}
}

func TestA27DenialWithoutDataHasAReason(t *testing.T) {
	data, empty := "not today", ""
	for _, tt := range []struct {
		result hostsys.HookResult
		want   string
	}{
		{hostsys.HookResult{Action: "abort"}, "denied by interceptor"},
		{hostsys.HookResult{Action: "deny"}, "denied by interceptor"},
		{hostsys.HookResult{Action: "deny", Data: &data}, "not today"},
		{hostsys.HookResult{Action: "deny", Data: &empty}, ""},
		{hostsys.HookResult{Action: "continue", Data: &data}, ""},
	} {
		if got := tt.result.Reason(); got != tt.want {
			t.Errorf("%+v is denied because %q, want %q", tt.result, got, tt.want)
		}
	}
}
