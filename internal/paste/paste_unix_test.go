//go:build unix

package paste

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"astrid/internal/inert"
)

// A shell reads the words that were given, and no more.
func TestShellReadsTheWords(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune(" '\"`$!();&|#*~\\<>{}=\n")), 0, 8, -1)), 1, 4).Draw(t, "args")
		command := Command("secret set", args, []string{"--scope", "host"})
		out, err := exec.CommandContext(t.Context(), shell, "-c", `astrid() { printf '%s\0' "$@"; }; `+command).Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		var want []string
		for _, arg := range args {
			want = append(want, inert.Line(arg))
		}
		got := strings.Split(string(out), "\x00")
		for _, word := range want {
			i := slices.Index(got, word)
			if i < 0 {
				t.Fatalf("%s: got %q, want %q in it", command, got, want)
			}
			got = slices.Delete(got, i, i+1)
		}
		got = slices.DeleteFunc(got, func(w string) bool { return w == "--" })
		if want := []string{"secret", "set", "--scope", "host", ""}; !slices.Equal(got, want) {
			t.Fatalf("%s: beside the arguments there are %q, want %q", command, got, want)
		}
	})
}
