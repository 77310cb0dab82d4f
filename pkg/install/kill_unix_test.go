//go:build unix

package install_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"astrid/pkg/capsule"
	"astrid/pkg/doctor"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/registry"

	"github.com/google/go-cmp/cmp"
)

// TestMain runs this test binary as an installer when a test started it as one, so that it can be killed.
func TestMain(m *testing.M) {
	if packages := os.Getenv("ASTRID_TEST_PACKAGES"); packages != "" {
		fmt.Fprintln(os.Stderr, installForEver(os.Getenv("ASTRID_TEST_ROOT"), strings.Split(packages, ":")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// installForEver installs the packages in turn until it fails or is killed.
func installForEver(root string, packages []string) error {
	h, err := home.At(root)
	if err != nil {
		return err
	}
	o := options(new(logBuffer))
	o.SkipHooks = true // they take time in which nothing changes
	for i := 0; ; i++ {
		if _, err := putWith(context.Background(), h, packages[i%len(packages)], o); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

// An installer that is killed at any instant leaves the previous version or the new one, whole, and it runs. What else
// it leaves is found and taken away.
func TestKilledInstaller(t *testing.T) {
	v1, v2 := minimal(t, "1.0.0"), minimal(t, "2.0.0")
	v2["capsule.wasm"] = another(v2["capsule.wasm"])
	hashes := map[string]string{}
	for version, f := range map[string]files{"1.0.0": v1, "2.0.0": v2} {
		f["version.txt"] = version
		hashes[version] = registry.Hash([]byte(f["capsule.wasm"]))
	}
	packages := v1.dir(t) + ":" + writeFile(t, "v2.capsule", pack(t, v2.dir(t)))
	h := newHome(t)
	kills := 30
	if testing.Short() {
		kills = 8
	}
	seen := map[string]int{}
	for n := range kills {
		installAndKill(t, h, packages, mrand.N(40*time.Millisecond))
		c := find(t, h, "minimal")
		version := c.Manifest.Package.Version
		seen[version]++
		text, err := os.ReadFile(c.Dir.Path() + "/version.txt")
		if c.Meta.Version != version || c.Meta.WasmHash != hashes[version] || err != nil || string(text) != version {
			t.Fatalf("after %d kills: manifest of %s, meta of %s, files of %q, %v", n+1, version, c.Meta.Version, text, err)
		}
		runs(t, h, c)
	}
	t.Logf("%d kills left %v", kills, seen)
	repairs, left, err := doctor.Mend(t.Context(), h)
	check(t, err)
	for _, r := range repairs {
		check(t, r.Err)
	}
	for _, f := range left {
		if f.Check != doctor.CheckTemp { // a write that was cut short moments ago may still go on
			t.Errorf("doctor leaves %s: %s", f.Path, f.Problem)
		}
	}
	version := find(t, h, "minimal").Meta.Version
	const dir = "home/default/.local/capsules/minimal/"
	var files []string
	for _, path := range listing(t, h.Root()) {
		short := strings.HasPrefix(path[strings.LastIndexByte(path, '/')+1:], ".astrid-") // a write, which everything ignores
		if !short && !strings.Contains(path, "/log/") {
			files = append(files, path)
		}
	}
	if diff := cmp.Diff([]string{"bin/" + hashes[version] + ".wasm", dir + "Capsule.toml", dir + "meta.json", dir + "version.txt"}, files); diff != "" {
		t.Error(diff)
	}
}

func installAndKill(t *testing.T, h *home.Home, packages string, after time.Duration) {
	t.Helper()
	exe, err := os.Executable()
	check(t, err)
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), "ASTRID_TEST_PACKAGES="+packages, "ASTRID_TEST_ROOT="+h.Root())
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	check(t, err)
	check(t, c.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the installer ended: %q, %v", line, err)
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	check(t, c.Process.Kill())
	if err := c.Wait(); err == nil {
		t.Fatal("the installer ended by itself")
	}
}

// runs calls what is installed.
func runs(t *testing.T, h *home.Home, c registry.Capsule) {
	t.Helper()
	wasm, err := registry.ReadWasm(t.Context(), h, c)
	check(t, err)
	opened, err := capsule.Open(t.Context(), wasm, capsule.Config{
		ID: c.ID, Manifest: c.Manifest, Home: h, Owner: home.DefaultPrincipal(), Clock: hostsys.SystemClock(), Entropy: rand.Reader,
		Logger: slog.New(slog.DiscardHandler), Redactor: options(nil).Runtime.Redactor,
	})
	check(t, err)
	_, err = opened.Trigger(t.Context(), capsule.Call{Timeout: time.Minute}, "any", nil)
	check(t, errors.Join(err, opened.Close(t.Context())))
}
