package cmd

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"astrid/internal/iostreams"
	"astrid/internal/redact"
	"astrid/pkg/component"
	"astrid/pkg/hostsys"
)

// Whatever way a capsule's text takes to the operator, its secrets are not in it, in no form, and neither are their
// overlaps, nor the control characters beside them.
func TestGuestTextIsRedacted(t *testing.T) {
	secrets := []string{"correct-horse-battery", "battery-staple-42"}
	forms := map[string]string{
		"raw":     secrets[0],
		"overlap": "correct-horse-battery-staple-42",
		"base64":  base64.StdEncoding.EncodeToString([]byte("x" + secrets[0])),
		"hex":     hex.EncodeToString([]byte(secrets[1])),
		"HEX":     fmt.Sprintf("%X", secrets[1]),
	}
	exits := map[string]func(r *capsuleRun, text string) error{
		"deny reason": func(r *capsuleRun, text string) error {
			return r.print(hostsys.HookResult{Action: "deny", Data: &text})
		},
		"name of a refusal": func(r *capsuleRun, text string) error {
			return r.print(hostsys.HookResult{Action: "deny " + text})
		},
		"name of an action": func(r *capsuleRun, text string) error { return r.print(hostsys.HookResult{Action: text}) },
		"trap": func(r *capsuleRun, text string) error {
			return r.clean(&component.Trap{Reason: text, Frames: []component.Frame{{Name: text}}})
		},
		"error of the runtime": func(r *capsuleRun, text string) error {
			return r.clean(fmt.Errorf("call: %w", errors.Join(errors.New("plain"), errors.New(text))))
		},
	}
	for exit, leave := range exits {
		for form, text := range forms {
			t.Run(exit+"/"+form, func(t *testing.T) {
				var out, said bytes.Buffer
				a := &app{io: &iostreams.Streams{Out: &out, Err: &said}}
				set := new(redact.Set)
				for _, s := range secrets {
					set.Add([]byte(s))
				}
				r := &capsuleRun{app: a, opts: &runOptions{}, out: &reporter[hostsys.HookResult]{app: a}, redact: set}
				if err := leave(r, "\x1b[2J"+text+"\x1b[0m"); err != nil {
					a.report(&cobra.Command{Use: "astrid"}, err, true)
				}
				got := said.String() + out.String()
				for _, form := range forms {
					if strings.Contains(got, form) || strings.Contains(got, "battery") || strings.Contains(got, "staple") {
						t.Errorf("it says %q", got)
					}
				}
				if !strings.Contains(got, redact.Marker) || strings.Contains(got, "\x1b") {
					t.Errorf("it says %q", got)
				}
			})
		}
	}
}
