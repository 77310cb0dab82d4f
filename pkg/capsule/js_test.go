package capsule_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/registry"
)

// javaScript returns the capsule of testdata/capsules/js, which is built at the first run of the tests and kept
// outside of the repository.
func javaScript(t *testing.T) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("a JavaScript engine takes long to compile")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s, which builds the capsule, is not installed", program)
		}
	}
	build := exec.CommandContext(t.Context(), "node", filepath.Join("..", "..", "testdata", "capsules", "js", "build.mjs"))
	build.Stderr = t.Output()
	out, err := build.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 3 {
		t.Skip("npm cannot install what builds the capsule")
	}
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// jsReport is what the capsule answers to the action report.
type jsReport struct {
	Config string
	Unset  *string
	Caller struct {
		Principal string
		SourceID  string `json:"sourceId"`
		Timestamp string
	}
	Year         int
	Slept        bool
	Random       []int
	Varied       bool
	Check        struct{ Returned struct{ Allowed bool } }
	Capabilities []string
}

// jsError is an error-code as JavaScript sees it.
type jsError struct {
	Tag string
	Val *string
}

// A capsule that ComponentizeJS made runs all ten host functions and all four entry points.
func TestJavaScript(t *testing.T) {
	wasm := javaScript(t)
	w := newWorld(t)
	reg, err := registry.Open(t.Context(), w.home)
	if err != nil {
		t.Fatal(err)
	}
	ready := 0
	config := w.config("js")
	config.Registry, config.Ready, config.NoCache = reg, func() { ready++ }, false
	c, err := capsule.Open(t.Context(), wasm, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})

	t.Run("report", func(t *testing.T) {
		var got jsReport
		answer(t, w, c, "report", &got)
		if year := time.Now().UTC().Year(); got.Year != year && got.Year != year-1 {
			t.Errorf("clock-ms is in the year %d", got.Year)
		}
		if _, err := time.Parse(time.RFC3339, got.Caller.Timestamp); err != nil {
			t.Error(err)
		}
		want := jsReport{
			Config: "https://api.example.com", Slept: true, Varied: true,
			Random: []int{0, 32, 4096}, Capabilities: []string{"kv", "net_connect"},
		}
		want.Year, want.Caller = got.Year, got.Caller
		want.Caller.Principal = "alice"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		for _, line := range []string{" INFO [js] grüße aus dem capsule 🦀\n", " DEBUG [js] a second line\n"} {
			if log := w.logged("alice", "js"); strings.Count(log, line) != 1 {
				t.Errorf("the log has no line %q, or several: %s", line, log)
			}
		}
		if ready != 1 {
			t.Errorf("signalled %d times", ready)
		}
	})
	t.Run("refused", func(t *testing.T) {
		var got map[string]jsError
		answer(t, w, c, "refused", &got)
		want := map[string]jsError{
			"reserved": {Tag: "config-key-reserved"},
			"sleep":    {Tag: "too-large"},
			"random":   {Tag: "too-large"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("echo", func(t *testing.T) {
		long := strings.Repeat("grüße, 世界 🦀 ", 10_000)
		if got := data(w.trigger(c, w.as("alice"), "echo", long)); got != long {
			t.Errorf("%d bytes came back, of %d", len(got), len(long))
		}
		if r := w.trigger(c, w.as("alice"), "nop", ""); r.Data != nil {
			t.Errorf("%q", *r.Data)
		}
	})
	t.Run("throw", func(t *testing.T) {
		_, err := c.Trigger(t.Context(), w.as("alice"), "throw", nil)
		if _, ok := errors.AsType[*component.Trap](err); !ok {
			t.Errorf("%v", err)
		}
	})
	t.Run("spin", func(t *testing.T) {
		call := w.as("alice")
		call.Timeout = 200 * time.Millisecond
		_, err := c.Trigger(t.Context(), call, "spin", nil)
		if _, ok := errors.AsType[*capsule.DeadlineError](err); !ok {
			t.Errorf("%v", err)
		}
	})
	t.Run("entries", func(t *testing.T) {
		if err := c.Run(t.Context(), w.as("alice")); err != nil {
			t.Error(err)
		}
		for _, export := range []string{capsule.ExportInstall, capsule.ExportUpgrade} {
			if err := c.Lifecycle(t.Context(), capsule.Call{}, export); err != nil {
				t.Error(err)
			}
		}
		if log := w.logged("alice", "js"); !strings.Contains(log, "[js] run\n") {
			t.Error(log)
		}
		for _, line := range []string{"install", "upgrade"} {
			if !strings.Contains(w.stderr.String(), line) {
				t.Errorf("the operator did not see %q:\n%s", line, w.stderr)
			}
		}
	})
}

// answer triggers an action as alice and decodes the JSON that it answers with.
func answer(t *testing.T, w *world, c *capsule.Capsule, action string, into any) {
	t.Helper()
	text := data(w.trigger(c, w.as("alice"), action, ""))
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
